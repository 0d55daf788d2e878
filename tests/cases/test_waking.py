from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cases import asking, claiming, waking
from cases.models import EvidenceItem
from reviewapp.ledger.models import LedgerEntry
from tests.cases.factories import NOON, make_account, make_case
from tests.cases.sending import a_ban, a_detection, an_account, an_item, send

pytestmark = pytest.mark.django_db
SOON = timedelta(hours=3)


def set_aside(case, by, *, at, until) -> None:
    claiming.take(case=case, by=by, now=at)
    asking.ask(case=case, by=by, question="Whose is it?", wakes_at=until, at=at)


class TestADateThatHasCome:
    """Ada set one case aside until three o'clock, and one until tomorrow."""

    @pytest.fixture(autouse=True)
    def _aside(self, ada):
        self.soon, self.later = make_case(), make_case()
        set_aside(self.soon, ada, at=NOON, until=NOON + SOON)
        set_aside(self.later, ada, at=NOON, until=NOON + timedelta(days=1))

    def test_brings_the_case_back_to_who_asked(self, ada):
        assert waking.wake_due(now=NOON + SOON) == 1

        self.soon.refresh_from_db()
        assert (self.soon.state, self.soon.wakes_at) == ("OPEN", None)
        assert (self.soon.reserved_for, self.soon.reserved_why) == (ada, "WOKE_UP")
        assert self.soon.reserved_until == NOON + SOON + timedelta(hours=24)
        assert claiming.take_next(by=ada, now=NOON + SOON).case == self.soon
        woken = LedgerEntry.objects.get(kind="case.woken")
        assert (woken.actor, woken.case_ref) == ("system", self.soon.ref)
        assert woken.particulars == {"why": "WOKE_UP"}

    def test_brings_it_back_once_and_no_other(self):
        assert waking.wake_due(now=NOON + SOON - timedelta(seconds=1)) == 0
        assert waking.wake_due(now=NOON + SOON) == 1
        assert waking.wake_due(now=NOON + SOON) == 0
        self.later.refresh_from_db()
        assert self.later.state == "AWAITING_INFO"


class TestSomethingNewOnTheAccount:
    """Ada asked about wa-1 and waits until tomorrow."""

    @pytest.fixture(autouse=True)
    def _aside(self, ada):
        self.ada = ada
        account = make_account(external_id="wa-1")
        self.case = make_case(account=account, detections=0, at=timezone.now())
        now = timezone.now()
        set_aside(self.case, ada, at=now, until=now + timedelta(days=1))

    def state(self) -> str:
        self.case.refresh_from_db()
        return self.case.state

    @pytest.mark.parametrize(
        ("what", "row"),
        [
            ("evidence", an_item(account="wa-1")),
            ("detections", a_detection(account="wa-1")),
            ("detections", a_ban(account="wa-1")),
            ("accounts", an_account(id="wa-1", links={"device": "imei-1"})),
        ],
        ids=["evidence", "detection", "ban", "account"],
    )
    def test_brings_the_case_back_as_it_arrives(self, api, source, what, row):
        assert send(api, what, row).json()["accepted"] == 1

        assert self.state() == "OPEN"
        assert self.case.wakes_at is None
        assert (self.case.reserved_for, self.case.reserved_why) == (
            self.ada, "INFORMATION_ARRIVED",
        )  # fmt: skip
        assert self.case.reserved_until
        woken = LedgerEntry.objects.get(kind="case.woken")
        assert (woken.actor, woken.case_ref) == (source.actor, self.case.ref)
        assert woken.account == self.case.account.ref

    def test_is_not_what_was_sent_before(self, api):
        send(api, "evidence", an_item(account="wa-1"))
        set_aside(self.case, self.ada, at=timezone.now(), until=timezone.now() + SOON)

        assert send(api, "evidence", an_item(account="wa-1")).json()["duplicates"] == 1
        assert self.state() == "AWAITING_INFO"

    def test_is_nothing_on_another_account(self, api):
        send(api, "evidence", an_item(account="wa-2"))
        send(api, "detections", a_detection(account="wa-3"))

        assert self.state() == "AWAITING_INFO"

    def test_leaves_a_case_that_waits_for_nothing_as_it_is(self, api, lena):
        claiming.take(case=self.case, by=lena, now=timezone.now())

        send(api, "evidence", an_item(account="wa-1"))

        assert LedgerEntry.objects.filter(kind="case.woken").count() == 1

    def test_costs_a_batch_one_statement_where_nobody_waits(self, api):
        with CaptureQueriesContext(connection) as asked:
            send(api, "evidence", an_item(account="wa-9"), an_item(id="i-2", account="wa-8"))

        about_cases = [each["sql"] for each in asked if "cases_case" in each["sql"]]
        assert len(about_cases) == 1
        assert EvidenceItem.objects.count() == 2
