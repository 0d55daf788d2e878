"""Detectors: each belongs to the source that first used it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from cases.intake.receipts import Fault
from cases.models import AgreementCount, Detector
from reviewapp.ledger.recording import Entry, record, record_all

if TYPE_CHECKING:
    from reviewapp.staff.models import Source, User

_BELONGS_ELSEWHERE = Fault("/detector", "Belongs to another source.")


def faults_of_names(*, source: "Source", names: Iterable[str]) -> dict[str, Fault]:
    """What speaks against new and known `names`, as far as it can be told without a lock."""
    names = list(dict.fromkeys(names))
    owners = dict(Detector.objects.filter(name__in=names).values_list("name", "source_id"))
    new = [name for name in names if name not in owners]
    room = _room(source) if new else 0
    return {
        **{name: _BELONGS_ELSEWHERE for name in owners if owners[name] != source.pk},
        **{name: _no_room(source) for name in new[max(0, room) :]},
    }


def registered(
    *, source: "Source", names: Sequence[str], at: datetime
) -> tuple[dict[str, Detector], dict[str, Fault]]:
    """The detectors that `source` may use under `names`, and what speaks against the others.

    A new name is registered for the source while it has room for one, in the order of `names`;
    admins see it as new. Runs in the caller's transaction.
    """
    found = {each.name: each for each in Detector.objects.filter(name__in=names)}
    unknown = [name for name in dict.fromkeys(names) if name not in found]
    if unknown:
        found |= _register(source, unknown, at=at)
    usable: dict[str, Detector] = {}
    faults: dict[str, Fault] = {}
    for name in dict.fromkeys(names):
        if name not in found:
            faults[name] = _no_room(source)
        elif found[name].source_id != source.pk:
            faults[name] = _BELONGS_ELSEWHERE
        else:
            usable[name] = found[name]
    return usable, faults


def note_versions(fired: Iterable[tuple[Detector, str, str]], *, at: datetime) -> None:
    """Have each version of a detector, with the stage it fired at, stand in the detectors' record.

    Changes nothing for those that stand there already, and waits for nobody but who notes the
    same new one. Runs in the caller's transaction.
    """
    # Sorted, so that two batches with the same new versions wait in line.
    versions = {(detector.pk, version): stage for detector, version, stage in fired}
    AgreementCount.objects.bulk_create(
        [
            AgreementCount(detector_id=pk, version=version, stage=stage, first_seen_at=at)
            for (pk, version), stage in sorted(versions.items())
        ],
        ignore_conflicts=True,
    )


def acknowledge(*, detector: Detector, by: "User", at: datetime) -> None:
    """Have the ledger know that `by` has looked at a new detector; it is shown as new no more."""
    with transaction.atomic():
        # The row count is the guard: who comes second changes and records nothing.
        new = Detector.objects.filter(pk=detector.pk, acknowledged_at=None)
        if new.update(acknowledged_at=at):
            record(
                Entry(
                    kind="configuration.changed",
                    actor=by.actor,
                    happened_at=at,
                    detector=detector.name,
                    particulars={
                        "what": "changed",
                        "model": Detector._meta.label_lower,
                        "name": detector.name,
                        "fields": {"acknowledged_at": {"before": None, "after": at.isoformat()}},
                    },
                ),
                at=at,
            )


def _register(source: "Source", names: Sequence[str], *, at: datetime) -> dict[str, Detector]:
    """Those of the new `names` that found room, or that somebody else registered meanwhile."""
    # The source's row is the lock under which its detectors are counted.
    type(source).objects.select_for_update(no_key=True).get(pk=source.pk)
    known = set(Detector.objects.filter(name__in=names).values_list("name", flat=True))
    room = _room(source)
    new = [name for name in names if name not in known][: max(0, room)]
    # Sorted, so that two sources which claim the same names wait in line.
    Detector.objects.bulk_create(
        [Detector(name=name, source=source, first_seen_at=at) for name in sorted(new)],
        ignore_conflicts=True,
    )
    found = {each.name: each for each in Detector.objects.filter(name__in=names)}
    record_all(
        (
            Entry(
                kind="detector.first_seen",
                actor=source.actor,
                happened_at=at,
                detector=name,
                particulars={"source": source.name},
            )
            for name in new
            if found[name].source_id == source.pk
        ),
        at=at,
    )
    return found


def _room(source: "Source") -> int:
    """How many more detectors `source` may have."""
    return source.detector_limit - Detector.objects.filter(source=source).count()


def _no_room(source: "Source") -> Fault:
    limit = source.detector_limit
    return Fault("/detector", f"Is new, and this source has its {limit} already.")
