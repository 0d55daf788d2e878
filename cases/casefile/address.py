"""The address of a part of a case file: what is looked at stands in the address, and only there."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from cases.casefile.lanes import Lane, Strand
from cases.casefile.window import Window, asked
from cases.enums import Origin, Stage
from reviewapp.kernel.moments import BadMoment, read_moment


@dataclass(frozen=True, slots=True)
class Part:
    """Items of one strand, one by one: what stands behind a row that sums them up."""

    strand: Strand
    window: Window

    @classmethod
    def read(cls, text: str) -> "Part | None":
        """What `text`, as `str` of a part writes it, means; None where it means nothing."""
        if text.count("~") != 4:
            return None
        kind, stage, origin, start, end = text.split("~")
        window = asked(start, end)
        if not kind or window is None or stage not in Stage or origin not in Origin:
            return None
        return cls(Strand(kind, stage, origin), window)

    def __str__(self) -> str:
        return "~".join((*self.strand, iso(self.window.start), iso(self.window.end)))


@dataclass(frozen=True, slots=True)
class Address:
    """A path and what of the life it shows."""

    path: str
    window: Window | None = None
    hidden: frozenset[Lane] = frozenset()
    # Kinds of evidence that are left out, whatever lane they stand in.
    without: frozenset[str] = frozenset()
    # What stands marked: a moment, or an item by its id.
    moment: datetime | None = None
    item: UUID | None = None
    part: Part | None = None
    after: str = ""
    before: str = ""

    @classmethod
    def read(cls, path: str, query: "dict[str, str]") -> "Address":
        """What `query` asks for. What makes no sense in it is left out, as if not asked."""
        query = {name: value for name, value in query.items() if value.isprintable()}
        hidden = frozenset(
            Lane(name) for name in query.get("hide", "").split(",") if name in set(Lane)
        )
        return cls(
            path=path,
            window=asked(query.get("from"), query.get("to")),
            hidden=hidden,
            without=frozenset(kind for kind in query.get("without", "").split(",") if kind),
            moment=_moment(query.get("at", "")),
            item=_item(query.get("item", "")),
            part=Part.read(query.get("show", "")),
            after=query.get("after", ""),
            before=query.get("before", ""),
        )

    def at(self, window: Window | None) -> "Address":
        """The same lanes in another window, from the first row on, and nothing marked."""
        return replace(self, window=window, moment=None, item=None, part=None, after="", before="")

    def toggled(self, lane: Lane) -> "Address":
        return self._from_the_top(hidden=self.hidden ^ {lane})

    def toggled_kind(self, kind: str) -> "Address":
        return self._from_the_top(without=self.without ^ {kind})

    def with_every_kind(self) -> "Address":
        return self._from_the_top(without=frozenset())

    def only_kind(self, kind: str, kinds: Iterable[str]) -> "Address":
        """This kind of all `kinds` that there are."""
        return self._from_the_top(without=frozenset(kinds) - {kind})

    def showing(self, part: Part) -> "Address":
        return replace(self, moment=None, item=None, part=part, after="", before="")

    def page(self, *, after: str = "", before: str = "") -> "Address":
        return replace(self, after=after, before=before)

    def to_moment(self, moment: datetime) -> "Address":
        """The life around `moment`, which stands marked."""
        return replace(self.at(None), moment=moment)

    def to_item(self, item: UUID) -> "Address":
        """The life around an item, which stands marked."""
        return replace(self.at(None), item=item)

    def _from_the_top(self, **changes: Any) -> "Address":
        return replace(self, part=None, after="", before="", **changes)

    def __str__(self) -> str:
        asked_for: dict[str, str] = {}
        if self.window:
            asked_for |= {"from": iso(self.window.start), "to": iso(self.window.end)}
        if self.hidden:
            asked_for["hide"] = ",".join(sorted(self.hidden))
        if self.without:
            asked_for["without"] = ",".join(sorted(self.without))
        if self.moment:
            asked_for["at"] = iso(self.moment)
        if self.item:
            asked_for["item"] = str(self.item)
        if self.part:
            asked_for["show"] = str(self.part)
        if self.after:
            asked_for["after"] = self.after
        if self.before:
            asked_for["before"] = self.before
        return f"{self.path}?{urlencode(asked_for)}" if asked_for else self.path


def iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _moment(text: str) -> datetime | None:
    try:
        return read_moment(text)
    except BadMoment:
        return None


def _item(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
