"""Versions of detectors whose decisions do not stand on appeal, counted and told to their owners.

# Note [Once per version and state]

What a decision rests on is counted in its transaction. A worker then asks whether chance explains
the counts, and notes each version for which it does not: once, until it does again. Who owns
detectors is told after that, outside any transaction; a mail that could not be sent is tried again
the next time.
"""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import connection, transaction

from appeals.enums import AppealOutcome, ReversalCause
from appeals.models import Appeal, ReversalTally
from appeals.verdict import Verdict
from cases import enforcing
from cases.enums import LabelValue
from cases.erring import Finding, Record, beyond_chance
from cases.models import Detection, Label
from reviewapp.ledger.recording import Entry, record_all
from reviewapp.staff.models import User
from reviewapp.staff.roles import Role


def count(appeal: Appeal, verdict: Verdict) -> None:
    """Count an answer to `appeal` for each version that the original rests on.

    In the caller's transaction. What was omitted was not looked at, and says nothing.
    """
    if verdict.outcome == AppealOutcome.OMITTED:
        return
    wrong = (
        verdict.outcome == AppealOutcome.REVERSED and verdict.cause == ReversalCause.DETECTOR_ERROR
    )
    # In a fixed order, so that two answers on the same versions wait instead of deadlocking.
    versions = sorted({(each.detector_id, each.version) for each in _behind(appeal)})
    if not versions:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO appeals_reversaltally AS t (detector_id, version, decided, reversed)
            SELECT detector, version, 1, %s
              FROM unnest(%s::bigint[], %s::text[]) AS found (detector, version)
                ON CONFLICT (detector_id, version) DO UPDATE
               SET decided = t.decided + 1, reversed = t.reversed + excluded.reversed
            """,
            [int(wrong), *map(list, zip(*versions, strict=True))],
        )


def _behind(appeal: Appeal) -> Sequence[Detection]:
    """The detections that the original bears out; all of those it was made on where it says of
    none, as automation does.
    """
    decision = appeal.enforcement.decision
    behind = enforcing.detections_behind([decision])[decision.pk]
    borne_out = set(
        Label.objects.filter(decision=decision, value=LabelValue.VIOLATION).values_list(
            "detection_id", flat=True
        )
    )
    return [each for each in behind if each.pk in borne_out] or behind


def note(*, at: datetime) -> int:
    """Note the versions that are reversed beyond what chance explains; returns how many are new."""
    with transaction.atomic():
        tallies = list(
            ReversalTally.objects.select_for_update(of=("self",), no_key=True)
            .select_related("detector")
            .order_by("detector__name", "version")
        )
        found = {
            (finding.record.detector, finding.record.version): finding
            for finding in beyond_chance(
                Record(each.detector.name, each.version, each.decided, each.reversed)
                for each in tallies
            )
        }
        entries = []
        for tally in tallies:
            finding = found.get((tally.detector.name, tally.version))
            if (finding is not None) == (tally.noted_at is not None):
                continue
            tally.noted_at, tally.told_at = (at if finding else None), None
            tally.save(update_fields=["noted_at", "told_at"])
            entries.append(_entry(tally, finding, at=at))
        record_all(entries, at=at)
    return sum(entry.kind == "detector.reversals_noted" for entry in entries)


def tell(*, at: datetime) -> int:
    """Tell the owners of detectors what was noted and they were not told yet. Returns of how many.

    Raises what the mail server raises: the next time it is tried again.
    """
    owners = [
        each.email
        for each in User.objects.filter(is_active=True, roles__contains=[Role.DETECTOR_OWNER])
    ]
    told = 0
    noted = ReversalTally.objects.filter(noted_at__isnull=False, told_at=None)
    for tally in noted.select_related("detector").order_by("noted_at", "pk"):
        for owner in owners:
            EmailMessage(*_mail(tally), from_email=settings.DEFAULT_FROM_EMAIL, to=[owner]).send()
        told += ReversalTally.objects.filter(pk=tally.pk, told_at=None).update(told_at=at)
    return told


def _mail(tally: ReversalTally) -> tuple[str, str]:
    """Subject and text for whoever owns detectors."""
    name = f"{tally.detector.name}, version {tally.version}"
    text = (
        f"Of {tally.decided:,} decisions that rest on {name} and that people looked at again on"
        f" appeal, {tally.reversed:,} were reversed because the detector was wrong. Beside what"
        " the other versions are reversed for, chance does not explain that.\n\n"
        "How often people agreed with it otherwise stands on the page Detectors.\n"
    )
    return f"Reversed on appeal beyond chance: {name}", text


def _entry(tally: ReversalTally, finding: Finding | None, *, at: datetime) -> Entry:
    figures = {"rate": finding.rate, "likelihood": finding.likelihood} if finding else {}
    return Entry(
        kind="detector.reversals_noted" if finding else "detector.reversals_explained",
        actor="worker",
        happened_at=at,
        detector=tally.detector.name,
        detector_version=tally.version,
        particulars={"decided": tally.decided, "reversed": tally.reversed, **figures},
    )
