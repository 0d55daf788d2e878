"""Home, for somebody who works: what is theirs, what is due, and their day."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cases import (
    approving,
    asking,
    claiming,
    deciding,
    escalating,
    handing,
    waking,
    withdrawing,
)
from cases.models import Case, Queue
from cases.verdict import Verdict
from tests.cases.factories import make_case, verdict
from tests.conftest import NOON
from tests.factories import create_user

pytestmark = pytest.mark.django_db

EARLIER = NOON - timedelta(hours=1)


def held(by, *, at=EARLIER):
    case = make_case(at=at)
    claiming.take(case=case, by=by, now=at)
    return case


def proposed(by, *, at=EARLIER):
    """A decision that waits for a second person."""
    case = held(by, at=at)
    Queue.objects.filter(pk=case.queue_id).update(approval_actions=["WARN"])
    arguments = verdict(case)
    seen = arguments.pop("seen_version")
    return approving.propose(
        case=case, by=by, at=at, seen_version=seen, verdict=Verdict(**arguments)
    )


class TestHome:
    """Ada and Bo are analysts; Lena leads and works cases too."""

    @pytest.fixture(autouse=True)
    def _people(self, signed_in, ada, bo):
        self.ada, self.bo = ada, bo
        self.lena = create_user(name="Lena", roles=["LEAD", "ANALYST"])
        self.client = signed_in(ada)

    def home(self):
        page = self.client.get("/")
        assert page.status_code == 200
        return page.context

    def test_says_what_to_do_where_there_is_nothing(self):
        words = self.client.get("/").content.decode()

        assert "Nothing waits for you." in words
        assert "Nothing decided yet today." in words
        assert "What you propose, escalate or set aside stands here" in words
        assert "Came back to you" not in words
        assert "Due first" not in words

    def test_shows_what_came_back_and_through_whom(self):
        handed, answered, arrived = held(self.bo), held(self.ada), held(self.ada)
        tomorrow = NOON + timedelta(days=1)
        handing.hand_over(case=handed, by=self.bo, to=self.ada, words="Yours.", at=EARLIER)
        escalating.escalate(case=answered, by=self.ada, words="Help.", at=EARLIER)
        escalating.hand_down(case=answered, by=self.lena, words="Fine.", at=EARLIER)
        asking.ask(case=arrived, by=self.ada, question="Who?", wakes_at=tomorrow, at=EARLIER)
        waking.information_arrived([arrived.account_id], at=NOON, actor="source:x")
        refused = proposed(self.ada)
        approving.send_back(approval=refused, by=self.lena, at=NOON, words="Milder.")

        words = {row["ref"]: row["words"] for row in self.home()["back"]}

        assert words == {
            handed.ref: "Bo handed it over to you",
            answered.ref: "Lena answered what you escalated",
            arrived.ref: "Something new arrived",
            refused.case.ref: "Lena did not approve it and sent it back",
        }
        # What was kept for her long enough is everybody's again.
        Case.objects.filter(ref__in=list(words)).update(reserved_until=NOON)
        assert self.home()["back"] == []

    def test_asks_no_more_when_there_is_more(self):
        def counted() -> int:
            self.home()
            with CaptureQueriesContext(connection) as asked:
                self.home()
            return len(asked)

        proposed(self.ada)
        kept = [make_case() for _ in range(30)]
        escalating.escalate(case=(up := held(self.ada)), by=self.ada, words="Help.", at=EARLIER)
        rows = Case.objects.filter(pk__in=[case.pk for case in kept])
        rows.filter(pk=kept[0].pk).update(
            reserved_for=self.ada, reserved_why="HANDED_OVER", due_at=NOON, due_tier=NOON.date()
        )
        before = counted()
        rows.update(
            reserved_for=self.ada, reserved_why="HANDED_OVER", due_at=NOON, due_tier=NOON.date()
        )
        for _ in range(4):
            held(self.ada)
            proposed(self.ada)

        assert counted() == before
        assert up.ref in {row["ref"] for row in self.home()["others"]}

    def test_shows_what_waits_for_others(self):
        waiting, escalated, aside = proposed(self.ada), held(self.ada), held(self.ada)
        until = NOON + timedelta(days=2)
        escalating.escalate(case=escalated, by=self.ada, words="Help.", at=EARLIER)
        asking.ask(case=aside, by=self.ada, question="Who?", wakes_at=until, at=EARLIER)
        proposed(self.bo)

        rows = self.home()["others"]

        assert [(row["ref"], row["words"], row["at"]) for row in rows] == [
            (waiting.case.ref, "Waits for a second person since", EARLIER),
            (escalated.ref, "With the leads", None),
            (aside.ref, "Waits for information until", until),
        ]

    def test_shows_what_is_due_first_in_the_queues_one_works(self):
        cases = [make_case() for _ in range(5)]
        elsewhere = Queue.objects.exclude(worked_by__contains=["ANALYST"]).first()
        hours = (3, -2, 30, 1, 1)
        for case, due in zip(cases, hours, strict=True):
            due_at = NOON + timedelta(hours=due)
            Case.objects.filter(pk=case.pk).update(due_at=due_at, due_tier=due_at.date())
        claiming.take(case=cases[3], by=self.bo, now=NOON)
        Case.objects.filter(pk=cases[4].pk).update(queue=elsewhere)

        rows = self.home()["due"]

        assert [(row["ref"], row["due"]) for row in rows] == [
            (cases[1].ref, "overdue by 2 h"),
            (cases[0].ref, "due in 3 h"),
        ]

    def test_tells_ones_own_day_and_nobody_elses(self, signed_in):
        yesterday = NOON - timedelta(days=1)
        for minutes, by, changed in (
            (1, self.ada, {}),
            (3, self.ada, {"outcome": "NO_VIOLATION", "action": "", "clauses": [], "reason": ""}),
            (9, self.ada, {}),
            (12, self.bo, {}),
        ):
            case = held(by)
            deciding.decide(
                case=case,
                by=by,
                at=EARLIER + timedelta(minutes=minutes),
                **verdict(case, **changed),
            )
        old, rash = held(self.ada, at=yesterday), held(self.ada)
        deciding.decide(case=old, by=self.ada, at=yesterday, **verdict(old))
        taken_back = deciding.decide(
            case=rash, by=self.ada, at=NOON, effective_at=NOON + timedelta(seconds=30),
            **verdict(rash),
        )  # fmt: skip
        withdrawing.withdraw(decision=taken_back, by=self.ada, at=NOON)

        today = self.home()["today"]

        assert (today["decided"], today["withdrawn"], today["median"]) == ("3", 1, "3 min")
        assert [(each["words"], each["count"]) for each in today["outcomes"]] == [
            ("No violation", 1),
            ("Violation", 2),
        ]
        bos = signed_in(self.bo).get("/").context["today"]
        assert (bos["decided"], bos["median"]) == ("1", "12 min")

    def test_has_no_day_for_who_only_reads(self, signed_in, omar):
        page = signed_in(omar).get("/")

        assert page.context["today"] is None
        assert "Your day" not in page.content.decode()
