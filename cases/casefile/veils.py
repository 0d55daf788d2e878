"""What is kept sealed of evidence, mostly words that people wrote: told once somebody asked to see.

# Note [What is veiled]

Whatever intake seals of an item (see Note [People at the door] in cases.intake.people) may be
words, or name somebody, and may hurt. No page has it, hidden or not, until this reader asked for
this item, or for all items of the account; who asked for which is in the ledger.
"""

import json
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from cases.casefile.counting import counted, listed
from cases.casefile.items import Item
from cases.models import Account
from reviewapp.kernel.encryption import Erased

_NAME = re.compile(r"[a-z][a-z_]{0,39}\Z")


@dataclass(frozen=True, slots=True)
class Veils:
    """What a reader has asked to see, and where they ask for more."""

    # Where a POST asks; '' for who may not.
    url: str = ""
    purposes: Sequence[tuple[str, str]] = ()
    # Whether they asked for everything of the account; else for which items.
    everything: bool = False
    items: Collection[str] = ()

    def lifted(self, item: Item) -> bool:
        return self.everything or str(item.id) in self.items


NOTHING_LIFTED = Veils()


@dataclass(slots=True)
class Veil:
    """What is sealed of one item, as `components/_veil.html` wants it."""

    id: str
    item: str
    words: str
    # What is behind it; '' until it is asked for.
    text: str
    reveal_url: str
    purposes: Sequence[tuple[str, str]]
    # Where to come back to without JavaScript.
    here: str = ""


def opened(account: Account, item: Item) -> dict[str, Any]:
    """The sealed part of an item; nothing where there is none, or where the person was erased."""
    if not item.sealed:
        return {}
    try:
        found: dict[str, Any] = json.loads(account.unseal(item.sealed, context="evidence.sealed"))
    except Erased:
        return {}
    return found


def veil_of(item: Item, sealed: dict[str, Any], veils: Veils) -> Veil | None:
    """The veil over `sealed`, the opened part of `item`; None where that is nothing."""
    if not sealed:
        return None
    said = [(_name(key), _written(value)) for key, value in sealed.items()]
    text = "\n\n".join(f"{name}: {words}" for name, words in said) if said[1:] else said[0][1]
    letters = sum(len(words) for _, words in said)
    names = list(dict.fromkeys(_name(key, "other things") for key in sealed))
    return Veil(
        id=f"veil-{item.id}",
        item=str(item.id),
        words=f"{listed(names).capitalize()}: {counted(letters, 'character')}",
        text=text if veils.lifted(item) else "",
        reveal_url=veils.url,
        purposes=veils.purposes,
    )


def plain(value: Any) -> str:
    """A value of an item's data, as it is read."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def _name(key: str, otherwise: str = "") -> str:
    """What a field is called; a name that nobody would give a field may itself say something."""
    return key.replace("_", " ") if not otherwise or _NAME.match(key) else otherwise


def _written(value: Any) -> str:
    """Messages in a list are read one below the other."""
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return "\n".join(value)
    return plain(value)
