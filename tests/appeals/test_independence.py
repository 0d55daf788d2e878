"""What the database itself refuses, whatever the program does."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from appeals.enums import AppealOutcome, AppealState
from appeals.models import Appeal, AppealDecision, Proposal
from appeals.models.appeals import MOVES, CannotMove
from cases.models import Approval
from reviewapp.staff.models import User
from tests.appeals.factories import make_appeal
from tests.cases.factories import NOON, make_case

pytestmark = pytest.mark.django_db


class TestWhoeverDecidedTheOriginal:
    """Ada decided; Bo had no part in it."""

    @pytest.fixture(autouse=True)
    def _appeal(self, ada: User, bo: User) -> None:
        self.appeal = make_appeal(barred=[ada.pk])

    def upheld(self, **people: Any) -> dict[str, Any]:
        return {
            "appeal": self.appeal,
            "outcome": AppealOutcome.ORIGINAL_DECISION_UPHELD,
            "reason_sealed": self.appeal.seal("It stands.", context="appeal_decision.reason"),
            "decided_at": NOON,
            "recorded_at": NOON,
            **people,
        }

    def test_cannot_hold_it(self, ada: User, bo: User) -> None:
        self.appeal.hold(by=bo, at=NOON, until=NOON + timedelta(minutes=30))
        self.appeal.save()
        self.appeal.hold(by=ada, at=NOON, until=NOON + timedelta(minutes=30))

        name = "nobody_holds_an_appeal_against_their_own"
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            self.appeal.save()

    def test_cannot_decide_it(self, ada: User, bo: User) -> None:
        with pytest.raises(IntegrityError, match="Nobody answers"), transaction.atomic():
            AppealDecision.objects.create(**self.upheld(decided_by=ada))

        AppealDecision.objects.create(**self.upheld(decided_by=bo))

    def test_cannot_be_its_second_person(self, ada: User, bo: User, lena: User) -> None:
        proposal = Proposal.objects.create(
            appeal=self.appeal,
            outcome=AppealOutcome.REVERSED,
            cause="ANALYST_ERROR",
            reason_sealed=b"",
            asked_by=bo,
            asked_at=NOON,
        )
        answer = {"answer": "APPROVED", "answered_at": NOON}
        rows = Proposal.objects.filter(pk=proposal.pk)

        with pytest.raises(IntegrityError, match="Nobody answers"), transaction.atomic():
            rows.update(answered_by=ada, **answer)
        with pytest.raises(IntegrityError, match="somebody_else"), transaction.atomic():
            rows.update(answered_by=bo, **answer)
        assert rows.update(answered_by=lena, **answer) == 1
        with pytest.raises(IntegrityError, match="answered, once"), transaction.atomic():
            rows.update(answered_by=lena, answer="SENT_BACK")

    def test_is_barred_from_when_they_approve_the_original(self, bo: User, lena: User) -> None:
        """However late that is, and even while they hold the appeal."""
        case = make_case(account=self.appeal.account)
        proposed = Approval.objects.create(
            case=case, causes=["QUEUE"], asked_by=bo, asked_at=NOON, outcome="VIOLATION"
        )
        self.appeal.hold(by=lena, at=NOON, until=NOON + timedelta(minutes=30))
        self.appeal.save()

        Approval.objects.filter(pk=proposed.pk).update(
            answer="APPROVED",
            answered_by=lena,
            answered_at=NOON,
            decision=self.appeal.enforcement.decision,
        )

        before = self.appeal.barred
        self.appeal.refresh_from_db()
        assert self.appeal.barred == [*before, lena.pk]
        assert (self.appeal.held_by, self.appeal.held_until) == (None, None)


class TestAnAppeal:
    def test_goes_only_where_the_table_says(self) -> None:
        for here, there in MOVES.items():
            for state in AppealState.values:
                appeal = Appeal(ref="AP-1", state=here)
                if state in there:
                    appeal.move_to(AppealState(state), at=NOON)
                    assert appeal.state == state
                    assert appeal.is_open == (state not in ("DECIDED", "WITHDRAWN", "INADMISSIBLE"))
                else:
                    with pytest.raises(CannotMove):
                        appeal.move_to(AppealState(state), at=NOON)

    def test_is_open_once_for_an_account(self) -> None:
        appeal = make_appeal()

        with pytest.raises(IntegrityError, match="one_open_appeal_per_account"):
            make_appeal(enforcement=appeal.enforcement)

    def test_is_kept(self) -> None:
        appeal = make_appeal()
        with pytest.raises(IntegrityError, match="refused"), transaction.atomic():
            Appeal.objects.filter(pk=appeal.pk)._raw_delete("default")
