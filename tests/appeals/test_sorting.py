from datetime import timedelta
from typing import Any

import pytest

from appeals import claiming, sorting
from appeals.enums import GrievanceCategory, RuleKind
from appeals.filing import NothingToAppeal
from appeals.models import Appeal, Clock, Grievance
from appeals.sorting import CannotSort
from reviewapp.ledger.models import LedgerEntry
from reviewapp.staff.models import User
from tests.appeals.factories import make_appeal, make_grievance
from tests.cases.factories import NOON, make_account, make_enforcement

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class TestSorting:
    """Noor holds a grievance that was put under the wrong heading."""

    @pytest.fixture(autouse=True)
    def _held(self, noor: User) -> None:
        self.noor = noor
        self.grievance = claiming.take(ticket=make_grievance(), by=noor, at=NOON)

    def sort(self, **changed: Any) -> Grievance:
        grievance = self.grievance
        grievance.refresh_from_db()
        said = {
            "category": grievance.category, "rule_kind": grievance.rule_kind,
            "account": grievance.account, "seen_version": grievance.version,
        }  # fmt: skip
        return sorting.sort(grievance=grievance, by=self.noor, at=NOON + HOUR, **(said | changed))

    def due(self) -> dict[str, timedelta]:
        running = Clock.objects.running().filter(grievance=self.grievance)
        return {clock.name: clock.due_at - NOON for clock in running}

    def test_says_what_changed_and_tells_the_ledger(self) -> None:
        account = make_account()
        changed = self.sort(category=GrievanceCategory.SAFETY, account=account)

        assert (changed.category, changed.account) == ("SAFETY", account)
        line = LedgerEntry.objects.get(kind="grievance.changed")
        assert line.particulars["fields"] == {
            "category": {"before": "ACCOUNT_SUPPORT", "after": "SAFETY"},
            "account": {"before": "", "after": account.ref},
        }

    def test_says_nothing_where_nothing_changed(self) -> None:
        assert self.sort().version == 1
        assert not LedgerEntry.objects.filter(kind="grievance.changed").exists()

    def test_has_the_clocks_of_another_rule_run_from_its_receipt(self) -> None:
        assert self.due() == {"ACK": DAY, "RESOLVE": 7 * DAY}

        changed = self.sort(rule_kind=RuleKind.INTIMATE_OR_IMPERSONATION)
        assert self.due() == {"ACK": DAY, "ACT": 2 * HOUR, "RESOLVE": 7 * DAY}
        assert changed.due_at == NOON + 2 * HOUR

        self.sort(rule_kind=RuleKind.REMOVAL_3_1_B)
        assert self.due() == {"ACK": DAY, "RESOLVE": 36 * HOUR}

        self.sort(rule_kind=RuleKind.INTIMATE_OR_IMPERSONATION)
        assert self.due() == {"ACK": DAY, "ACT": 2 * HOUR, "RESOLVE": 7 * DAY}

    def test_leaves_what_was_met(self) -> None:
        Clock.objects.filter(grievance=self.grievance, name="ACK").update(met_at=NOON)

        self.sort(rule_kind=RuleKind.REMOVAL_3_1_B)

        assert self.due() == {"RESOLVE": 36 * HOUR}

    def test_of_another_account_is_a_claim_that_nobody_has_shown(self) -> None:
        account = make_account()
        Grievance.objects.filter(pk=self.grievance.pk).update(
            account=account, identity_checked_at=NOON
        )

        assert self.sort(category=GrievanceCategory.SAFETY).identity_checked_at == NOON
        assert self.sort(account=make_account()).identity_checked_at is None

    @pytest.mark.parametrize(
        ("said", "pointer"),
        [({"category": "OTHER"}, "category"), ({"rule_kind": "3(2)"}, "rule_kind")],
    )
    def test_takes_what_is_on_the_list(self, said: dict[str, str], pointer: str) -> None:
        with pytest.raises(CannotSort) as refused:
            self.sort(**said)
        assert refused.value.pointer == pointer

    def test_is_for_whoever_holds_it_and_saw_it_as_it_is(self, ravi: User) -> None:
        with pytest.raises(sorting.StalePage):
            self.sort(category="SAFETY", seen_version=7)
        self.noor = ravi
        with pytest.raises(claiming.NoLongerYours):
            self.sort(category="SAFETY")


class TestAnAppealInAGrievance:
    """Somebody wants their account back, and wrote a complaint."""

    @pytest.fixture(autouse=True)
    def _held(self, noor: User) -> None:
        self.noor = noor
        self.account = make_account()
        grievance = make_grievance(
            account=self.account, text="Give it back.", contact="meera@example.org", at=NOON + HOUR
        )
        self.grievance = claiming.take(ticket=grievance, by=noor, at=NOON + HOUR)

    def turn(self) -> Appeal:
        filed = sorting.turn_into_appeal(
            grievance=self.grievance, by=self.noor, at=NOON + DAY, seen_version=1
        )
        self.grievance.refresh_from_db()
        return filed.appeal

    def test_is_filed_as_if_it_had_come_as_one(self) -> None:
        ban = make_enforcement(account=self.account)

        appeal = self.turn()

        assert (appeal.enforcement, appeal.received_at) == (ban, NOON + HOUR)
        assert appeal.statements.get().text() == "Give it back."
        assert (self.grievance.state, self.grievance.appeal) == ("IN_APPEAL", appeal)
        assert (self.grievance.category, self.grievance.held_by) == ("BAN_APPEAL", None)
        assert self.grievance.clocks.running().count() == 2

    def test_joins_the_one_that_is_open(self) -> None:
        opened = make_appeal(account=self.account)

        assert self.turn() == opened
        assert opened.statements.count() == 2

    def test_is_none_where_nothing_stands(self) -> None:
        with pytest.raises(NothingToAppeal):
            self.turn()

        self.grievance.refresh_from_db()
        assert self.grievance.state == "OPEN"
        assert self.grievance.is_held_by(self.noor, now=NOON + HOUR)

    def test_needs_an_account(self) -> None:
        Grievance.objects.filter(pk=self.grievance.pk).update(account=None)
        self.grievance.refresh_from_db()

        with pytest.raises(CannotSort) as refused:
            self.turn()
        assert refused.value.pointer == "account"
