"""The platform in memory: obeys the same contract, for tests and for trying things out."""

import json
from collections import Counter
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from cases.delivering import Answer, Message


@dataclass
class FakePlatform:
    """Takes what it is sent once per key, and obeys only rising sequence numbers.

    `answers` are given to the next messages, in order, instead of obeying them; `confirms`
    says whether an obeyed message is answered with "applied" or only acknowledged.
    """

    confirms: bool = True
    answers: list[Answer] = field(default_factory=list)
    received: list[Message] = field(default_factory=list)
    standing: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    told: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)
    _sequences: dict[str, int] = field(default_factory=dict)
    _replies: dict[str, Answer] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def send(self, message: Message) -> Answer:
        with self._lock:
            self.calls[message.key] += 1
            self.received.append(message)
            if self.answers:
                return self.answers.pop(0)
            if message.key not in self._replies:
                self._replies[message.key] = self._obey(message)
            return self._replies[message.key]

    def _obey(self, message: Message) -> Answer:
        data = message.data
        account = data["account"]
        if message.type == "notification.requested":
            self.told.setdefault(account, []).append(data)
            return _answer("accepted")
        if data["sequence"] <= self._sequences.get(account, 0):
            return _answer("ignored")
        self._sequences[account] = data["sequence"]
        standing = self.standing.setdefault(account, [])
        if message.type == "enforcement.lifted":
            standing[:] = [entry for entry in standing if entry[0] != data["lifts"]]
        else:
            standing.append((data["enforcement"], data["action"]))
        return _answer("applied" if self.confirms else "accepted")


def _answer(status: str) -> Answer:
    return Answer(status=200, text=json.dumps({"status": status}))
