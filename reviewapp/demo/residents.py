"""One account of the simulated messenger, and the diary of what it did."""

from datetime import datetime
from random import Random
from typing import Any

from reviewapp.demo.places import Country

Row = dict[str, Any]

STAGES = {
    "account.registered": "REGISTRATION",
    "account.reregistered": "REGISTRATION",
    "code.requested": "REGISTRATION",
    "device.changed": "REGISTRATION",
    "message.sent": "MESSAGING",
    "message.batch": "MESSAGING",
    "message.received": "MESSAGING",
    "call.made": "MESSAGING",
    "group.created": "MESSAGING",
    "group.added": "MESSAGING",
    "user.reported": "NEGATIVE_FEEDBACK",
    "user.blocked": "NEGATIVE_FEEDBACK",
}

# What people attach to a report, by its topic: invented, and all that is ever seen of a message.
REPORTED_WORDS = {
    "spam": "Mega sale!! Reply YES to stop paying full price",
    "scam": "Sir your money doubled in 7 days guaranteed, only today",
    "commerce": "Your parcel is delayed, we are sorry, please wait two days",
    "harassment": "I know where you park. You will answer me.",
}


def stamp(at: datetime) -> str:
    """RFC 3339 with milliseconds and an offset."""
    return at.isoformat(timespec="milliseconds")


class Resident:
    """An account and its evidence, both in the shapes that the API takes.

    What falls outside the messenger's window (`since` to `until`) is left out of the diary: the
    messenger shares the last days only.
    """

    def __init__(
        self,
        row: Row,
        *,
        country: Country,
        registered_at: datetime,
        rng: Random,
        window: tuple[datetime, datetime],
    ) -> None:
        self.row = row
        self.id: str = row["id"]
        self.country = country
        self.registered_at = registered_at
        self.rng = rng
        self.since, self.until = window
        self.diary: list[Row] = []

    def note(self, kind: str, at: datetime, data: Row) -> None:
        """Write one evidence item into the diary; its id is the account's and a running number."""
        if not self.since <= at <= self.until:
            return
        self.diary.append(
            {
                "id": f"{self.id}-{len(self.diary) + 1:05d}",
                "account": self.id,
                "stage": STAGES[kind],
                "kind": kind,
                "occurred_at": stamp(at),
                "data": data,
            }
        )

    # Registration

    def registers(
        self,
        *,
        client: str = "official",
        network_country: str = "",
        method: str = "sms",
    ) -> None:
        """The sign-up itself, from the account's own device and network."""
        self.note(
            "account.registered",
            self.registered_at,
            {
                "method": method,
                "network_asn": int(self.row["links"]["network"].split("-")[0][2:]),
                "network_country": network_country or self.country.code,
                "device": self.row["links"]["device"],
                "client": client,
            },
        )

    def changes_device(self, at: datetime, *, device: str, asn: int, network_country: str) -> None:
        """The number is confirmed again on another device."""
        self.note("code.requested", at, {"method": "sms", "network_asn": asn})
        self.note(
            "device.changed",
            at,
            {
                "device": device,
                "network_asn": asn,
                "network_country": network_country,
                "client": "official",
            },
        )

    # Messaging

    def sends(
        self,
        at: datetime,
        to: str,
        *,
        strangers: int = 0,
        typing: bool = True,
        **more: object,
    ) -> None:
        """One message to one person; `more` are group, forwarded, same_text, link, reply."""
        self.note(
            "message.sent",
            at,
            {
                "recipients": 1,
                "strangers": strangers,
                "recipient": to,
                "typing": typing,
                **more,
            },
        )

    def sends_batch(
        self,
        at: datetime,
        *,
        until: datetime,
        count: int,
        recipients: int,
        strangers: int,
        busiest_15s: int,
    ) -> None:
        """Many messages told in one item, for senders whose every message would drown a reader."""
        self.note(
            "message.batch",
            at,
            {
                "count": count,
                "recipients": recipients,
                "strangers": strangers,
                "until": stamp(min(until, self.until)),
                "busiest_15s": busiest_15s,
            },
        )

    def hears(self, at: datetime, sender: str) -> None:
        """A message arrives."""
        self.note("message.received", at, {"sender": sender})

    def calls(self, at: datetime, to: str, *, duration_s: int) -> None:
        """A call; nobody answers one of no length."""
        self.note(
            "call.made",
            at,
            {"recipient": to, "duration_s": duration_s, "answered": duration_s > 0},
        )

    def creates_group(self, at: datetime, *, members: int) -> None:
        """A new group with its first members."""
        self.note("group.created", at, {"members": members})

    def adds(self, at: datetime, *, added: int, strangers: int) -> None:
        """People are put into a group; `strangers` do not have this account in their contacts."""
        self.note("group.added", at, {"added": added, "strangers": strangers})

    # Negative feedback

    def is_reported(
        self,
        at: datetime,
        *,
        by: str,
        first_message: bool,
        topic: str = "spam",
        reporter_wrote_first: bool = False,
        messages: int = 1,
    ) -> None:
        """Somebody reports this account and attaches its last `messages` messages."""
        self.note(
            "user.reported",
            at,
            {
                "reporter": by,
                "first_message": first_message,
                "reporter_wrote_first": reporter_wrote_first,
                "topic": topic,
                "messages": [REPORTED_WORDS[topic]] * messages,
            },
        )

    def is_blocked(self, at: datetime, *, by: str, wrote_first: bool = False) -> None:
        """Somebody blocks this account; `wrote_first` says whether the blocker began."""
        self.note("user.blocked", at, {"by": by, "wrote_first": wrote_first})
