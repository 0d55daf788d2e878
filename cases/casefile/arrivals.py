"""What came of an account since somebody asked for it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from cases.casefile.address import Address
from cases.casefile.counting import counted
from cases.casefile.telling import item_words
from cases.models import Account, Detection, EvidenceItem

# So many are told one by one.
TOLD = 3


@dataclass(frozen=True, slots=True)
class Arrival:
    """Something that was not known before, and where it stands in the file."""

    words: str
    at: datetime
    url: str


def arrived_since(account: Account, since: datetime, *, path: str) -> list[Arrival]:
    """The newest detections and items of evidence that came in after `since`, the newest first.

    Where `path` is the file's. The last line says so where there are more. Two queries.
    """
    address = Address(path)
    found = sorted(
        [*_detections(account, since, address), *_items(account, since, address)],
        key=lambda arrival: arrival.at,
        reverse=True,
    )
    if len(found) <= TOLD:
        return found
    more = len(found) - TOLD
    words = "more than can be told here" if more > TOLD else f"{counted(more, 'thing')} more"
    return [*found[:TOLD], Arrival(words, found[TOLD].at, found[TOLD].url)]


def _detections(account: Account, since: datetime, address: Address) -> Iterator[Arrival]:
    rows = Detection.objects.filter(account=account, received_at__gt=since)
    for row in rows.select_related("detector").order_by("-received_at", "-id")[: 2 * TOLD]:
        words = f"{row.detector.name} {row.version} fired at {row.score:.2f}"
        yield Arrival(words, row.received_at, str(address.to_moment(row.received_at)))


def _items(account: Account, since: datetime, address: Address) -> Iterator[Arrival]:
    rows = EvidenceItem.objects.filter(account=account, recorded_at__gt=since)
    for row in rows.order_by("-occurred_at", "-id")[: 2 * TOLD]:
        words = item_words(row.kind, row.data)
        yield Arrival(words, row.occurred_at, str(address.to_item(row.id)))
