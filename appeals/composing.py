"""What people are written about an appeal, a grievance or an order: the texts, put together.

Nothing here reads or writes rows, and nothing in `texts.toml` says what must stay inside: limits,
who decided, and who else is concerned.
"""

import tomllib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from appeals import wording
from appeals.enums import (
    AppealOutcome,
    GrievanceResolution,
    Jurisdiction,
    LetterKind,
    OrderKind,
    Via,
)
from cases.enums import Action, Stage, Surface
from cases.notifying import language_of
from cases.notifying import texts as notices

# Answers after which there is nothing left to contest.
_AS_ASKED = frozenset(
    {
        AppealOutcome.REVERSED,
        GrievanceResolution.ACCOUNT_BANNED,
        GrievanceResolution.ACCOUNT_RESTORED,
        GrievanceResolution.DUPLICATE,
        GrievanceResolution.REDIRECTED_IN_APP,
    }
)
# Answers about a decision that its reasons are repeated with.
_NEEDS_REASONS = frozenset(
    {
        AppealOutcome.ORIGINAL_DECISION_UPHELD,
        AppealOutcome.PARTIALLY_REVERSED,
        GrievanceResolution.RESTORATION_REFUSED,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Whom a letter goes to: their language, their clock, their rights, and how it reaches them.

    `surface` is where on the messenger their account acts: out-of-court bodies are there for what
    is public.
    """

    locale: str
    country: str = ""
    jurisdiction: str = Jurisdiction.ELSEWHERE
    surface: str = ""
    via: str = Via.PLATFORM

    @property
    def language(self) -> str:
        return language_of(self.locale)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reasons:
    """A decision, as the person whom it restricts may know it.

    `rules` are clauses in the person's language, `reason` is what the reviewer added to them for
    the person, `stages` are those of what it rests on, `maker` is a Maker.
    """

    action: str
    decided_at: datetime
    maker: str
    until: datetime | None = None
    rules: Sequence[str] = ()
    reason: str = ""
    stages: Collection[str] = ()


@cache
def texts() -> dict[str, Any]:
    """What people are written, by language: `texts.toml`, which translators edit."""
    with (Path(__file__).parent / "texts.toml").open("rb") as file:
        return tomllib.load(file)


# Letters


def acknowledgement(
    *,
    ref: str,
    reader: Reader,
    about: str = "appeal",
    by: datetime | None = None,
    link: str = "",
    repeated: bool = False,
) -> tuple[str, str]:
    """That something has come in (`about`: appeal or grievance), and by when it is answered."""
    name = "REPEATED" if repeated and about == "appeal" else LetterKind.ACKNOWLEDGEMENT
    letter = texts()[reader.language][about][name]
    return _letter(
        letter, ref, reader, _by("answer", by, reader), _part("once", reader), _follow(reader, link)
    )


def question(
    *,
    ref: str,
    reader: Reader,
    question: str,
    about: str = "appeal",
    by: datetime | None = None,
    link: str = "",
) -> tuple[str, str]:
    """A question from staff, in their own words, and by when an answer still counts."""
    letter = texts()[reader.language][about][LetterKind.QUESTION]
    return _letter(letter, ref, reader, question, _by("reply", by, reader), _follow(reader, link))


def answer(
    *,
    ref: str,
    reader: Reader,
    outcome: str,
    ground: str,
    reason: str,
    cause: str = "",
    reasons: Reasons | None = None,
    instead: Reasons | None = None,
) -> tuple[str, str]:
    """What came of an appeal: what was looked at on its ground, the outcome, why, how to go on.

    `reason` is the reviewer's own sentence to the person. `reasons` is the decision in question,
    `instead` what takes its place where it was partially reversed.
    """
    words = texts()[reader.language]
    letter = words["appeal"][LetterKind.ANSWER][outcome]
    return _letter(
        letter,
        ref,
        reader,
        _told(instead, reader) if instead else "",
        words["causes"][cause] if cause else "",
        reason,
        statement(reasons, reader=reader) if reasons and outcome in _NEEDS_REASONS else "",
        "" if outcome in _AS_ASKED else _onward(reader),
        opening=words["grounds"][ground] if outcome != AppealOutcome.OMITTED else "",
    )


def not_admitted(
    *, ref: str, reader: Reader, reason: str = "", out_of_time: bool = False
) -> tuple[str, str]:
    """That an appeal was not taken up, and why."""
    name = "OUT_OF_TIME" if out_of_time else "INADMISSIBLE"
    letter = texts()[reader.language]["appeal"][LetterKind.NOT_ADMITTED][name]
    return _letter(letter, ref, reader, reason, _onward(reader))


def in_the_app(*, ref: str, reader: Reader) -> tuple[str, str]:
    """That an answer was given in the app, for an address that may be anybody's."""
    return _letter(texts()[reader.language]["in_the_app"], ref, reader)


def withdrawn(*, ref: str, reader: Reader, about: str = "appeal") -> tuple[str, str]:
    """That something was closed because the person took it back."""
    return _letter(texts()[reader.language][about][LetterKind.WITHDRAWN], ref, reader)


def resolution(
    *,
    ref: str,
    reader: Reader,
    resolution: str,
    reason: str = "",
    reasons: Reasons | None = None,
    duplicate_of: str = "",
) -> tuple[str, str]:
    """What came of a grievance. `duplicate_of` is the ticket that answers it instead."""
    letter = texts()[reader.language]["grievance"][LetterKind.ANSWER][resolution]
    return _letter(
        letter,
        ref,
        reader,
        reason,
        statement(reasons, reader=reader) if reasons and resolution in _NEEDS_REASONS else "",
        "" if resolution in _AS_ASKED else _onward(reader),
        other=duplicate_of,
    )


def order_complied(
    *, ref: str, reader: Reader, kind: str, done: Reasons, reason: str = ""
) -> tuple[str, str]:
    """That what a committee, court or authority ordered about an account was done.

    Orders to give information are none of these: nobody is told of them.
    """
    letter = texts()[reader.language]["order"][OrderKind(kind)]
    return _letter(letter, ref, reader, _told(done, reader), reason)


# What a decision was, and why


def statement(reasons: Reasons, *, reader: Reader) -> str:
    """A decision with what it rests on, in the sense of DSA Art. 17(3), a line each."""
    words = texts()[reader.language]["statement"]
    rows = {
        "when": wording.moment(
            reasons.decided_at, language=reader.language, country=reader.country
        ),
        "what": _told(reasons, reader),
        "rule": " ".join(reasons.rules),
        "reason": reasons.reason,
        "facts": facts(reasons.stages, language=reader.language),
        "maker": words["makers"][reasons.maker],
    }
    lines = [words[name].format(**{name: value}) for name, value in rows.items() if value]
    return "\n".join([f"{words['head']}:", *lines])


def facts(stages: Collection[str], *, language: str) -> str:
    """The kinds of observations that a decision rests on, as notifications call them."""
    words = notices()[language]["stages"]
    return "; ".join(words[each] for each in Stage if each in stages)


def told_action(action: str, until: datetime | None, *, language: str, country: str) -> str:
    """What is done to the account, in the words of the notification that said it first."""
    until_words = wording.moment(until, language=language, country=country) if until else ""
    told: str = notices()[language]["actions"][action]
    return told.format(until=until_words)


# Parts


def _letter(
    letter: dict[str, str],
    ref: str,
    reader: Reader,
    *parts: str,
    opening: str = "",
    **filled: str,
) -> tuple[str, str]:
    subject, text = (letter[name].format(ref=ref, **filled) for name in ("subject", "text"))
    ticket = _part("ticket", reader).format(ref=ref)
    told = (opening, text, *parts, ticket)
    return subject, "\n\n".join(each.strip() for each in told if each.strip())


def _part(name: str, reader: Reader) -> str:
    part: str = texts()[reader.language]["parts"][name]
    return part


def _by(what: str, by: datetime | None, reader: Reader) -> str:
    if by is None:
        return _part(f"{what}_soon", reader)
    moment = wording.moment(by, language=reader.language, country=reader.country)
    return _part(f"{what}_by", reader).format(by=moment)


def _follow(reader: Reader, link: str) -> str:
    """How to go on with a ticket that is open: by the link, by answering the mail, or by both."""
    ways = [_part("follow_link", reader).format(link=link) if link else ""]
    ways += [_part("follow_mail", reader) if reader.via == Via.EMAIL else ""]
    return "\n".join(way for way in ways if way)


def _told(reasons: Reasons, reader: Reader) -> str:
    if reasons.action not in Action.values:
        return ""
    return told_action(
        reasons.action, reasons.until, language=reader.language, country=reader.country
    )


def _onward(reader: Reader) -> str:
    """Where somebody who does not agree can turn to, where the law has such a place."""
    if reader.jurisdiction == Jurisdiction.EUROPEAN_UNION and reader.surface != Surface.CHANNELS:
        return ""
    ways: dict[str, str] = texts()[reader.language]["onward"]
    return ways.get(reader.jurisdiction, "")
