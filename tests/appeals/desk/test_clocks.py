from datetime import timedelta
from typing import Any

import pytest
import time_machine

from appeals import claiming, timing
from appeals.enums import ClockName
from reviewapp.staff.models import User
from tests.appeals.factories import make_appeal, make_order
from tests.conftest import NOON

pytestmark = pytest.mark.django_db
PATH = "/clocks/"


class TestClocks:
    """One order is overdue, one due soon, one has days left; one was complied with in time."""

    @pytest.fixture(autouse=True)
    def _clocks(self, noor: User) -> Any:
        def order(hours: int) -> Any:
            at = NOON - timedelta(days=3)
            return make_order(at=at, states_due_at=NOON + timedelta(hours=hours))

        self.late, self.soon, self.far, self.kept = (order(each) for each in (-2, 5, 90, -1))
        timing.meet(self.kept, ClockName.ACT, at=NOON - timedelta(hours=3))
        claiming.take(ticket=self.soon, by=noor, at=NOON)
        with time_machine.travel(NOON, tick=False):
            yield

    def test_show_what_runs_out_first_at_the_head(self, noor: User, signed_in: Any) -> None:
        page = signed_in(noor).get(PATH)

        urgent = page.context["urgent"]
        assert [each["ref"] for each in urgent] == [self.late.ref, self.soon.ref]
        assert [each["words"] for each in urgent] == ["broken 2 h ago", "5 h left"]
        assert [each["holder"] for each in urgent] == ["", "Noor"]
        assert f'href="/orders/{self.late.ref}/"' in page.content.decode()

    def test_count_what_was_kept_and_broken_with_an_interval(
        self, noor: User, signed_in: Any
    ) -> None:
        india, *others = signed_in(noor).get(PATH).context["jurisdictions"]

        month, detail = india["rows"]
        assert (month.kind, month.kept, month.broken) == ("", 1, 1)
        assert (month.record.percent, month.record.low, month.record.high) == (50, 9, 91)
        assert detail.kind == "Order of a court or government"
        assert india["bars"][-1].kept == india["bars"][-1].broken == 32
        assert [each["rows"] for each in others] == [[], []]

    def test_of_appeals_are_for_those_who_read_appeals(
        self, legal: User, noor: User, signed_in: Any
    ) -> None:
        appeal = make_appeal(at=NOON - timedelta(days=60))

        shown = {
            user: {each["ref"] for each in signed_in(user).get(PATH).context["urgent"]}
            for user in (legal, noor)
        }

        assert appeal.ref in shown[noor]
        assert appeal.ref not in shown[legal]

    def test_are_not_for_analysts(self, ada: User, signed_in: Any) -> None:
        assert signed_in(ada).get(PATH).status_code == 403
