"""The two platforms that the product knows, so that one test can ask both the same."""

from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from typing import Any, Protocol

from cases.delivering import Answer, Message
from cases.platform import FakePlatform, HttpPlatform
from reviewapp.demo.platform import PlatformServer, StandInPlatform

OLD = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NEW = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


class Messenger(Protocol):
    """A platform that is asked, and that can be looked into afterwards."""

    def send(self, message: Message) -> Answer: ...

    def only_acknowledges(self) -> None: ...

    def in_force(self, account: str) -> list[tuple[str, str]]: ...

    def told(self, account: str) -> list[str]: ...

    def codes(self, account: str) -> list[str]: ...


class InMemory:
    def __init__(self) -> None:
        self._fake = FakePlatform()

    def send(self, message: Message) -> Answer:
        return self._fake.send(message)

    def only_acknowledges(self) -> None:
        self._fake.confirms = False

    def in_force(self, account: str) -> list[tuple[str, str]]:
        return self._fake.standing.get(account, [])

    def told(self, account: str) -> list[str]:
        return [data["subject"] for data in self._fake.told.get(account, [])]

    def codes(self, account: str) -> list[str]:
        return self._fake.codes.get(account, [])


class OverHttp:
    """The real client, and the stand-in platform behind a real server."""

    def __init__(
        self, standin: StandInPlatform, server: PlatformServer, *, secrets: Sequence[str] = (OLD,)
    ) -> None:
        self._standin = standin
        self._url, self._secrets = server.url, secrets

    def send(self, message: Message) -> Answer:
        with closing(HttpPlatform(self._url, secrets=self._secrets)) as client:
            return client.send(message)

    def only_acknowledges(self) -> None:
        self._standin.change_mood({"answer": "acknowledge"})

    def in_force(self, account: str) -> list[tuple[str, str]]:
        row = self._standin.state()["standings"].get(account, {"in_force": []})
        return [(each["enforcement"], each["action"]) for each in row["in_force"]]

    def told(self, account: str) -> list[str]:
        sent = self._standin.state()["notifications"].get(account, [])
        return [each["subject"] for each in sent]

    def codes(self, account: str) -> list[str]:
        codes: list[str] = self._standin.state()["challenges"].get(account, [])
        return codes


def order(sequence: int, *, key: str = "", **changed: Any) -> Message:
    """A request to ban `m1` for good, as the product sends it."""
    data = {
        "enforcement": f"E-{sequence}",
        "account": "m1",
        "sequence": sequence,
        "action": "PERMANENT_BAN",
        "until": None,
        "policy": "BULK_MESSAGING",
    } | changed
    return Message(key or f"key-{sequence}", "enforcement.requested", NOON, data)


def lift(sequence: int, *, lifts: str, **changed: Any) -> Message:
    data = order(sequence, **changed).data | {"action": "LIFT", "lifts": lifts}
    return Message(f"key-{sequence}", "enforcement.lifted", NOON, data)


def notification(key: str = "told-1") -> Message:
    data = {
        "notification": "N-1",
        "account": "m1",
        "locale": "hi-IN",
        "subject": "आपका खाता बंद है",
        "text": "…",
        "link": "",
    }
    return Message(key, "notification.requested", NOON, data)


def challenge(key: str = "code-1", **changed: Any) -> Message:
    data = {"challenge": "c-1", "account": "m1", "code": "01234567"} | changed
    return Message(key, "challenge.requested", NOON, data)
