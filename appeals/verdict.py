"""How somebody would answer an appeal: its fields checked, and what is left to be decided."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from appeals.enums import FINDING_WAS_WRONG, REVERSALS, AppealOutcome, ReversalCause
from appeals.models import Appeal
from cases import enforcing
from cases.enums import Outcome
from cases.verdict import LONGEST_TEXT
from reviewapp.kernel.refusals import Refused


class CannotReview(Refused):
    """This appeal can't be answered so."""


class NothingStands(CannotReview):
    """Nothing of the decision stands any more, so there is nothing to decide: choose “Omitted”."""


class StillStands(CannotReview):
    """What the person appeals against still stands, so it has to be decided."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """An answer to an appeal before it is given.

    `reason` in the language of `locale` is what the person is told, `rationale` what colleagues
    read. Of a partial reversal `action` takes the original's place, until `until` or for as long
    as it `lasts` from then on.
    """

    outcome: str
    reason: str
    locale: str
    cause: str = ""
    rationale: str = ""
    action: str = ""
    until: datetime | None = None
    lasts: timedelta | None = None

    @property
    def reverses(self) -> bool:
        return self.outcome in REVERSALS

    @property
    def says_finding_was_wrong(self) -> bool:
        """Whether detectors learn from it that the account did nothing of the kind."""
        return self.outcome == AppealOutcome.REVERSED and self.cause in FINDING_WAS_WRONG

    @property
    def found(self) -> Outcome:
        """What a reversed decision is replaced by."""
        return (
            Outcome.NO_VIOLATION if self.says_finding_was_wrong else (Outcome.INSUFFICIENT_EVIDENCE)
        )

    def ends_at(self, at: datetime) -> datetime | None:
        """Until when what takes the original's place holds, if it is decided at `at`."""
        return at + self.lasts if self.lasts else self.until

    def check(self) -> None:
        """Raises a CannotReview whose `pointer` names the field at fault."""
        partial = self.outcome == AppealOutcome.PARTIALLY_REVERSED
        _refuse_if(self.outcome not in AppealOutcome.values, "Choose an outcome.", "outcome")
        _refuse_if(
            self.reverses and self.cause not in ReversalCause.values,
            "Say why the decision does not stand.",
            "cause",
        )
        _refuse_if(not self.reverses and bool(self.cause), "Only a reversal has a cause.", "cause")
        _refuse_if(partial and not self.action, "Choose what takes its place.", "action")
        ends = self.until is not None or self.lasts is not None
        _refuse_if(
            not partial and (bool(self.action) or ends),
            "Only a partial reversal puts something else in its place.",
            "action",
        )
        _refuse_if(not self.reason.strip(), "Write what the person is told.", "reason")
        _refuse_if(
            self.reverses and not self.rationale.strip(),
            "Say why, in a line, for colleagues.",
            "rationale",
        )
        for text, pointer in ((self.reason, "reason"), (self.rationale, "rationale")):
            _refuse_if(len(text) > LONGEST_TEXT, f"At most {LONGEST_TEXT:,} characters.", pointer)
            _refuse_if("\x00" in text, "Remove the NUL character.", pointer)


def check_what_stands(appeal: Appeal, verdict: Verdict, *, at: datetime) -> None:
    """Omitted where nothing is left to decide, and only there. Needs `account` loaded.

    Raises NothingStands or StillStands.
    """
    stands = what_stands(appeal, at=at)
    omits = verdict.outcome == AppealOutcome.OMITTED
    if not stands and not omits:
        raise NothingStands(pointer="outcome")
    if stands and omits:
        ref = appeal.enforcement.ref
        raise StillStands(f"{ref} still stands, so it has to be decided.", pointer="outcome")


def what_stands(appeal: Appeal, *, at: datetime) -> bool:
    """Whether what is appealed against still holds, or may yet. Needs `account`; one query."""
    standing = enforcing.appealable(appeal.account, at=at)
    return bool(standing.filter(pk=appeal.enforcement_id).exists())


def _refuse_if(wrong: bool, message: str, pointer: str) -> None:
    if wrong:
        raise CannotReview(message, pointer=pointer)
