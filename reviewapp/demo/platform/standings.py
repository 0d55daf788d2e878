"""What the platform keeps of each account: the sequence it obeyed last, and what is in force."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

# Shown to the person once; it restricts nothing and so is never in force.
WARNING = "WARN"


class Malformed(Exception):
    """The order lacks something that the platform cannot do without."""


@dataclass(frozen=True, slots=True)
class Restriction:
    """One thing that an account may not do any more, and who asked for it."""

    enforcement: str
    action: str
    until: str
    policy: str


@dataclass(slots=True)
class Standing:
    """Where one account stands on the platform: a set of restrictions, each by its enforcement.

    A new restriction stands beside the older ones, whatever they are; a lift ends exactly the
    one that it names, and the others stay.
    """

    sequence: int = 0
    # The order obeyed last: an enforcement, or a lift of one.
    latest: str = ""
    in_force: dict[str, Restriction] = field(default_factory=dict)
    history: list[str] = field(default_factory=list)

    def obey(self, kind: str, data: Mapping[str, Any]) -> bool:
        """Do what is asked, unless something as new or newer was asked before.

        Returns whether it was done. Raises Malformed.
        """
        sequence = data.get("sequence")
        if isinstance(sequence, bool) or not isinstance(sequence, int):
            raise Malformed("sequence is a whole number.")
        enforcement = text_of(data, "enforcement")
        lifting = kind == "enforcement.lifted"
        asked = text_of(data, "lifts" if lifting else "action")
        if sequence <= self.sequence:
            return False
        self.sequence, self.latest = sequence, enforcement
        self.history.append(f"{sequence} lifts {asked}" if lifting else f"{sequence} {asked}")
        if lifting:
            self.in_force.pop(asked, None)
        elif asked != WARNING:
            self.in_force[enforcement] = Restriction(
                enforcement, asked, str(data.get("until") or ""), str(data.get("policy") or "")
            )
        return True

    def row(self) -> dict[str, Any]:
        """For `state.json`."""
        return {
            "sequence": self.sequence,
            "latest": self.latest,
            "in_force": [asdict(each) for each in self.in_force.values()],
            "history": list(self.history),
        }


def text_of(data: Mapping[str, Any], name: str) -> str:
    """The text that `data` has under `name`. Raises Malformed where there is none."""
    value = data.get(name)
    if not isinstance(value, str) or not value:
        raise Malformed(f"{name} is missing.")
    return value
