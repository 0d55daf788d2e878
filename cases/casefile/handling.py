"""Who did what with an account or a case, as the ledger has it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from cases.casefile.deliveries import action_words
from cases.casefile.shapes import Handled
from cases.enums import Outcome
from reviewapp.ledger.kinds import words_for
from reviewapp.ledger.models import LedgerEntry
from reviewapp.staff.models import User

_SHOWN = 60
# What belongs on a timeline: what was done, not who looked.
_ON_TIMELINE = {
    "case.opened": "queued",
    "case.joined": "another detection",
    "case.claimed": "taken",
    "case.given_back": "given back",
    "decision.made": "decided",
    "enforcement.applied": "applied",
    "enforcement.lifted": "lifted",
    "enforcement.expired": "ended",
    "enforcement.failed": "failed",
    "notification.sent": "told",
}
# Every item and detection has its own place in the file.
_ELSEWHERE = ("evidence.received", "detection.received", "account.received")


@dataclass(frozen=True, slots=True)
class Line:
    """One thing done, by whom, in words."""

    at: datetime
    actor: str
    words: str
    kind: str


def handling_of(account_ref: str) -> list[Line]:
    """The newest things done about an account and its cases, newest first. Two queries."""
    entries = list(
        LedgerEntry.objects.about_account(account_ref)
        .exclude(kind__in=_ELSEWHERE)
        .newest_first()[:_SHOWN]
    )
    names = actor_names(entry.actor for entry in entries)
    return [
        Line(entry.happened_at, names[entry.actor], entry_words(entry), entry.kind)
        for entry in entries
    ]


def on_timeline(lines: Iterable[Line]) -> list[Handled]:
    """What of it stands in the handling lane, in order of time."""
    found = [
        Handled(line.at, f"{_ON_TIMELINE[line.kind]} · {line.actor}")
        for line in lines
        if line.kind in _ON_TIMELINE
    ]
    return sorted(found, key=lambda handled: handled.at)


def actor_names(actors: Iterable[str]) -> dict[str, str]:
    """What people read for the ledger's actors. One query."""
    actors = set(actors)
    refs = {actor.removeprefix("user:") for actor in actors if actor.startswith("user:")}
    people = dict(User.objects.filter(ref__in=refs).values_list("ref", "name"))
    return {actor: _actor_words(actor, people) for actor in actors}


def _actor_words(actor: str, people: dict[str, str]) -> str:
    kind, _, name = actor.partition(":")
    if kind == "user":
        return people.get(name, name)
    if kind in ("source", "detector"):
        return name
    return {"worker": "the worker", "system": "the system"}.get(actor, actor)


def entry_words(entry: LedgerEntry) -> str:
    """An entry's sentence: what happened, and with what outcome or action."""
    words = [words_for(entry.kind)]
    if entry.outcome:
        words.append(
            Outcome(entry.outcome).label if entry.outcome in Outcome.values else entry.outcome
        )
    if entry.action:
        words.append(action_words(entry.action))
    if entry.case_ref:
        words.append(entry.case_ref)
    return " · ".join(words)
