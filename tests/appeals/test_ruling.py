from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from appeals import timing
from appeals.models import SlaRule
from reviewapp.ledger.models import LedgerEntry
from reviewapp.staff.models import User
from tests.appeals.factories import make_grievance
from tests.cases.factories import NOON

pytestmark = pytest.mark.django_db
ADD = "/admin/appeals/slarule/add/"
# It is half past five in the evening in India.
APRIL = date(2026, 4, 1)


class TestATimeLimit:
    """Asha sets the answer to a complaint in India to five days, from April on."""

    @pytest.fixture(autouse=True)
    def _page(self, asha: User, lena: User, signed_in: Any) -> None:
        self.actor = asha.actor
        self.asha: Client = signed_in(asha)
        self.lena: Client = signed_in(lena)

    def add(self, **changed: str) -> Any:
        typed = {
            "jurisdiction": "IN", "kind": "GENERAL", "clock": "RESOLVE", "limit": "P5D",
            "effective_from": "2026-04-01", "basis": "IT Rules 2021, as amended on 1 April 2026",
        }  # fmt: skip
        with time_machine.travel(NOON, tick=False):
            return self.asha.post(ADD, typed | changed)

    def limits(self) -> list[tuple[str, date, date | None]]:
        rules = SlaRule.objects.filter(jurisdiction="IN", kind="GENERAL", clock="RESOLVE")
        return [(each.limit, each.effective_from, each.effective_to) for each in rules]

    def test_takes_the_place_of_the_one_before_it(self) -> None:
        assert self.add().status_code == 302

        assert self.limits() == [
            ("P15D", date(2021, 5, 26), date(2026, 2, 19)),
            ("P7D", date(2026, 2, 20), date(2026, 3, 31)),
            ("P5D", APRIL, None),
        ]

    def test_holds_for_what_is_received_from_then_on(self) -> None:
        self.add()
        days = [
            make_grievance(at=datetime.fromisoformat(text)).clocks.get(name="RESOLVE")
            for text in ("2026-03-31T23:59:59+05:30", "2026-04-01T00:00:00+05:30")
        ]

        assert [each.due_at - each.started_at for each in days] == [
            timedelta(days=7),
            timedelta(days=5),
        ]

    def test_leaves_the_clocks_that_run(self) -> None:
        grievance = make_grievance()
        before = grievance.clocks.get(name="RESOLVE").due_at
        self.add()

        assert grievance.clocks.get(name="RESOLVE").due_at == before

    def test_is_in_the_ledger_with_what_it_ends(self) -> None:
        self.add()

        ended, added = LedgerEntry.objects.filter(kind="configuration.changed").order_by("id")
        assert (ended.actor, added.actor) == (self.actor, self.actor)
        assert ended.particulars == {
            "what": "ended", "model": "appeals.slarule",
            "name": "IN GENERAL RESOLVE from 2026-02-20",
            "fields": {"effective_to": {"before": None, "after": "2026-03-31"}},
        }  # fmt: skip
        assert added.particulars["name"] == "IN GENERAL RESOLVE from 2026-04-01"
        assert added.particulars["fields"]["limit"] == {"before": None, "after": "P5D"}

    def test_may_be_the_first_of_its_kind(self) -> None:
        self.add(jurisdiction="EU", kind="GENERAL")

        assert SlaRule.objects.get(jurisdiction="EU", kind="GENERAL").limit == "P5D"
        assert (
            timing.rules_for(
                jurisdiction="EU", kind="GENERAL", clocks=["RESOLVE"], received_at=NOON
            )
            == {}
        )

    @pytest.mark.parametrize(
        ("typed", "field"),
        [
            ({"effective_from": "2026-03-10"}, "effective_from"),
            ({"effective_from": "2025-01-01"}, "effective_from"),
            ({"effective_from": "soon"}, "effective_from"),
            ({"limit": "5 days"}, "limit"),
            ({"limit": "P0D"}, "limit"),
            ({"limit": "P1W"}, "limit"),
            ({"basis": ""}, "basis"),
            ({"kind": "ANY"}, "kind"),
        ],
    )
    def test_is_refused_where_it_is_amiss(self, typed: dict[str, str], field: str) -> None:
        before = self.limits()

        page = self.add(**typed)

        assert page.status_code == 200
        errors = page.context["adminform"].form.errors
        assert field in errors or "__all__" in errors
        assert self.limits() == before

    def test_does_not_go_before_one_that_is_known(self) -> None:
        self.add(effective_from="2026-06-01")

        page = self.add()

        assert "known already" in str(page.context["adminform"].form.errors)

    def test_follows_one_that_is_known(self) -> None:
        self.add()
        self.add(effective_from="2026-06-01", limit="P3D")

        assert self.limits()[-2:] == [
            ("P5D", APRIL, date(2026, 5, 31)),
            ("P3D", date(2026, 6, 1), None),
        ]

    def test_is_never_edited(self) -> None:
        rule = SlaRule.objects.filter(effective_to=None).first()
        assert rule is not None
        page = f"/admin/appeals/slarule/{rule.pk}/change/"

        assert self.asha.get(page).status_code == 200
        assert self.asha.post(page, {"limit": "P99D"}).status_code == 403
        assert self.asha.post(page.replace("change", "delete"), {"post": "yes"}).status_code == 403

    def test_is_set_by_admins_alone(self) -> None:
        assert self.asha.get("/admin/appeals/slarule/").status_code == 200
        assert self.lena.get("/admin/appeals/slarule/").status_code == 403
