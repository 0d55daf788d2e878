import re
from datetime import timedelta

import pytest
import time_machine

from cases.models import Case
from reviewapp.ledger.models import LedgerEntry
from tests.cases import lives
from tests.cases.factories import make_account, make_case, make_enforcement
from tests.conftest import NOON

pytestmark = pytest.mark.django_db
PHONE = "+919876500482"


class TestTheAccountPage:
    """An account that chats with four friends. Ada is an analyst, Omar audits."""

    @pytest.fixture(autouse=True)
    def _account(self):
        self.account = make_account(phone=PHONE, external_id="wa-771")
        lives.tell(
            lives.chatter(self.account, friends=4, messages=60, begin=NOON - timedelta(days=1))
        )
        self.url = f"/accounts/{self.account.ref}/"

    def test_tells_a_friends_chatter_from_a_broadcast(self, signed_in, ada):
        page = signed_in(ada).get(self.url).content.decode()

        assert "only 4 people: 60 messages" in page
        assert "all of them wrote back" in page
        assert "No detector has named this account." in page

    def test_is_known_to_have_been_read(self, signed_in, omar):
        signed_in(omar).get(self.url)

        entry = LedgerEntry.objects.get(kind="account.viewed")
        assert (entry.account, entry.actor) == (self.account.ref, omar.actor)

    def test_opens_a_case_by_hand(self, signed_in, ada):
        client = signed_in(ada)

        answer = client.post(
            f"{self.url}case/", {"queue": "general", "reason": "A colleague asked."}, follow=True
        )

        case = Case.objects.get(account=self.account)
        assert (case.opened_by, case.queue.slug) == (ada, "general")
        assert "Opened by Ada: A colleague asked." in answer.content.decode()
        assert f"/cases/{case.ref}/" in client.get(self.url).content.decode()

    @pytest.mark.parametrize(
        ("typed", "error"),
        [
            ({"queue": "general", "reason": " "}, "Say why this account should be looked at."),
            ({"queue": "nowhere", "reason": "Because."}, "Select a valid choice."),
        ],
    )
    def test_says_what_is_missing_to_open_one(self, signed_in, ada, typed, error):
        answer = signed_in(ada).post(f"{self.url}case/", typed)

        assert answer.status_code == 422
        assert error in answer.content.decode()
        assert not Case.objects.filter(account=self.account).exists()

    def test_leads_to_the_case_that_somebody_else_opened_first(self, signed_in, ada):
        case = make_case(account=self.account)

        answer = signed_in(ada).post(f"{self.url}case/", {"queue": "general", "reason": "Me too."})

        assert answer.status_code == 409
        assert f"{case.ref} is open on this account already." in answer.content.decode()

    def test_opens_none_for_who_only_reads(self, signed_in, omar):
        client = signed_in(omar)

        assert "Open a case" not in client.get(self.url).content.decode()
        refused = client.post(f"{self.url}case/", {"queue": "general", "reason": "Because."})
        assert refused.status_code == 403

    def test_shows_what_stands_on_the_platform(self, signed_in, ada):
        make_enforcement(
            account=self.account, action="TEMPORARY_BAN", until=NOON + timedelta(days=3)
        )

        page = signed_in(ada).get(self.url).content.decode()

        assert "Temporary ban until 13 Mar" in page
        assert "1 ban; the last less than a second ago" in page


