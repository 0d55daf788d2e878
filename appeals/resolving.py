"""Answering a grievance: what came of it, told to the person, once."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from appeals import claiming, composing, reasoning, timing, writing
from appeals.actioning import actioned_by, asked_by
from appeals.enums import (
    ClockName,
    GrievanceCategory,
    GrievanceResolution,
    GrievanceState,
    LetterKind,
    Via,
)
from appeals.lines import line
from appeals.models import Grievance
from appeals.models.tickets import HOLD
from appeals.repeating import lock_with_root
from appeals.wording import LOCALES
from cases.models import Decision, Enforcement
from cases.verdict import LONGEST_TEXT
from reviewapp.kernel.refusals import Refused
from reviewapp.ledger.recording import record

if TYPE_CHECKING:
    from reviewapp.staff.models import User

Resolution = GrievanceResolution
# What a person may say came of it; the others follow from something else.
SAID = (
    Resolution.SUPPORT_GIVEN,
    Resolution.NO_VIOLATION,
    Resolution.RESTORATION_REFUSED,
    Resolution.NO_RESPONSE_POSSIBLE,
    Resolution.REDIRECTED_IN_APP,
    Resolution.DUPLICATE,
)
_NEED_WORDS = (Resolution.SUPPORT_GIVEN, Resolution.NO_VIOLATION, Resolution.RESTORATION_REFUSED)
# What is told to the owner of the account alone.
_OF_THE_ACCOUNT = (Resolution.RESTORATION_REFUSED, Resolution.ACCOUNT_RESTORED)


class CannotResolve(Refused):
    """This grievance can't be answered so."""


class AlreadyAnswered(CannotResolve):
    """This grievance was answered meanwhile."""


