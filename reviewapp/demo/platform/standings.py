"""What the platform keeps of each account: the sequence it obeyed last, and what is in force."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


class Malformed(Exception):
    """The order lacks something that the platform cannot do without."""


@dataclass(slots=True)
class Standing:
    """Where one account stands on the platform."""

    sequence: int = 0
    action: str = ""
    until: str = ""
    enforcement: str = ""
    policy: str = ""
    history: list[str] = field(default_factory=list)

    def obey(self, kind: str, data: Mapping[str, Any]) -> bool:
        """Do what is asked, unless something as new or newer was asked before.

        Returns whether it was done. Raises Malformed.
        """
        sequence = data.get("sequence")
        if isinstance(sequence, bool) or not isinstance(sequence, int):
            raise Malformed("sequence is a whole number.")
        enforcement = _text(data, "enforcement")
        # An order needs its action; a lift names what it lifts and leaves nothing in force.
        lifting = kind == "enforcement.lifted"
        action = "" if lifting else _text(data, "action")
        lifts = _text(data, "lifts") if lifting else ""
        if sequence <= self.sequence:
            return False
        self.sequence = sequence
        self.enforcement = enforcement
        self.action = action
        self.until = "" if lifting else str(data.get("until") or "")
        self.policy = "" if lifting else str(data.get("policy") or "")
        self.history.append(f"{sequence} lifts {lifts}" if lifting else f"{sequence} {action}")
        return True

    def row(self) -> dict[str, Any]:
        """For `state.json`."""
        return {
            "sequence": self.sequence,
            "action": self.action,
            "until": self.until,
            "enforcement": self.enforcement,
            "policy": self.policy,
            "history": list(self.history),
        }


def _text(data: Mapping[str, Any], name: str) -> str:
    value = data.get(name)
    if not isinstance(value, str) or not value:
        raise Malformed(f"{name} is missing.")
    return value
