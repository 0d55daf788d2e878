"""The words that people are told.

# Note [What a statement of reasons says]

Whoever is restricted reads, in the order of DSA Art. 17(3): what was decided, from when, until when
and where; which rule, in its words for people, which are the facts in kind; on what sort of
observations it rests; the reviewer's own sentence; whether automated systems found it, and whether
a person or they decided; how to contest it, here and elsewhere. No threshold, no figure and nobody
else's identity: whoever reads it may be exactly the person whom others need to be safe from.
"""

import tomllib
from collections.abc import Collection, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from cases.enums import Action, Stage
from cases.models import PolicyClause

_TEXTS = Path(__file__).parent.parent / "notices.toml"


@cache
def texts() -> dict[str, Any]:
    """What people are told, by language: `notices.toml`, which translators edit."""
    with _TEXTS.open("rb") as file:
        return tomllib.load(file)


def language_of(locale: str) -> str:
    """The language to write to `locale` in; English where there are no texts for it."""
    language = locale.replace("_", "-").split("-")[0].lower()
    return language if language in texts() else "en"


def compose(
    *,
    action: str,
    since: datetime,
    until: datetime | None,
    rule: str,
    stages: Collection[str],
    reason: str,
    locale: str,
    maker: str,
) -> tuple[str, str]:
    """Subject and text for the person. See Note [What a statement of reasons says].

    `rule` is the clause's words in the person's language, `stages` are those of what the decision
    rests on, `reason` is the reviewer's sentence, left out where it is only the rule's own words
    again, `maker` who decided (a Maker).
    """
    words = texts()[language_of(locale)]
    told = words["actions"][action].format(until=moment(until) if until else "")
    parts = [told, *grounds(
        words, action=action, since=since, until=until, rule=rule, stages=stages, reason=reason,
        maker=maker,
    )]  # fmt: skip
    return words["subjects"][action], joined(parts)


def compose_for(
    *,
    action: str,
    since: datetime,
    until: datetime | None,
    clauses: Sequence[PolicyClause],
    stages: Collection[str],
    reason: str,
    language: str,
    maker: str,
) -> tuple[str, str]:
    """Subject and text for the person, with the words of `clauses` in `language`. See `compose`."""
    return compose(
        action=action, since=since, until=until, rule=rule_of(clauses, language), stages=stages,
        reason=reason, locale=language, maker=maker,
    )  # fmt: skip


def compose_overturned(
    *, action: str, something_else_stands: bool, reason: str, language: str
) -> tuple[str, str]:
    """Subject and text for the person whose restriction or warning (`action`) did not stand.

    Nobody is called restored who is restricted by something else.
    """
    words = texts()[language]
    said = words["overturned"]
    if action == Action.WARN:
        return said["warning_subject"], joined([said["warning"], reason.strip()])
    subject, told = words["subjects"][Action.LIFT], words["actions"][Action.LIFT]
    if something_else_stands:
        subject, told = said["subject"], f"{told} {said['still']}"
    return subject, joined([told, reason.strip()])


def compose_replaced(
    *,
    former: str,
    former_until: datetime | None,
    action: str,
    since: datetime,
    until: datetime | None,
    clauses: Sequence[PolicyClause],
    stages: Collection[str],
    reason: str,
    language: str,
    maker: str,
) -> tuple[str, str]:
    """Subject and text for the person whose restriction (`former`) gave way to a milder one.

    Both are said: what is not in force any more, and what is instead, with its statement of
    reasons. See `compose`.
    """
    words = texts()[language]
    before = words["former"][former].format(until=moment(former_until) if former_until else "")
    now = words["actions"][action].format(until=moment(until) if until else "")
    if action == Action.WARN:
        now = words["replaced"]["warning"]
    parts = [f"{words['replaced']['text'].format(before=before)} {now}", *grounds(
        words, action=action, since=since, until=until, rule=rule_of(clauses, language),
        stages=stages, reason=reason, maker=maker,
    )]  # fmt: skip
    return words["replaced"]["subject"], joined(parts)


def rule_of(clauses: Sequence[PolicyClause], language: str) -> str:
    return " ".join(clause.words_for(language) for clause in clauses)


def grounds(
    words: dict[str, Any],
    *,
    action: str,
    since: datetime,
    until: datetime | None,
    rule: str,
    stages: Collection[str],
    reason: str,
    maker: str,
) -> list[str]:
    """The paragraphs beneath what was decided, in the language of `words`; '' where none is due.

    A lift has a reason, and nothing to contest.
    """
    own = "" if reason.split() == rule.split() else reason.strip()
    if action == Action.LIFT:
        return [own]
    return [
        _term(words, action=action, since=since, until=until),
        words["rule"].format(rule=rule) if rule else "",
        _facts(words, stages),
        own,
        words["makers"][maker],
        f"{words['contest']} {words['redress']}",
    ]


def _term(words: dict[str, Any], *, action: str, since: datetime, until: datetime | None) -> str:
    """From when until when, and where. A warning is shown once, and a ban for a time names its end
    already.
    """
    if action == Action.WARN:
        return ""
    parts = [words["begins"].format(since=moment(since))]
    if until is None:
        parts.append(words["endless"])
    elif action != Action.TEMPORARY_BAN:
        parts.append(words["ends"].format(until=moment(until)))
    return " ".join(parts)


def _facts(words: dict[str, Any], stages: Collection[str]) -> str:
    named = [words["stages"][stage] for stage in Stage if stage in stages]
    return words["facts"].format(facts="; ".join(named)) if named else ""


def moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def joined(parts: Collection[str]) -> str:
    return "\n\n".join(part for part in parts if part)
