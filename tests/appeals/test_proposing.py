from datetime import timedelta
from typing import Any

import pytest

from appeals import claiming, offering, proposing, reviewing, withdrawing
from appeals.enums import AppealState
from appeals.models import Appeal, AppealDecision, Letter, Proposal
from cases.enums import Action
from cases.models import Enforcement
from cases.platform import FakePlatform
from reviewapp.ledger.models import LedgerEntry
from reviewapp.staff.models import User
from tests.appeals.reviewed import (
    HOUR,
    LATER,
    answer,
    ask_for_a_second_person,
    ban,
    deliver,
    held,
    upheld,
)

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def seen(appeal: Appeal) -> int:
    appeal.refresh_from_db()
    return appeal.version


class TestAReversalThatNeedsASecondPerson:
    """Ada banned under a rule that wants two for it. Noor proposes one, and Lena may approve."""

    @pytest.fixture(autouse=True)
    def _appeal(self, ada: User, noor: User) -> None:
        self.platform = FakePlatform()
        self.original = ban(ada)
        deliver(self.platform)
        ask_for_a_second_person()
        self.appeal, self.ada, self.noor = held(self.original, noor), ada, noor

    def propose(self, **changed: Any) -> Proposal:
        made = proposing.decide_or_propose(
            appeal=self.appeal, by=self.noor, at=LATER, **answer(self.appeal, **changed)
        )
        assert isinstance(made, Proposal)
        return made

    def approve(self, proposal: Proposal, by: User, *, at: Any = LATER + HOUR) -> AppealDecision:
        return proposing.approve(proposal=proposal, by=by, at=at, seen_version=seen(self.appeal))

    def test_waits_and_does_nothing_yet(self) -> None:
        proposal = self.propose()

        self.appeal.refresh_from_db()
        assert self.appeal.state == AppealState.AWAITING_APPROVAL
        assert self.appeal.held_by is None
        assert not AppealDecision.objects.exists()
        assert not Letter.objects.exists()
        assert proposing.verdict_of(proposal).reason == "The people you wrote to know you."
        with pytest.raises(offering.AwaitsApproval):
            claiming.take(ticket=self.appeal, by=self.noor, at=LATER)

    def test_is_decided_by_both_once_approved(self, lena: User) -> None:
        made = self.approve(self.propose(), lena)
        deliver(self.platform, LATER + HOUR)

        assert (made.decided_by, made.approved_by) == (self.noor, lena)
        assert made.decision
        assert (made.decision.decided_by, made.decision.approved_by) == (self.noor, lena)
        assert self.platform.standing[self.original.account.external_id] == []
        kinds = LedgerEntry.objects.filter(kind__startswith="appeal.").order_by("recorded_at", "id")
        assert list(kinds.values_list("kind", "actor")) == [
            ("appeal.claimed", self.noor.actor),
            ("appeal.approval_asked", self.noor.actor),
            ("appeal.decided", self.noor.actor),
            ("appeal.approval_given", lena.actor),
        ]

    def test_lasts_from_the_approval_on(self, lena: User) -> None:
        proposal = self.propose(
            outcome="PARTIALLY_REVERSED", action=Action.TEMPORARY_BAN, lasts=7 * DAY
        )

        self.approve(proposal, lena, at=LATER + DAY)

        assert Enforcement.objects.get(action="TEMPORARY_BAN").until == LATER + 8 * DAY

    def test_is_not_approved_by_whoever_proposed_it(self) -> None:
        self.noor.roles = [*self.noor.roles, "LEAD"]
        self.noor.save()

        with pytest.raises(proposing.OwnProposal):
            self.approve(self.propose(), self.noor)

    def test_nor_by_whoever_had_a_part_in_the_original(self) -> None:
        self.ada.roles = ["LEAD"]
        self.ada.save()

        with pytest.raises(offering.Barred, match="You decided the original"):
            self.approve(self.propose(), self.ada)

    def test_nor_by_whose_role_does_not(self, bo: User) -> None:
        with pytest.raises(proposing.NoRightToApprove):
            self.approve(self.propose(), bo)

    def test_nor_in_the_name_of_somebody_who_left(self, lena: User) -> None:
        proposal = self.propose()
        self.noor.roles = ["ANALYST"]
        self.noor.save()

        with pytest.raises(proposing.AskerGone):
            self.approve(proposal, lena)

    def test_nor_from_a_page_that_does_not_show_what_came(self, lena: User) -> None:
        proposal = self.propose()

        with pytest.raises(reviewing.StalePage):
            proposing.approve(proposal=proposal, by=lena, at=LATER, seen_version=1)

    def test_can_be_sent_back_with_words(self, lena: User) -> None:
        proposal = self.propose()

        proposing.send_back(proposal=proposal, by=lena, at=LATER, words=" Ask them first. ")

        self.appeal.refresh_from_db()
        assert self.appeal.state == "OPEN"
        proposal = Proposal.objects.select_related("appeal__account").get()
        assert (proposal.answer, proposing.words_of(proposal)) == ("SENT_BACK", "Ask them first.")
        with pytest.raises(proposing.AlreadyAnswered):
            self.approve(proposal, lena)

    def test_is_sent_back_only_with_words(self, lena: User) -> None:
        with pytest.raises(proposing.CannotAnswer) as refused:
            proposing.send_back(proposal=self.propose(), by=lena, at=LATER, words=" ")

        assert refused.value.pointer == "words"

    def test_can_be_withdrawn_and_is_theirs_again(self, lena: User) -> None:
        proposal = self.propose()
        with pytest.raises(proposing.NotYourProposal):
            proposing.withdraw(proposal=proposal, by=lena, at=LATER)

        proposing.withdraw(proposal=proposal, by=self.noor, at=LATER)

        self.appeal.refresh_from_db()
        assert self.appeal.is_held_by(self.noor, now=LATER)
        assert self.propose()

    def test_is_asked_for_again_after_it_was_sent_back(self, lena: User) -> None:
        proposing.send_back(proposal=self.propose(), by=lena, at=LATER, words="Ask them first.")
        claiming.take(ticket=self.appeal, by=self.noor, at=LATER)
        self.appeal.refresh_from_db()

        assert self.approve(self.propose(), lena).outcome == "REVERSED"

    def test_is_no_second_persons_business_when_it_stands(self) -> None:
        with pytest.raises(proposing.NeedsNobody):
            proposing.propose(appeal=self.appeal, by=self.noor, at=LATER, **upheld(self.appeal))
        assert isinstance(
            proposing.decide_or_propose(
                appeal=self.appeal, by=self.noor, at=LATER, **upheld(self.appeal)
            ),
            AppealDecision,
        )

    def test_waits_no_more_once_the_person_withdraws(self, lena: User) -> None:
        proposal = self.propose()

        withdrawing.withdraw(appeal=self.appeal, channel="WEB_FORM", at=LATER, by="person")

        with pytest.raises(proposing.AlreadyAnswered):
            self.approve(proposal, lena)
