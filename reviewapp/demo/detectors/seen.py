"""What a detector sees of an account: its row and its evidence, parsed and in time order."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any


@dataclass(frozen=True, slots=True)
class Item:
    """One evidence item."""

    at: datetime
    kind: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Message:
    """One message: to whom, and what is known of it (None where the sender did not say)."""

    at: datetime
    recipient: str
    stranger: bool
    typing: bool | None
    link: bool


class Seen:
    """An account as the detectors see it.

    Args:
        account: the row of `POST /accounts`.
        items: its rows of `POST /evidence`, in any order.
    """

    def __init__(self, account: Mapping[str, Any], items: Iterable[Mapping[str, Any]]) -> None:
        self.id: str = account["id"]
        self.country: str = account.get("country", "")
        self.links = {
            kind: (value,) if isinstance(value, str) else tuple(value)
            for kind, value in (account.get("links") or {}).items()
            if value
        }
        registered_at = account.get("registered_at")
        self.registered_at = datetime.fromisoformat(registered_at) if registered_at else None
        self.items = sorted(
            (
                Item(
                    datetime.fromisoformat(row["occurred_at"]),
                    row["kind"],
                    row.get("data") or {},
                )
                for row in items
            ),
            key=lambda item: item.at,
        )

    def link(self, kind: str) -> str:
        """What it shares with others of this kind: the first value, empty where there is none."""
        return next(iter(self.links.get(kind, ())), "")

    def of(self, *kinds: str) -> list[Item]:
        """The items of these kinds, in time order."""
        return [item for item in self.items if item.kind in kinds]

    @cached_property
    def messages(self) -> list[Message]:
        """Messages that were told one by one, in time order."""
        return [
            Message(
                at=item.at,
                recipient=item.data.get("recipient", ""),
                stranger=bool(item.data.get("strangers")),
                typing=item.data.get("typing"),
                link=bool(item.data.get("link")),
            )
            for item in self.of("message.sent")
        ]

    @cached_property
    def sent_at(self) -> list[datetime]:
        """When messages were sent; those of a batch are spread evenly over its span."""
        times = [message.at for message in self.messages]
        for item in self.of("message.batch"):
            count = int(item.data.get("count", 0))
            until = item.data.get("until")
            span = datetime.fromisoformat(until) - item.at if until else timedelta()
            times += [item.at + span * number / count for number in range(count)]
        return sorted(times)

    def age_at(self, at: datetime) -> timedelta:
        """How old the account was; very old where the registration is not known."""
        return at - self.registered_at if self.registered_at else timedelta(days=36_500)

    def reports_before(self, at: datetime) -> int:
        """How many people had reported the account by then."""
        return sum(item.at <= at for item in self.of("user.reported"))
