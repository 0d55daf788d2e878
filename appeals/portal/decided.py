"""What the portal shows of a decision, and whether it can be contested."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from appeals import composing, contesting, timing
from appeals.contesting import AnsweredBefore, Contested, NothingToAppeal
from appeals.enums import ClockName, Ground, SlaKind
from appeals.models import Appeal
from appeals.portal.speech import Speech
from appeals.reasoning import reasons_of
from cases.models import Enforcement
from cases.notifying import texts as notices


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision as the person may know it."""

    title: str
    when: str
    what: str
    rules: Sequence[str]
    reason: str
    facts: str
    how: str


def decided(enforcement: Enforcement, speech: Speech) -> Decided:
    """Needs `decision` and `account` loaded."""
    reasons = reasons_of(enforcement, language=speech.language)
    return Decided(
        title=title_of(enforcement, speech.language),
        when=speech.moment(reasons.decided_at),
        what=composing.told_action(
            reasons.action, reasons.until, language=speech.language, country=speech.country
        ),
        rules=reasons.rules,
        reason=reasons.reason,
        facts=composing.facts(reasons.stages, language=speech.language),
        how=composing.texts()[speech.language]["statement"]["makers"][reasons.maker],
    )


def title_of(enforcement: Enforcement, language: str) -> str:
    title: str = notices()[language]["subjects"][enforcement.action]
    return title


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether a decision can be contested: `open`, `late`, `again` or `over`; and until when."""

    name: str
    ends_at: datetime | None = None


def standing(enforcement: Enforcement, speech: Speech, *, at: datetime) -> Standing:
    """Needs `account` loaded."""
    try:
        found = _found(enforcement, ground=Ground.NO_GROUND_GIVEN, at=at)
        name = "open"
    except AnsweredBefore:
        found = _found(enforcement, ground=Ground.NEW_EVIDENCE, at=at)
        name = "again"
    except NothingToAppeal:
        return Standing("over")
    ends_at = found.window_ends_at(speech.jurisdiction)
    return Standing("late" if ends_at and ends_at < at else name, ends_at)


def _found(enforcement: Enforcement, *, ground: str, at: datetime) -> Contested:
    return contesting.find(
        enforcement.account, enforcement, ground=ground, identity_checked=True,
        received_at=at, at=at,
    )  # fmt: skip


def answered_by(speech: Speech, *, at: datetime) -> str:
    """By when an appeal that is filed now is answered, in words; empty where no rule says so."""
    rules = timing.rules_for(
        jurisdiction=speech.jurisdiction,
        kind=SlaKind.COMPLAINT,
        clocks=[ClockName.RESOLVE],
        received_at=at,
    )
    rule = rules.get(ClockName.RESOLVE)
    if rule is None:
        return ""
    return speech.day(timing.end_of(rule.limit, since=at, jurisdiction=speech.jurisdiction))


@dataclass(frozen=True, slots=True)
class Entry:
    """A decision in the list of all of an account's."""

    url: str
    title: str
    when: str
    ticket: str


def entries(
    enforcements: Sequence[Enforcement], appeals: Sequence[Appeal], speech: Speech
) -> list[Entry]:
    tickets = {each.enforcement_id: each.ref for each in sorted(appeals, key=lambda a: a.pk)}
    return [
        Entry(
            reverse("portal:decision", args=[speech.language, each.ref]),
            title_of(each, speech.language),
            speech.day(each.requested_at),
            tickets.get(each.pk, ""),
        )
        for each in enforcements
    ]


# Grounds

# Note [Which grounds are offered]
# What a person can know of their own matter, the most frequent first. The others are left to staff,
# who set them when they have read what was written: POLICY_MISAPPLIED, PROCEDURE_DEFECT and
# PROACTIVE_TECH_OUTSIDE_TERMS are what a lawyer makes of a story, and asking somebody to choose
# among them would have them plead instead of tell; NO_GROUND_GIVEN is to choose nothing. Whoever
# does not find theirs chooses OTHER, and loses nothing by it.
OFFERED = (
    Ground.NOT_BULK_OR_AUTOMATED,
    Ground.LEGITIMATE_BUSINESS_OR_COMMUNITY_USE,
    Ground.RECIPIENTS_CONSENTED,
    Ground.ACCOUNT_COMPROMISED,
    Ground.COORDINATED_FALSE_REPORTS,
    Ground.NUMBER_RECYCLED_OR_PORTED,
    Ground.SHARED_NETWORK_OR_DEVICE,
    Ground.CLIENT_NOW_OFFICIAL,
    Ground.WRONG_ACCOUNT,
    Ground.FACTS_WRONG,
    Ground.DISPROPORTIONATE,
    Ground.NEW_EVIDENCE,
    Ground.OTHER,
)


@dataclass(frozen=True, slots=True)
class Choice:
    code: str
    checked: bool


def grounds(chosen: str) -> list[Choice]:
    return [Choice(each.value, each == chosen) for each in OFFERED]
