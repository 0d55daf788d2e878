from datetime import timedelta

import pytest
from django.utils.html import escape

from cases import claiming
from cases.models import PolicyClause, Queue
from reviewapp.ledger.models import LedgerEntry
from reviewapp.ledger.recording import Entry, record_all
from tests.cases import lives
from tests.cases.factories import (
    make_account,
    make_case,
    make_detection,
    make_enforcement,
    make_evidence,
)
from tests.conftest import NOON
from tests.factories import create_user

pytestmark = pytest.mark.django_db

LARGE = {"name": "n1", "value": 10**400, "threshold": 10**400 - 1, "unit": "u"}


class TestTheCasePage:
    """A case on an account that wrote to ninety strangers. Ada and Bo are analysts."""

    @pytest.fixture(autouse=True)
    def _case(self):
        self.case = make_case(account=make_account(phone="+919876500482", country="IN"))
        lives.tell(
            [
                lives.item(
                    self.case.account,
                    "account.registered",
                    NOON - timedelta(days=9),
                    method="sms",
                    network_country="SG",
                ),
                *lives.burst(self.case.account, people=90, begin=NOON - timedelta(days=2)),
            ]
        )
        self.url = f"/cases/{self.case.ref}/"

    def test_tells_who_why_and_what_happened(self, signed_in, ada):
        page = signed_in(ada).get(self.url).content.decode()

        assert "+91 ••••• ••482" in page
        assert "+919876500482" not in page
        assert "India · network says Singapore" in page
        assert "90 people in 90 messages" in page
        assert "message-burst 1.0" in page
        assert "no person has judged this version yet" in page.lower()
        assert "90 messages to 90 people in 2 min 58 s" in page
        assert "Nobody holds this case" in page

    def test_is_found_however_its_ref_is_typed(self, signed_in, ada):
        client = signed_in(ada)

        assert client.get(f"/cases/{self.case.ref.lower()}/").status_code == 200
        assert client.get("/cases/C-000000/").status_code == 404
        assert client.get("/cases/ناپدید/").status_code == 404

    def test_is_not_there_for_who_is_not_signed_in(self, client):
        assert client.get(self.url).status_code == 302

    def test_is_refused_to_a_role_that_reads_no_cases(self, signed_in):
        owner = create_user(name="Dev", roles=["DETECTOR_OWNER"])

        assert signed_in(owner).get(self.url).status_code == 403

    def test_has_no_form_for_who_does_not_hold_it(self, signed_in, ada, bo, omar):
        claiming.take(case=self.case, by=ada, now=NOON)

        assert 'id="decision"' in signed_in(ada).get(self.url).content.decode()
        seen_by_bo = signed_in(bo).get(self.url).content.decode()
        assert "Held by Ada" in seen_by_bo
        assert 'id="decision"' not in seen_by_bo
        assert "Take this case" not in signed_in(omar).get(self.url).content.decode()

    def test_opens_whatever_numbers_were_once_kept(self, signed_in, ada):
        make_detection(account=self.case.account, case=self.case, signals=[LARGE])
        at = NOON - timedelta(days=2)
        for kind, data in {
            "call.made": {"duration_s": 10**400},
            "message.batch": {"count": 10**400, "recipients": 10**400, "strangers": 1},
            "group.added": {"added": 1, "strangers": 10**400},
            "message.sent": {"recipients": -(10**400), "strangers": 1e300},
        }.items():
            make_evidence(account=self.case.account, at=at, kind=kind, **data)
        client = signed_in(ada)

        assert "more than can be shown" in client.get(self.url).content.decode()
        assert client.get(f"/accounts/{self.case.account.ref}/").status_code == 200

    def test_marks_detectors_that_disagree(self, signed_in, ada):
        make_detection(account=self.case.account, detector="network", score=0.2, case=self.case)

        page = signed_in(ada).get(self.url).content.decode()

        sure, _, doubtful = page.partition(">In doubt<")
        assert "message-burst 1.0" in sure
        assert "network 1.0" in doubtful.partition("</section>")[0]

    def test_tells_a_version_that_fired_often_once(self, signed_in, ada):
        for score in (0.6, 0.65):
            make_detection(
                account=self.case.account, detector="network", score=score, case=self.case,
                at=NOON + timedelta(seconds=score * 10),
            )  # fmt: skip

        page = signed_in(ada).get(self.url).content.decode()

        assert page.count('aria-label="network 1.0"') == 1
        assert "Fired once before, at 0.60" in page

    def test_says_first_that_the_account_is_banned_already(self, signed_in, ada):
        make_enforcement(account=self.case.account, action="PERMANENT_BAN")

        page = signed_in(ada).get(self.url).content.decode()

        assert (
            "This account is banned already, by an automated decision of 10 Mar 12:00 UTC." in page
        )

    def test_shows_what_was_done_however_often_it_was_looked_at(self, signed_in, ada, bo):
        claiming.take(case=self.case, by=ada, now=NOON)
        record_all(
            (
                Entry(
                    kind="case.viewed",
                    actor=bo.actor,
                    happened_at=NOON + timedelta(minutes=number),
                    account=self.case.account.ref,
                )
                for number in range(1, 70)
            ),
            at=NOON + timedelta(hours=2),
        )
        days = "?from=2026-03-01T00:00:00Z&to=2026-03-12T00:00:00Z"

        page = signed_in(ada).get(self.url + days)

        lanes = {lane.slug: lane for lane in page.context["timeline"]["lanes"]}
        assert any("taken · Ada" in mark.title for mark in lanes["handling"].marks)

    def test_knows_what_stands_however_much_was_asked_since(self, signed_in, ada):
        make_enforcement(account=self.case.account, action="PERMANENT_BAN")
        for number in range(1, 62):
            make_enforcement(
                account=self.case.account, action="WARN", at=NOON + timedelta(minutes=number)
            )

        page = signed_in(ada).get(self.url).content.decode()

        assert "This account is banned already" in page

    def test_tells_what_users_had_reported_when_a_detector_fired(self, signed_in, ada):
        page = signed_in(ada).get(self.url).content.decode()
        assert "by users when it fired" not in page

        make_detection(
            account=self.case.account, case=self.case, version="2.0", user_reports_before=3
        )
        page = signed_in(ada).get(self.url).content.decode()

        assert "3 reports by users when it fired" in page

    def test_lets_who_decides_read_the_rules(self, signed_in, ada):
        claiming.take(case=self.case, by=ada, now=NOON)
        clause = PolicyClause.objects.current(at=NOON).get(code="BULK_MESSAGING")

        page = signed_in(ada).get(self.url).content.decode()

        for words in (clause.text, clause.examples, clause.words_for("en")):
            assert escape(words.splitlines()[0]) in page

    def test_answers_htmx_with_the_middle_alone(self, signed_in, ada):
        fragment = signed_in(ada).get(self.url, headers={"HX-Request": "true"})

        assert fragment.templates[0].name == "cases/_happened.html"
        assert "HX-Request" in fragment["Vary"]
        assert "<html" not in fragment.content.decode()

    @pytest.mark.parametrize(
        "asked",
        [
            "from=1970-01-01T00:00:00%2B00:00&to=9000-12-31T23:59:59-23:59",
            "from=0001-01-01T00:00:00%2B23:59&to=2026-03-01T00:00:00Z",
            "from=1970-01-01T00:00:00Z&to=2999-12-31T23:59:59Z",
            "after=0001-01-01T00:00:00%2B23:59~message.sent",
            "before=9999-12-31T23:59:59-23:59~message.sent",
            "show=message.sent~MESSAGING~ON_PLATFORM~0001-01-01T00:00:00%2B23:59~9999-12-31T00:00Z",
        ],
    )
    def test_shows_something_whatever_its_address_asks_for(self, signed_in, ada, asked):
        client = signed_in(ada)

        assert client.get(f"{self.url}?{asked}").status_code == 200
        assert client.get(f"/accounts/{self.case.account.ref}/?{asked}").status_code == 200

    def test_is_known_to_have_been_read_once_for_one_look(self, signed_in, ada, bo):
        for user in (ada, ada, bo):
            signed_in(user).get(self.url)

        looks = LedgerEntry.objects.filter(kind="case.viewed", case_ref=self.case.ref)
        assert sorted(looks.values_list("actor", flat=True)) == sorted([ada.actor, bo.actor])

    def test_escapes_whatever_senders_wrote(self, signed_in, ada):
        lives.tell(
            [
                lives.item(
                    self.case.account,
                    "user.reported",
                    NOON - timedelta(days=2),
                    topic="<script>alert(1)</script>",
                    text="<img src=x>",
                )
            ]
        )

        client = signed_in(ada)
        client.post(f"/accounts/{self.case.account.ref}/content/", {"purpose": "DECIDING"})
        page = client.get(self.url).content.decode()

        assert "<script>alert(1)" not in page
        assert "<img src=x>" not in page
        assert "&lt;script&gt;alert(1)" in page


