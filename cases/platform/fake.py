"""The platform in memory: obeys the same contract, for tests and for trying things out."""

import json
from collections import Counter
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from cases.delivering import Answer, Message

_NEEDED = {
    "enforcement.requested": ("enforcement", "action"),
    "enforcement.lifted": ("enforcement", "lifts"),
    "notification.requested": (),
    "challenge.requested": ("challenge", "code"),
}
# Said to a person; only what is done to an account is in an order.
_SAID = ("notification.requested", "challenge.requested")


@dataclass
class FakePlatform:
    """Takes what it is sent once per key, and obeys only rising sequence numbers.

    `standing` holds the restrictions in force on each account, as (enforcement, action): a lift
    ends exactly the one that it names, and a warning restricts nothing. `answers` are given to
    the next messages, in order, instead of obeying them; `confirms` says whether an obeyed
    message is answered with "applied" or only acknowledged.
    """

    confirms: bool = True
    answers: list[Answer] = field(default_factory=list)
    received: list[Message] = field(default_factory=list)
    standing: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    told: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    codes: dict[str, list[str]] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)
    _sequences: dict[str, int] = field(default_factory=dict)
    _replies: dict[str, tuple[bytes, Answer]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def send(self, message: Message) -> Answer:
        with self._lock:
            self.calls[message.key] += 1
            self.received.append(message)
            if self.answers:
                return self.answers.pop(0)
            if message.key in self._replies:
                body, answer = self._replies[message.key]
                return answer if body == message.body() else _answer("refused", 422)
            if not _is_whole(message):
                return _answer("refused", 400)
            answer = self._obey(message)
            self._replies[message.key] = (message.body(), answer)
            return answer

    def _obey(self, message: Message) -> Answer:
        data = message.data
        account = data["account"]
        done = _answer("applied") if self.confirms else _answer("accepted", 202)
        if message.type == "notification.requested":
            self.told.setdefault(account, []).append(data)
            return done
        if message.type == "challenge.requested":
            self.codes.setdefault(account, []).append(data["code"])
            return done
        if data["sequence"] <= self._sequences.get(account, 0):
            return _answer("ignored")
        self._sequences[account] = data["sequence"]
        standing = self.standing.setdefault(account, [])
        if message.type == "enforcement.lifted":
            standing[:] = [entry for entry in standing if entry[0] != data["lifts"]]
        elif data["action"] != "WARN":
            standing.append((data["enforcement"], data["action"]))
        return done


def _is_whole(message: Message) -> bool:
    if message.type not in _NEEDED or not message.data.get("account"):
        return False
    if not all(message.data.get(name) for name in _NEEDED[message.type]):
        return False
    return message.type in _SAID or type(message.data.get("sequence")) is int


def _answer(status: str, code: int = 200) -> Answer:
    return Answer(status=code, text=json.dumps({"status": status}))
