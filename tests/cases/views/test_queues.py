from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cases import claiming
from cases.models import Case, Presence, Queue
from tests.cases.factories import make_account, make_case, make_detection
from tests.conftest import NOON

pytestmark = pytest.mark.django_db


def refs(page):
    return [line.ref for line in page.context["cases"]]


class TestTheQueuePage:
    """Three cases: one urgent and old, one mild and new, and one that Bo holds."""

    @pytest.fixture(autouse=True)
    def _cases(self, bo):
        self.urgent = make_case(severity=40, at=NOON - timedelta(days=2))
        self.mild = make_case(
            account=make_account(country="DK", external_id="wa-mild", phone="+4520123456"),
            severity=5,
            detector="report-rate",
            policy="HARASSMENT",
            queue=Queue.objects.get(slug="general"),
        )
        self.held = make_case(severity=20, at=NOON - timedelta(days=1), detections=3)
        claiming.take(case=self.held, by=bo, now=NOON)

    def test_lists_open_cases_in_their_order(self, signed_in, ada):
        page = signed_in(ada).get("/queues/")

        assert refs(page) == [self.urgent.ref, self.held.ref, self.mild.ref]
        lines = {line.ref: line for line in page.context["cases"]}
        assert lines[self.held.ref].holder == "Bo"
        assert lines[self.held.ref].claim_url == ""
        assert lines[self.held.ref].fired == 3
        assert lines[self.urgent.ref].why == "message-burst 1.0 · 0.70"
        assert lines[self.urgent.ref].claim_url == f"/cases/{self.urgent.ref}/claim/"

    @pytest.mark.parametrize(
        ("asked", "found"),
        [
            ("order=newest", ["mild", "held", "urgent"]),
            ("order=oldest", ["urgent", "held", "mild"]),
            ("detector=report-rate", ["mild"]),
            ("policy=HARASSMENT", ["mild"]),
            ("stage=MESSAGING", ["urgent", "held", "mild"]),
            ("stage=REGISTRATION", []),
            ("country=dk", ["mild"]),
            ("surface=CHANNELS", []),
            ("holder=somebody", ["held"]),
            ("holder=nobody", ["urgent", "mild"]),
            ("holder=me", []),
            ("queue=general", ["mild"]),
            ("due=none", ["urgent", "held", "mild"]),
            ("due=overdue", []),
            ("state=DECIDED", []),
            ("score=0.7", ["urgent", "held", "mild"]),
            ("score=0.95", []),
            ("age=over-1d", ["urgent"]),
            ("age=under-1d", ["held", "mild"]),
            ("detector=message-burst&alone=on", ["urgent", "held"]),
            ("contested=on", []),
            ("q=wa-mild", ["mild"]),
            ("q=%2B45 20 12 34 56", ["mild"]),
            ("q=nobody", []),
        ],
    )
    def test_narrows_and_orders_as_asked(self, signed_in, ada, asked, found):
        page = signed_in(ada).get(f"/queues/?{asked}")

        assert refs(page) == [getattr(self, name).ref for name in found]

    def test_finds_what_a_colleague_holds(self, signed_in, ada, bo):
        page = signed_in(ada).get(f"/queues/?holder={bo.ref}")

        assert refs(page) == [self.held.ref]
        assert page.context["in_force"] == [
            {"label": "Holder", "words": "Bo", "url": "/queues/"},
        ]

    def test_finds_what_is_disagreed_with(self, signed_in, ada):
        self.mild.account.mark_contested(at=NOON)

        page = signed_in(ada).get("/queues/?contested=on")

        assert refs(page) == [self.mild.ref]
        assert "contested</span>" in page.content.decode()

    def test_finds_cases_that_no_other_detector_has_a_part_in(self, signed_in, ada):
        make_detection(account=self.held.account, case=self.held, detector="no-typing", score=0.9)
        Case.objects.filter(pk=self.held.pk).update(detectors=["message-burst", "no-typing"])
        client = signed_in(ada)

        page = client.get("/queues/?detector=message-burst")

        line = next(line for line in page.context["cases"] if line.ref == self.held.ref)
        assert [reason["words"] for reason in line.reasons] == [
            "no-typing 1.0 · 0.90",
            "message-burst 1.0 · 0.70",
        ]
        narrower = page.context["in_force"][-1]["url"]
        assert refs(client.get(narrower)) == [self.urgent.ref]

    def test_asks_which_detector_is_to_be_the_only_one(self, signed_in, ada):
        page = signed_in(ada).get("/queues/?alone=on").content.decode()

        assert "Choose the detector that is to be the only one." in page

    def test_shows_two_reasons_and_the_others_when_asked(self, signed_in, ada):
        for number in range(3):
            make_detection(account=self.held.account, case=self.held, detector=f"other-{number}")

        page = signed_in(ada).get("/queues/?order=oldest")

        line = next(line for line in page.context["cases"] if line.ref == self.held.ref)
        assert (len(line.reasons), len(line.further)) == (2, 2)
        assert "<summary>and 2 more</summary>" in page.content.decode()

    def test_goes_straight_to_the_case_that_is_named(self, signed_in, ada):
        answer = signed_in(ada).get(f"/queues/?q={self.mild.ref.lower()}")

        assert answer.headers["Location"] == f"/cases/{self.mild.ref}/"

    def test_finds_somebodys_settled_cases_too(self, signed_in, ada):
        Case.objects.filter(pk=self.mild.pk).update(state="DECIDED", settled_at=NOON)

        assert refs(signed_in(ada).get("/queues/?q=wa-mild")) == [self.mild.ref]

    def test_lists_what_is_settled_newest_first(self, signed_in, ada):
        Case.objects.exclude(pk=self.held.pk).update(state="DECIDED", settled_at=NOON)

        assert refs(signed_in(ada).get("/queues/?state=DECIDED")) == [
            self.mild.ref,
            self.urgent.ref,
        ]

    def test_says_who_has_a_case_open_just_now(self, signed_in, ada, lena):
        for case, seen in ((self.urgent, NOON), (self.mild, NOON - timedelta(minutes=5))):
            Presence.objects.create(case=case, user=lena, seen_at=seen)

        page = signed_in(ada).get("/queues/")

        lines = {line.ref: line for line in page.context["cases"]}
        assert [who["name"] for who in lines[self.urgent.ref].people] == ["Lena"]
        assert lines[self.mild.ref].people == []

    def test_offers_to_choose_what_the_reader_could_decide(self, signed_in, ada, bo, omar):
        kept = make_case()
        kept.reserve(whom=bo, why="HANDED_OVER", until=None)
        kept.save()
        mine = make_case()
        claiming.take(case=mine, by=ada, now=NOON)

        page = signed_in(ada).get("/queues/")

        lines = {line.ref: line for line in page.context["cases"]}
        choosable = {ref for ref, line in lines.items() if line.tickable}
        assert choosable == {self.urgent.ref, self.mild.ref, mine.ref}
        assert lines[kept.ref].kept_for == "Bo"
        box = f'<input type="checkbox" name="case" value="{mine.ref}" form="together"'
        assert box in page.content.decode()
        assert 'form="together"' not in signed_in(omar).get("/queues/").content.decode()

    def test_says_what_a_priority_is_made_of(self, signed_in, ada):
        client, url = signed_in(ada), f"/cases/{self.urgent.ref}/priority/"

        page = client.get(url).content.decode()
        fragment = client.get(url, headers={"HX-Request": "true"}).content.decode()

        assert "The gravest of the rules it was detected under." in page
        assert "<html" not in fragment
        assert f'id="priority-{self.urgent.ref}"' in fragment

    def test_finds_what_is_overdue(self, signed_in, ada):
        due = NOON - timedelta(hours=1)
        Case.objects.filter(pk=self.mild.pk).update(due_at=due, due_tier=due.date())

        page = signed_in(ada).get("/queues/?due=overdue")

        assert refs(page) == [self.mild.ref]
        assert page.context["cases"][0].due == "overdue by 1 h"

    @pytest.mark.parametrize(
        "asked", ["stage=LUNCH", "detector=nobody", "queue=nowhere", "order=random", "state=x"]
    )
    def test_says_beside_the_field_that_a_filter_makes_no_sense(self, signed_in, ada, asked):
        page = signed_in(ada).get(f"/queues/?{asked}")

        assert page.status_code == 200
        assert "Select a valid choice." in page.content.decode()
        assert refs(page) == []

    def test_is_one_queue_under_its_own_address(self, signed_in, ada):
        client = signed_in(ada)

        page = client.get("/queues/general/")

        assert refs(page) == [self.mild.ref]
        assert "<h1>General" in page.content.decode()
        assert client.get("/queues/nowhere/").status_code == 404

    def test_answers_htmx_with_the_rows_and_the_head_that_belongs_to_them(self, signed_in, ada):
        fragment = signed_in(ada).get("/queues/?queue=general", headers={"HX-Request": "true"})

        words = fragment.content.decode()
        assert "<html" not in words
        assert "<title>General" in words
        assert '<div class="filters__head" id="queue-head" hx-swap-oob="true">' in words
        assert '<input type="hidden" name="queue" value="general">' in words
        assert "HX-Request" in fragment["Vary"]

    @pytest.mark.parametrize("order", ["", "newest", "oldest"])
    def test_pages_through_everything_once(self, signed_in, ada, order, monkeypatch):
        monkeypatch.setattr("cases.views.queues.SIZE", 2)
        for number in range(4):
            make_case(severity=number, at=NOON - timedelta(hours=number))
        client, url, seen = signed_in(ada), f"/queues/?order={order}", []
        while url:
            page = client.get(url)
            seen.append(refs(page))
            url = page.context["next_url"]
        back = client.get(page.context["previous_url"])

        assert [len(each) for each in seen] == [2, 2, 2, 1]
        assert len({ref for each in seen for ref in each}) == 7
        assert refs(back) == seen[-2]

    def test_begins_anew_for_a_cursor_of_another_list(self, signed_in, ada):
        assert len(refs(signed_in(ada).get("/queues/?after=forged"))) == 3

    def test_gives_nothing_to_take_to_who_only_reads(self, signed_in, omar):
        page = signed_in(omar).get("/queues/")

        assert all(line.claim_url == "" for line in page.context["cases"])
        assert "Take the next case" not in page.content.decode()