class TestRevealing:
    """A number is masked until somebody says what for."""

    @pytest.fixture(autouse=True)
    def _account(self):
        self.account = make_account(phone=PHONE)
        self.url = f"/accounts/{self.account.ref}/"

    def test_shows_the_number_for_a_while_and_writes_it_down(self, signed_in, ada):
        client = signed_in(ada)

        client.post(f"{self.url}phone/", {"purpose": "DECIDING", "back": self.url})
        now = client.get(self.url).content.decode()
        with time_machine.travel(NOON + timedelta(minutes=11)):
            later = client.get(self.url).content.decode()

        assert PHONE in now
        assert PHONE not in later
        entry = LedgerEntry.objects.get(kind="personal.revealed")
        assert (entry.actor, entry.particulars["purpose"]) == (ada.actor, "DECIDING")
        assert PHONE not in str(entry.particulars)

    def test_is_for_this_person_alone(self, signed_in, ada, bo):
        signed_in(ada).post(f"{self.url}phone/", {"purpose": "DECIDING"})

        assert PHONE not in signed_in(bo).get(self.url).content.decode()

    def test_asks_what_for(self, signed_in, ada):
        client = signed_in(ada)

        page = client.post(f"{self.url}phone/", {"purpose": "CURIOSITY"}, follow=True)

        assert "Select a valid choice." in page.content.decode()
        assert PHONE not in page.content.decode()
        assert not LedgerEntry.objects.filter(kind="personal.revealed").exists()

    def test_leads_back_to_a_page_of_ours_only(self, signed_in, ada):
        answer = signed_in(ada).post(
            f"{self.url}phone/", {"purpose": "DECIDING", "back": "https://elsewhere.example/"}
        )

        assert answer["Location"] == self.url

    def test_is_refused_to_who_may_not(self, signed_in, omar):
        client = signed_in(omar)

        assert client.post(f"{self.url}phone/", {"purpose": "DECIDING"}).status_code == 403
        assert 'name="purpose"' not in client.get(self.url).content.decode()


class TestSearching:
    """A case and its account, found by whatever somebody has at hand."""

    @pytest.fixture(autouse=True)
    def _case(self):
        self.account = make_account(phone=PHONE, external_id="wa-771")
        self.case = make_case(account=self.account)

    def search(self, client, asked):
        return client.get("/search/", {"q": asked})

    def test_leads_straight_to_what_a_ref_names(self, signed_in, ada):
        client = signed_in(ada)

        assert self.search(client, self.case.ref)["Location"] == f"/cases/{self.case.ref}/"
        typed = self.case.ref.lower().replace("-", " ")
        assert self.search(client, typed)["Location"] == f"/cases/{self.case.ref}/"
        account = f"/accounts/{self.account.ref}/"
        assert self.search(client, self.account.ref)["Location"] == account
        assert self.search(client, "wa-771")["Location"] == account

    @pytest.mark.parametrize(
        "typed", [PHONE, "+91 98765 00482", "00919876500482", "919876500482", " +91-98765-00482 "]
    )
    def test_finds_accounts_by_their_number_however_it_is_typed(self, signed_in, ada, typed):
        page = self.search(signed_in(ada), typed).content.decode()

        assert "Read as a phone number." in page
        assert f"/accounts/{self.account.ref}/" in page
        assert PHONE not in page.partition("<main")[2].partition("</h1>")[2]

    @pytest.mark.parametrize("page", ["/search/", "/queues/"])
    def test_for_a_number_is_known_without_the_number(self, signed_in, ada, page):
        client = signed_in(ada)

        for typed in (PHONE, PHONE, "+91 98765 00482", "wa-771", self.case.ref):
            client.get(page, {"q": typed})

        [line] = LedgerEntry.objects.filter(kind="phone.searched")
        assert (line.actor, line.account) == (ada.actor, "")
        assert re.fullmatch("~[0-9a-f]{16}", line.particulars["phone"])

    def test_for_a_number_is_for_those_who_may_see_one(self, signed_in, omar):
        client = signed_in(omar)

        page = self.search(client, PHONE)
        assert page.context["results"] == []
        assert "which your roles do not look for" in page.content.decode()
        assert client.get("/queues/", {"q": PHONE}).context["cases"] == []
        assert client.get("/queues/", {"q": "wa-771"}).context["cases"] != []
        assert not LedgerEntry.objects.filter(kind="phone.searched").exists()

    @pytest.mark.parametrize(
        "typed",
        ["nobody", "+1", "C-000000", "x" * 5000, "\u0643\u202e", "%", "+918888800000"],
    )
    def test_says_kindly_that_nothing_was_found(self, signed_in, ada, typed):
        page = self.search(signed_in(ada), typed)

        assert page.status_code == 200
        assert "Nothing found" in page.content.decode()

    def test_asks_what_is_looked_for(self, signed_in, ada):
        assert "What are you looking for?" in self.search(signed_in(ada), " ").content.decode()
