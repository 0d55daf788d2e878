"""A detector's record: how often people agreed with each version."""

from collections.abc import Iterable
from dataclasses import dataclass

from cases.models import AgreementCount
from reviewapp.kernel.wilson import interval


@dataclass(frozen=True, slots=True)
class Record:
    """Agreed of decided, with the 95 % interval of Wilson in whole percents."""

    agreed: int
    decided: int
    percent: int = 0
    low: int = 0
    high: int = 0

    @property
    def width(self) -> int:
        return self.high - self.low


def record_of(agreed: int, decided: int) -> Record:
    found = interval(agreed, decided)
    if found is None:
        return Record(agreed, decided)
    return Record(
        agreed, decided, round(found.share * 100), round(found.low * 100), round(found.high * 100)
    )


def records_for(versions: Iterable[tuple[int, str]]) -> dict[tuple[int, str], Record]:
    """The records of these (detector id, version) pairs, in one query; none where none is kept."""
    wanted = set(versions)
    counts = AgreementCount.objects.filter(detector_id__in={detector for detector, _ in wanted})
    return {
        (count.detector_id, count.version): record_of(count.agreed, count.decided)
        for count in counts
        if (count.detector_id, count.version) in wanted
    }