OTHER_INDEXES = """
    SELECT indexrelid::regclass::text FROM pg_index
     WHERE indrelid = 'cases_case'::regclass AND indexrelid::regclass::text <> %s
       AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
"""


class TestANarrowedList:
    """Costs as many questions, however it is narrowed, and passes over what does not fit."""

    @pytest.mark.parametrize("order", ["", "newest", "oldest"])
    @pytest.mark.parametrize(
        "asked",
        [
            "stage=MESSAGING",
            "detector=report-rate",
            "detector=report-rate&alone=on",
            "policy=HARASSMENT&contested=on",
            "holder=nobody&country=IN",
            "queue=general&score=0.7",
            "due=today&surface=CHANNELS&stage=REGISTRATION",
            "age=over-1d&detector=report-rate",
            "state=DECIDED&detector=report-rate",
            "state=ESCALATED&country=IN",
        ],
    )
    def test_costs_two_or_three_questions_more_than_the_whole(self, signed_in, ada, asked, order):
        make_case(detector="report-rate")
        client = signed_in(ada)
        client.get("/queues/")
        with CaptureQueriesContext(connection) as whole:
            client.get("/queues/")

        with CaptureQueriesContext(connection) as narrowed:
            client.get(f"/queues/?{asked}&order={order}")

        # What is near, all that fits, and the rows themselves, where the whole asks once.
        assert len(narrowed) <= len(whole) + 2

    @pytest.mark.parametrize("order", ["", "newest"])
    @pytest.mark.parametrize(
        "asked",
        [
            "country=IN",
            "surface=CHANNELS",
            "contested=on",
            "score=0.7",
            "due=today&country=IN",
            "age=over-1d&country=IN",
            "holder=nobody",
        ],
    )
    def test_is_told_from_the_index_that_holds_its_order(self, signed_in, ada, asked, order):
        make_case()
        client = signed_in(ada)
        with CaptureQueriesContext(connection) as questions:
            client.get(f"/queues/?{asked}&order={order}")
        near = next(each["sql"] for each in questions if each["sql"].startswith("WITH"))

        index = "case_open_by_opening" if order else "case_open_order"
        with connection.cursor() as cursor:
            # A table of one row is read whole, or from any index, if it may be.
            for other in ("seqscan", "bitmapscan", "sort"):
                cursor.execute(f"SET LOCAL enable_{other} = off")
            cursor.execute(OTHER_INDEXES, [index])
            for [other] in cursor.fetchall():
                cursor.execute(f"DROP INDEX {other}")
            cursor.execute(f"EXPLAIN {near}")
            plan = "\n".join(line for [line] in cursor.fetchall())

        assert f"Index Only Scan {'Backward ' * bool(order)}using {index} " in plan
        assert "Sort" not in plan


