from datetime import timedelta

import pytest

from cases import noting
from cases.models import Account, Case, Note
from reviewapp.ledger.models import LedgerEntry
from tests.cases.factories import make_case
from tests.conftest import NOON

pytestmark = pytest.mark.django_db

FRAGMENT = {"HTTP_HX_REQUEST": "true"}


class TestNotes:
    """A case, and an older one of the same account. Ada is an analyst, Omar audits."""

    @pytest.fixture(autouse=True)
    def _cases(self, ada):
        self.case = make_case()
        self.account = self.case.account
        self.url = f"/cases/{self.case.ref}/"
        self.account_url = f"/accounts/{self.account.ref}/"

    def write(self, by, words, *, minutes=0, about=None):
        at = NOON - timedelta(minutes=minutes)
        if about:
            return noting.write_about(account=about, by=by, text=words, at=at)
        return noting.write(case=self.case, by=by, text=words, at=at)

    def rows(self, page):
        return [row.text for row in page.context["notes"]["rows"]]

    def test_stand_on_the_case_the_newest_first_with_who_and_when(self, signed_in, ada, bo):
        self.write(ada, "Ask Bo.", minutes=9)
        self.write(bo, "Knows nothing.", minutes=3)
        self.write(ada, "Of the person.", minutes=6, about=self.account)

        page = signed_in(ada).get(self.url)

        assert self.rows(page) == ["Knows nothing.", "Of the person."]
        first, second = page.context["notes"]["rows"]
        assert (first.author, first.at, first.mine) == ("Bo", NOON - timedelta(minutes=3), False)
        assert (second.kind, second.mine) == ("On the account", True)

    def test_of_other_cases_stand_before_it(self, signed_in, ada):
        Case.objects.filter(pk=self.case.pk).update(state="DECIDED", settled_at=NOON)
        older, self.case = self.case, make_case(account=self.account)
        noting.write(case=older, by=ada, text="Of the other one.", at=NOON)

        page = signed_in(ada).get(f"/cases/{self.case.ref}/")

        assert self.rows(page) == []
        assert "Of the other one." in [past.text for past in page.context["before"].newest]

    def test_are_written_on_the_case(self, signed_in, ada):
        page = signed_in(ada).post(f"{self.url}notes/", {"note-text": "Ask Bo."}, follow=True)

        assert page.redirect_chain == [(f"{self.url}#notes", 302)]
        assert self.rows(page) == ["Ask Bo."]
        assert Note.objects.get().case == self.case

    def test_are_written_on_the_account(self, signed_in, ada):
        page = signed_in(ada).post(
            f"{self.account_url}notes/", {"note-text": "A shop, it seems."}, follow=True
        )

        assert page.redirect_chain == [(f"{self.account_url}#notes", 302)]
        assert self.rows(page) == ["A shop, it seems."]
        assert Note.objects.get().case is None
        line = LedgerEntry.objects.get(kind="note.written")
        assert (line.account, line.case_ref) == (self.account.ref, "")

    def test_are_written_without_leaving_the_page(self, signed_in, ada):
        page = signed_in(ada).post(f"{self.url}notes/", {"note-text": "Ask Bo."}, **FRAGMENT)

        assert page.status_code == 200
        assert page.content.decode().count("<section") == 1
        assert self.rows(page) == ["Ask Bo."]
        assert not page.context["notes"]["panel"]["open"]

    @pytest.mark.parametrize("how", [{}, FRAGMENT])
    def test_come_back_as_typed_where_nothing_can_be_written(self, signed_in, ada, how):
        Account.objects.filter(pk=self.account.pk).update(wrapped_key=b"")

        page = signed_in(ada).post(f"{self.url}notes/", {"note-text": "Ask Bo."}, **how)

        assert page.status_code == 422
        assert "This person was erased" in page.content.decode()
        assert "Ask Bo.</textarea>" in page.content.decode()
        assert not Note.objects.exists()

    def test_are_read_and_not_written_by_who_changes_nothing(self, signed_in, ada, omar):
        self.write(ada, "Ask Bo.")
        client = signed_in(omar)

        assert client.get(self.url).context["notes"]["panel"] is None
        assert "Ask Bo." in client.get(f"{self.url}notes/").content.decode()
        assert client.post(f"{self.url}notes/", {"note-text": "Mine."}).status_code == 403

    def test_are_paged_on_a_page_of_their_own(self, signed_in, ada, monkeypatch):
        monkeypatch.setattr("cases.views.notes.SIZE", 3)
        for number in range(5):
            self.write(ada, f"Number {number}.", minutes=number)
        client = signed_in(ada)

        page = client.get(self.url)
        assert len(self.rows(page)) == 2
        first = client.get(page.context["notes"]["all_url"])
        second = client.get(first.context["next_url"])

        told = [row.text for each in (first, second) for row in each.context["rows"]]
        assert told == [f"Number {number}." for number in range(5)]

    def test_of_its_cases_stand_before_the_account(self, signed_in, ada):
        self.write(ada, "Ask Bo.")
        self.write(ada, "A shop, it seems.", about=self.account)

        page = signed_in(ada).get(self.account_url)

        assert self.rows(page) == ["A shop, it seems."]
        assert "Ask Bo." in [past.text for past in page.context["before"].newest]