class StalePage(CannotResolve):
    """Something changed on this grievance while you were writing. Look at it, then answer again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """How somebody would answer a grievance. See Note [Nobody types “actioned”] in actioning.

    `resolution` is one of SAID, or empty where the `decision` says it. `reason` is our own words
    to the person, in the language of `locale`.
    """

    resolution: str = ""
    reason: str = ""
    locale: str = ""
    decision: Decision | None = None
    duplicate_of: Grievance | None = None

    def check(self, grievance: Grievance, *, at: datetime) -> GrievanceResolution:
        """What it comes to. Raises a CannotResolve whose `pointer` names what is at fault."""
        if self.decision is not None:
            resolution = actioned_by(self.decision, since=grievance.received_at, at=at)
        elif self.resolution in SAID:
            resolution = Resolution(self.resolution)
        else:
            raise CannotResolve("Say what came of it.", pointer="resolution")
        if resolution in _NEED_WORDS and not self.reason.strip():
            raise CannotResolve("Write what the person is to be told.", pointer="reason")
        if len(self.reason) > LONGEST_TEXT:
            raise CannotResolve(f"At most {LONGEST_TEXT:,} characters.", pointer="reason")
        if "\x00" in self.reason:
            raise CannotResolve("Remove the NUL character.", pointer="reason")
        if self.locale and self.locale not in LOCALES:
            raise CannotResolve("There are no texts in that language.", pointer="locale")
        safety = grievance.category == GrievanceCategory.SAFETY
        if resolution == Resolution.REDIRECTED_IN_APP and not safety:
            raise CannotResolve(
                "Only complaints of safety are sent into the app.", pointer="resolution"
            )
        if (self.duplicate_of is not None) != (resolution == Resolution.DUPLICATE):
            raise CannotResolve("Name the ticket that it repeats.", pointer="duplicate_of")
        if resolution == Resolution.RESTORATION_REFUSED and grievance.account is None:
            raise CannotResolve("Say first which account it is about.", pointer="resolution")
        return resolution


@dataclass(frozen=True, slots=True)
class Told:
    """A letter before it is promised."""

    via: str
    language: str
    subject: str
    text: str


def resolve(
    *, grievance: Grievance, by: "User", at: datetime, seen_version: int, answer: Answer
) -> Grievance:
    """Answer `grievance` for good, meet its clocks, and promise to tell the person.

    What was decided is told once the platform has it. `seen_version` is the version that the page
    showed. Raises a CannotTake where it is not `by`'s to answer, a CannotResolve, NotBecauseOfIt
    or NotADuplicate.
    """
    with transaction.atomic():
        if answer.duplicate_of is not None:
            grievance, root = lock_with_root(grievance, answer.duplicate_of)
        else:
            grievance, root = claiming.lock(grievance), None
        if not grievance.is_open:
            raise AlreadyAnswered(f"{grievance.ref} was answered meanwhile.")
        claiming.keep(grievance, by=by, at=at)
        if grievance.version != seen_version:
            raise StalePage
        resolution = answer.check(grievance, at=at)
        grievance.duplicate_of = root
        words = {via: words_of(grievance, answer, resolution, via=via) for via in Via}
        first, *_ = writing.ways_of(grievance, kind=LetterKind.ANSWER) or [Via.PLATFORM]
        grievance.answer_sealed = grievance.seal(words[first][1], context="grievance.answer")
        close(grievance, resolution=resolution, by=by, at=at, decision=answer.decision)
        writing.request(
            ticket=grievance,
            kind=LetterKind.ANSWER,
            subject=words[Via.PLATFORM][0],
            text=words[Via.PLATFORM][1],
            mailed=words[Via.EMAIL][1],
            locale=answer.locale,
            enforcement=asked_by(answer.decision),
            confidential=resolution in _OF_THE_ACCOUNT,
            at=at,
            by=by.actor,
        )
    return grievance


def close(
    grievance: Grievance,
    *,
    resolution: GrievanceResolution,
    by: "User",
    at: datetime,
    decision: Decision | None = None,
) -> None:
    """Note what came of a grievance, whose row the caller has locked, and meet its clocks.

    An answer acknowledges, too; a duplicate is owed none of its own.
    """
    grievance.state = GrievanceState.RESOLVED
    grievance.resolution = resolution
    grievance.resolved_by = by
    grievance.decision = decision
    if decision is not None:
        grievance.account = grievance.account or decision.account
    grievance.closed_at = at
    grievance.acknowledged_at = grievance.acknowledged_at or at
    grievance.answer_by = None
    grievance.version += 1
    grievance.let_go()
    grievance.save(
        update_fields=[
            "state", "resolution", "resolved_by", "decision", "account", "closed_at",
            "acknowledged_at", "answer_by", "version", "answer_sealed", "duplicate_of", *HOLD,
        ]
    )  # fmt: skip
    if resolution == Resolution.DUPLICATE:
        timing.stop(grievance, at=at)
    else:
        timing.meet(grievance, ClockName.ACK, ClockName.ACT, ClockName.RESOLVE, at=at)
    record(
        line(
            grievance, "grievance.resolved", by.actor, at, outcome=resolution,
            category=grievance.category, rule_kind=grievance.rule_kind, channel=grievance.channel,
            jurisdiction=grievance.jurisdiction, received_at=grievance.received_at.isoformat(),
            decision=decision.ref if decision else "",
            decided_on=decision.account.ref if decision else "",
            appeal=grievance.appeal.ref if grievance.appeal else "",
            duplicate_of=grievance.duplicate_of.ref if grievance.duplicate_of else "",
        ),
        at=at,
    )  # fmt: skip


# Words


def words_of(
    grievance: Grievance, answer: Answer, resolution: GrievanceResolution, *, via: str
) -> tuple[str, str]:
    """Subject and text of the letter that such an answer is told in. Needs `account` loaded."""
    reader = writing.reader_of(grievance, via=via, locale=answer.locale)
    other = answer.duplicate_of
    refused = resolution == Resolution.RESTORATION_REFUSED
    ban = _ban_of(grievance) if refused else None
    return composing.resolution(
        ref=grievance.ref,
        reader=reader,
        resolution=resolution,
        reason=answer.reason,
        reasons=reasoning.reasons_of(ban, language=reader.language) if ban else None,
        duplicate_of=(other.duplicate_of or other).ref if other else "",
    )


def told(grievance: Grievance, answer: Answer, resolution: GrievanceResolution) -> list[Told]:
    """What the person would be told, by each way that reaches them. Needs `account` loaded."""
    confidential = resolution in _OF_THE_ACCOUNT
    found = []
    for via in writing.ways_of(grievance, kind=LetterKind.ANSWER, confidential=confidential):
        reader = writing.reader_of(grievance, via=via, locale=answer.locale)
        subject, text = words_of(grievance, answer, resolution, via=via)
        if via == Via.EMAIL and confidential and not writing.is_owner_known(grievance):
            subject, text = composing.in_the_app(ref=grievance.ref, reader=reader)
        found.append(Told(via.label, reader.language, subject, text))
    return found


def _ban_of(grievance: Grievance) -> Enforcement | None:
    """The ban that stands against the grievance's account, whose reasons a refusal repeats."""
    bans = Enforcement.objects.filter(account=grievance.account).standing().bans()
    found: Enforcement | None = (
        bans.select_related("account", "decision").order_by("-sequence").first()
    )
    return found