class TestHome:
    """Two cases wait, in two queues; Ada holds another."""

    @pytest.fixture(autouse=True)
    def _cases(self, ada):
        self.oldest = make_case(at=NOON - timedelta(days=3))
        make_case(queue=Queue.objects.get(slug="general"))
        self.mine = make_case(at=NOON)
        claiming.take(case=self.mine, by=ada, now=NOON)

    def test_shows_what_one_holds_and_what_waits(self, signed_in, ada):
        page = signed_in(ada).get("/")

        assert [case["ref"] for case in page.context["mine"]] == [self.mine.ref]
        queues = {queue["slug"]: queue for queue in page.context["queues"]}
        first = queues[self.oldest.queue.slug]
        assert (first["open"], first["held"], first["oldest_at"]) == (
            "2",
            1,
            NOON - timedelta(days=3),
        )
        assert queues["general"]["open"] == "1"
        assert "child-safety" not in queues
        assert "Go on" in page.content.decode()

    def test_offers_the_next_case_to_who_holds_none(self, signed_in, bo):
        assert "Take the next case" in signed_in(bo).get("/").content.decode()

    def test_offers_nothing_where_nothing_is_left_to_take(self, signed_in, bo, asha, ada):
        Case.objects.exclude(pk=self.mine.pk).update(state="DECIDED", settled_at=NOON)

        page = signed_in(bo).get("/")

        assert "Take next" not in page.content.decode()
        assert "Take the next case" not in page.content.decode()
        assert "Nothing waits for you." in page.content.decode()

    def test_offers_the_queues_in_which_something_waits_alone(self, signed_in, bo):
        page = signed_in(bo).get("/")

        offered = [queue["slug"] for queue in page.context["queues"] if queue["can_take"]]
        assert sorted(offered) == sorted({self.oldest.queue.slug, "general"})

    def test_counts_no_further_than_it_matters(self, signed_in, bo, monkeypatch):
        monkeypatch.setattr("cases.views.backlog.COUNTED_TO", 1)

        page = signed_in(bo).get("/")

        queues = {queue["slug"]: queue for queue in page.context["queues"]}
        assert queues[self.oldest.queue.slug]["open"] == "1+"
        assert page.context["totals"]["open"] == "2+"

    def test_shows_readers_every_queue_and_nothing_to_take(self, signed_in, omar):
        page = signed_in(omar).get("/")

        assert len(page.context["queues"]) == Queue.objects.count()
        assert "Your role reads cases and does not decide them." in page.content.decode()

    def test_is_open_to_who_reads_no_cases(self, signed_in):
        from tests.factories import create_user

        page = signed_in(create_user(name="Rhea", roles=["REPORTING"])).get("/")

        assert page.status_code == 200
        assert self.oldest.ref not in page.content.decode()

    def test_asks_strangers_to_sign_in(self, client):
        assert client.get("/").status_code == 302
