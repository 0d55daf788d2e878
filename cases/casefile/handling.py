"""Who did what with an account or a case, as the ledger has it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from cases.casefile.deliveries import action_words
from cases.casefile.shapes import Handled, Sort
from cases.enums import BANS, Action, Outcome
from reviewapp.ledger.kinds import words_for
from reviewapp.ledger.models import LedgerEntry
from reviewapp.staff.models import User

_SHOWN = 60
# More than a person's eye tells apart in a lane, and a bound.
_DRAWN = 200
# What belongs on a timeline: what was done, not who looked.
_ON_TIMELINE = {
    "case.opened": "queued",
    "case.joined": "another detection",
    "case.claimed": "taken",
    "case.given_back": "given back",
    "case.handed_over": "handed over",
    "case.set_aside": "information asked for",
    "case.woken": "brought back",
    "case.escalated": "escalated",
    "case.handed_down": "handed back down",
    "case.merged": "merged",
    "case.parted": "taken apart",
    "note.written": "noted",
    "decision.made": "decided",
    "enforcement.applied": "applied",
    "enforcement.lifted": "lifted",
    "enforcement.expired": "ended",
    "enforcement.failed": "failed",
    "notification.sent": "told",
    "decision.withdrawn": "withdrawn",
    "account.cleared": "cleared",
    "account.protected": "protected",
    "clearing.revoked": "clearing ended",
    "approval.asked": "approval asked for",
    "approval.given": "approved",
    "approval.sent_back": "sent back",
    "approval.withdrawn": "proposal withdrawn",
}
# What rooms above this one record about an account: the ledger knows them by their kind.
_APPEALS = "appeal."
_SORTS = {
    "enforcement.lifted": Sort.LIFT,
    "enforcement.expired": Sort.LIFT,
    "decision.made": Sort.DECISION,
}
# Every item and detection has its own place in the file.
_ELSEWHERE = ("evidence.received", "detection.received", "account.received")


@dataclass(frozen=True, slots=True)
class Line:
    """One thing done, by whom, in words."""

    at: datetime
    actor: str
    words: str


@dataclass(frozen=True, slots=True)
class Handling:
    """What was done about an account and its cases."""

    # The newest of everything, newest first.
    lines: list[Line]
    # The newest of what stands in the handling lane, in order of time.
    drawn: list[Handled]
    # The newest of what was appealed, newest first.
    appeals: list[Line]


def handling_of(account_ref: str) -> Handling:
    """The newest things done about an account, however often it was looked at. Three queries."""
    about = LedgerEntry.objects.about_account(account_ref)
    newest = list(about.exclude(kind__in=_ELSEWHERE).newest_first()[:_SHOWN])
    on_timeline = Q(kind__in=_ON_TIMELINE) | Q(kind__startswith=_APPEALS)
    done = list(about.filter(on_timeline).newest_first()[:_DRAWN])
    names = actor_names(entry.actor for entry in (*newest, *done))
    drawn = (
        Handled(
            entry.happened_at,
            f"{_done_words(entry)} · {names[entry.actor]}",
            _sort(entry),
        )
        for entry in done
    )
    return Handling(
        lines=[Line(entry.happened_at, names[entry.actor], entry_words(entry)) for entry in newest],
        drawn=sorted(drawn, key=lambda handled: handled.at),
        appeals=[
            Line(entry.happened_at, names[entry.actor], entry_words(entry))
            for entry in done
            if entry.kind.startswith(_APPEALS)
        ][:_SHOWN],
    )


def _done_words(entry: LedgerEntry) -> str:
    words = _ON_TIMELINE.get(entry.kind) or words_for(entry.kind).lower()
    if entry.particulars.get("undoes"):
        return "overturned" if entry.action in ("", Action.LIFT) else "replaced"
    if entry.action and entry.kind.startswith("enforcement."):
        return f"{action_words(entry.action).lower()} {words}"
    return words


def _sort(entry: LedgerEntry) -> Sort:
    if entry.kind.startswith(_APPEALS):
        return Sort.APPEAL
    if entry.kind == "enforcement.applied" and entry.action in BANS:
        return Sort.BAN
    return _SORTS.get(entry.kind, Sort.OTHER)


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
    """An entry's sentence: what happened, to which case, and what it came to."""
    words = [words_for(entry.kind)]
    if entry.case_ref and entry.kind.startswith("case."):
        words.append(entry.case_ref)
    return " · ".join([*words, *came_to(entry)])


def came_to(entry: LedgerEntry) -> list[str]:
    """An entry's outcome and action, as far as it has them.

    The state that an enforcement or a notification came to is in the words of its kind.
    """
    words = []
    if entry.outcome in Outcome.values:
        words.append(str(Outcome(entry.outcome).label))
    elif entry.kind in ("label.given", "appeal.decided"):
        words.append(entry.outcome.replace("_", " ").capitalize())
    if entry.action:
        words.append(action_words(entry.action))
    return words
