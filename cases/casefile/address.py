"""The address of a part of a case file: what is looked at stands in the address, and only there."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import urlencode

from cases.casefile.lanes import Lane, Strand
from cases.casefile.window import Window, asked
from cases.enums import Origin, Stage


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
            part=Part.read(query.get("show", "")),
            after=query.get("after", ""),
            before=query.get("before", ""),
        )

    def at(self, window: Window | None) -> "Address":
        """The same lanes in another window, from the first row on."""
        return replace(self, window=window, part=None, after="", before="")

    def toggled(self, lane: Lane) -> "Address":
        return replace(self, hidden=self.hidden ^ {lane}, part=None, after="", before="")

    def showing(self, part: Part) -> "Address":
        return replace(self, part=part, after="", before="")

    def page(self, *, after: str = "", before: str = "") -> "Address":
        return replace(self, after=after, before=before)

    def __str__(self) -> str:
        asked_for: dict[str, str] = {}
        if self.window:
            asked_for |= {"from": iso(self.window.start), "to": iso(self.window.end)}
        if self.hidden:
            asked_for["hide"] = ",".join(sorted(self.hidden))
        if self.part:
            asked_for["show"] = str(self.part)
        if self.after:
            asked_for["after"] = self.after
        if self.before:
            asked_for["before"] = self.before
        return f"{self.path}?{urlencode(asked_for)}" if asked_for else self.path


def iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