class TestTakingACase:
    """Two cases wait in the first queue that analysts work. Ada and Bo work it, Omar does not."""

    @pytest.fixture(autouse=True)
    def _cases(self):
        self.urgent = make_case(severity=40)
        self.other = make_case(severity=10)

    def test_gives_the_first_of_the_queue(self, signed_in, ada):
        answer = signed_in(ada).post("/claims/")

        assert answer["Location"] == f"/cases/{self.urgent.ref}/"
        assert self.urgent.claims.get().analyst == ada

    def test_gives_from_the_queue_that_was_named(self, signed_in, ada):
        group = Queue.objects.get(slug="group-abuse")
        elsewhere = make_case(queue=group, severity=1)

        answer = signed_in(ada).post("/claims/", {"queue": "group-abuse"})

        assert answer["Location"] == f"/cases/{elsewhere.ref}/"

    def test_says_when_nothing_waits(self, signed_in, ada):
        client = signed_in(ada)

        page = client.post("/claims/", {"queue": "group-abuse"}, follow=True)

        assert "No case is waiting in the queues you work." in page.content.decode()

    def test_tells_who_comes_second_that_somebody_was_first(self, signed_in, ada, bo):
        url = f"/cases/{self.urgent.ref}/claim/"

        assert signed_in(ada).post(url).status_code == 302
        second = signed_in(bo).post(url)

        assert second.status_code == 409
        assert "Held by Ada" in second.content.decode()
        assert self.urgent.claims.get().analyst == ada

    def test_is_not_for_who_only_reads(self, signed_in, omar):
        assert signed_in(omar).post("/claims/").status_code == 403
        assert signed_in(omar).post(f"/cases/{self.urgent.ref}/claim/").status_code == 403

    def test_asks_for_a_post(self, signed_in, ada):
        assert signed_in(ada).get("/claims/").status_code == 405

    def test_keeps_it_while_the_page_is_open(self, signed_in, ada, bo):
        claiming.take(case=self.urgent, by=ada, now=NOON - timedelta(minutes=10))
        url = f"/cases/{self.urgent.ref}/claim/renewal/"

        kept = signed_in(ada).post(url)
        lost = signed_in(bo).post(url)

        lease = timedelta(minutes=self.urgent.queue.lease_minutes)
        assert kept.json() == {"expires_at": (NOON + lease).isoformat()}
        assert lost.status_code == 409

    def test_ends_with_giving_it_back_for_a_reason(self, signed_in, ada):
        claiming.take(case=self.urgent, by=ada, now=NOON)
        client, url = signed_in(ada), f"/cases/{self.urgent.ref}/claim/return/"

        without = client.post(url, {"reason": ""})
        given_back = client.post(url, {"reason": "CONFLICT_OF_INTEREST"}, follow=True)

        assert without.status_code == 422
        assert "Say why you give it back." in without.content.decode()
        assert "is back in its queue" in given_back.content.decode()
        assert self.urgent.claims.get().give_back_reason == "CONFLICT_OF_INTEREST"
        assert client.post("/claims/")["Location"] == f"/cases/{self.other.ref}/"
