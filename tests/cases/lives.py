"""Lives of accounts, told to the product the way sources tell them: through intake."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from cases import intake
from cases.enums import Origin, Stage
from cases.intake import SentEvidence
from cases.models import Account
from reviewapp.staff.models import Source
from tests.cases.factories import NOON, make_source

_numbers = count(1)

_STAGES = {
    "account": Stage.REGISTRATION,
    "code": Stage.REGISTRATION,
    "device": Stage.REGISTRATION,
    "user": Stage.NEGATIVE_FEEDBACK,
}


def item(
    account: Account, kind: str, at: datetime, *, origin: Origin = Origin.ON_PLATFORM, **data: Any
) -> SentEvidence:
    """One item of evidence about `account`."""
    return SentEvidence(
        id=f"life-{next(_numbers)}",
        account=account.external_id,
        stage=_STAGES.get(kind.partition(".")[0], Stage.MESSAGING),
        kind=kind,
        occurred_at=at,
        origin=origin,
        data=data,
    )


def tell(items: Iterable[SentEvidence], *, source: Source | None = None) -> None:
    """Have intake take `items`, and see that it took them all."""
    items = list(items)
    receipt = intake.receive_evidence(source=source or make_source(), items=items, at=NOON)
    assert receipt.accepted == len(items), receipt


def texts(
    account: Account, *, to: Iterable[str], begin: datetime, every: timedelta, **data: Any
) -> list[SentEvidence]:
    """One message to each of `to`, one after the other."""
    sent = {"recipients": 1, **data}
    return [
        item(account, "message.sent", begin + every * number, recipient=person, **sent)
        for number, person in enumerate(to)
    ]


def burst(account: Account, *, people: int, begin: datetime) -> list[SentEvidence]:
    """A message every two seconds to people who do not know the sender, without typing."""
    return texts(
        account,
        to=[f"stranger-{number}" for number in range(people)],
        begin=begin,
        every=timedelta(seconds=2),
        strangers=1,
        typing=False,
        same_text=True,
    )


def chatter(
    account: Account, *, friends: int, messages: int, begin: datetime
) -> list[SentEvidence]:
    """An ordinary person who writes a lot, to few people, who write back."""
    sent = texts(
        account,
        to=[f"friend-{number % friends}" for number in range(messages)],
        begin=begin,
        every=timedelta(minutes=1),
        strangers=0,
        typing=True,
    )
    heard = [
        item(
            account,
            "message.received",
            begin + timedelta(minutes=number, seconds=30),
            sender=f"friend-{number % friends}",
        )
        for number in range(messages)
    ]
    return [*sent, *heard]
