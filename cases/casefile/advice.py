"""What the ladders suggest, in a sentence for each rule."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from cases import advising
from cases.advising import REMEMBERED, Advice
from cases.casefile.deliveries import action_words
from cases.enums import Action
from cases.models import Account, PolicyClause

_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")


@dataclass(frozen=True, slots=True)
class Line:
    """The advice for one rule; `clause` is its key in the form."""

    clause: int
    words: str
    why: str
    # Why it can't be followed here, or ''.
    but: str


def advice_lines(
    account: Account,
    *,
    clauses: Collection[PolicyClause],
    offered: Collection[Action],
    at: datetime,
) -> list[Line]:
    """The advice for each of `clauses`. One query."""
    return [_line(each, offered) for each in advising.advise(account, clauses=clauses, at=at)]


def _line(advice: Advice, offered: Collection[Action]) -> Line:
    return Line(
        clause=advice.clause.pk,
        words=f"The ladder suggests {suggested_words(advice)}",
        why=f"{ordinal(advice.violation)} violation of {advice.clause.title}"
        f" in {REMEMBERED.days} days",
        but="" if advice.action in offered else "This queue does not offer it.",
    )


def suggested_words(advice: Advice) -> str:
    """`a 7-day ban`, `a warning`, `no new groups`."""
    if advice.action == Action.TEMPORARY_BAN and advice.days:
        return f"a {advice.days}-day ban"
    words = action_words(advice.action).lower()
    return words if words.startswith("no ") else f"a {words}"


def ordinal(number: int) -> str:
    """`second`; from the tenth on in figures."""
    if number <= len(_ORDINALS):
        return _ORDINALS[number - 1]
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th") if number // 10 % 10 != 1 else "th"
    return f"{number}{ending}"
