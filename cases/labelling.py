"""Telling detectors what people made of what they found."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from cases.enums import LabelSource, LabelValue, Outcome
from cases.models import Decision, Detection, Label, PolicyClause
from reviewapp.ledger.recording import Entry, record_all


def value_for(
    detection: Detection, *, outcome: str, cited: Iterable[PolicyClause], families: dict[str, str]
) -> LabelValue | None:
    """What a decision says of `detection`; None where it says nothing.

    VIOLATION if a cited clause is the detection's own or of its family (`families` maps
    clause codes to families), NO_VIOLATION if that is the outcome, else nothing: a violation
    of another kind does not bear the detector out, and does not show that it erred.
    """
    if outcome == Outcome.NO_VIOLATION:
        return LabelValue.NO_VIOLATION
    if outcome != Outcome.VIOLATION:
        return None
    family = families.get(detection.policy)
    if any(clause.code == detection.policy or clause.family == family for clause in cited):
        return LabelValue.VIOLATION
    return None


def labels_for(
    detections: Sequence[Detection], *, outcome: str, cited: Sequence[PolicyClause]
) -> list[tuple[Detection, LabelValue]]:
    """The label that such a decision gives each detection it says something about."""
    codes = {detection.policy for detection in detections}
    # In the order of versions, so that the newest one's family stands.
    versions = PolicyClause.objects.filter(code__in=codes).order_by("version")
    families = dict(versions.values_list("code", "family"))
    valued = (
        (detection, value_for(detection, outcome=outcome, cited=cited, families=families))
        for detection in detections
    )
    return [(detection, value) for detection, value in valued if value is not None]


def give(
    *,
    labels: Iterable[tuple[Detection, LabelValue]],
    source: LabelSource,
    decision: Decision,
    actor: str,
    at: datetime,
) -> list[Label]:
    """Label detections of one account, count them into their versions' records, log them.

    The latest label of a detection wins, so an earlier one is first taken out of the counts.
    Detections must have `account` and `detector` loaded. Runs in the caller's transaction.
    """
    labels = list(labels)
    given = [
        Label(detection=detection, value=value, source=source, decision=decision, given_at=at)
        for detection, value in labels
    ]
    before = _standing_values([detection for detection, _ in labels])
    changes: dict[tuple[int, str], list[int]] = defaultdict(lambda: [0, 0])
    for detection, value in labels:
        change = changes[(detection.detector_id, detection.version)]
        for counted, sign in ((before.get(detection.pk), -1), (value, 1)):
            if counted in (LabelValue.VIOLATION, LabelValue.NO_VIOLATION):
                change[0] += sign * (counted == LabelValue.VIOLATION)
                change[1] += sign
    Label.objects.bulk_create(given)
    _count(changes)
    record_all(
        [
            Entry(
                kind="label.given",
                actor=actor,
                happened_at=at,
                account=detection.account.ref,
                case=decision.case.ref if decision.case else "",
                stage=detection.stage,
                detector=detection.detector.name,
                detector_version=detection.version,
                policy=detection.policy,
                outcome=value,
                particulars={"label": str(label.pk), "detection": str(detection.pk)},
            )
            for label, (detection, value) in zip(given, labels, strict=True)
        ],
        at=at,
    )
    return given


def retract(*, decision: Decision, actor: str, at: datetime) -> list[Label]:
    """Take back the labels that `decision` gave, where nobody has labelled those anew since.

    Runs in the caller's transaction.
    """
    given = Label.objects.filter(decision=decision).exclude(value=LabelValue.RETRACTED)
    detections = list(
        Detection.objects.filter(pk__in=given.values("detection"))
        .select_related("account", "detector")
        .newest_first()
    )
    latest = dict(
        Label.objects.filter(detection__in=detections)
        .order_by("detection_id", "-given_at", "-id")
        .distinct("detection_id")
        .values_list("detection_id", "decision_id")
    )
    return give(
        labels=[
            (detection, LabelValue.RETRACTED)
            for detection in detections
            if latest[detection.pk] == decision.pk
        ],
        source=LabelSource.ANALYST, decision=decision, actor=actor, at=at,
    )  # fmt: skip


def _standing_values(detections: list[Detection]) -> dict[object, str]:
    """The latest label of each detection, where it has one."""
    return dict(
        Label.objects.filter(detection__in=detections)
        .order_by("detection_id", "-given_at", "-id")
        .distinct("detection_id")
        .values_list("detection_id", "value")
    )


def _count(changes: dict[tuple[int, str], list[int]]) -> None:
    # In a fixed order, so that two decisions on the same versions wait instead of deadlocking.
    rows: list[tuple[Any, ...]] = sorted(
        (*key, *change) for key, change in changes.items() if change != [0, 0]
    )
    if not rows:
        return
    with connection.cursor() as cursor:
        # What is taken away is taken from a row that is there; the row offered for insertion has
        # to pass the table's checks all the same.
        cursor.executemany(
            """
            INSERT INTO cases_agreementcount AS c (detector_id, version, stage, agreed, decided)
            SELECT new.detector_id, new.version, '',
                   greatest(new.agreed, 0), greatest(new.agreed, new.decided, 0)
              FROM (VALUES (%s::bigint, %s, %s::bigint, %s::bigint))
                AS new (detector_id, version, agreed, decided)
                ON CONFLICT (detector_id, version) DO UPDATE
               SET agreed = c.agreed + %s, decided = c.decided + %s
            """,
            [(*row, *row[2:]) for row in rows],
        )
