"""What pages make of text that somebody else wrote and that is kept sealed."""

from datetime import timedelta

import pytest
import time_machine

from cases.models import Account, EvidenceItem
from reviewapp.ledger.models import LedgerEntry
from tests.cases import lives
from tests.cases.factories import make_account, make_case
from tests.conftest import NOON

pytestmark = pytest.mark.django_db
EARLIER = NOON - timedelta(hours=1)


class TestACaseFile:
    """Somebody reported an account, in words that nobody foresaw."""

    @pytest.fixture(autouse=True)
    def _reported(self, signed_in, ada):
        self.case = make_case(account=make_account())
        said = {
            "topic": "asked for money twice",
            "employer": "Shah & Co",
            "payee": "meera@bank",
            "text": "photo\u202egpj.exe \u2066and more\u2069 سلام",
        }
        lives.tell([lives.item(self.case.account, "user.reported", NOON, **said)])
        self.client = signed_in(ada)
        self.url = f"/cases/{self.case.ref}/"
        self.content = f"/accounts/{self.case.account.ref}/content/"

    def page(self):
        return self.client.get(self.url).content.decode()

    def reveal(self, **asked):
        return self.client.post(self.content, {"purpose": "DECIDING", "back": self.url} | asked)

    def test_tells_nothing_of_what_is_sealed_before_it_is_asked_for(self):
        page = self.page()

        assert "Topic, employer and text: " in page
        assert "asked for money twice" not in page
        assert "Shah &amp; Co" not in page
        assert "photo" not in page

    def test_tells_what_is_sealed_of_an_item_for_a_while_and_writes_it_down(self, ada):
        item = EvidenceItem.objects.get()

        answer = self.reveal(item=str(item.id))
        page = self.page()
        with time_machine.travel(NOON + timedelta(minutes=11)):
            later = self.page()

        assert answer["Location"] == self.url
        assert "Reported as asked for money twice" in page
        assert "Shah &amp; Co" in page
        assert "meera@bank" not in page
        assert "asked for money twice" not in later
        entry = LedgerEntry.objects.get(kind="content.revealed")
        assert (entry.actor, entry.account) == (ada.actor, self.case.account.ref)
        assert (entry.particulars["item"], entry.particulars["purpose"]) == (
            str(item.id),
            "DECIDING",
        )
        assert "money" not in str(entry.particulars)

    def test_answers_htmx_with_what_was_behind_the_veil_alone(self):
        item = EvidenceItem.objects.get()

        answer = self.client.post(
            self.content,
            {"purpose": "DECIDING", "item": str(item.id)},
            headers={"HX-Request": "true"},
        )

        page = answer.content.decode()
        assert "employer: Shah &amp; Co" in page
        assert f'id="veil-{item.id}"' in page
        assert "<html" not in page

    def test_tells_all_of_it_when_all_is_asked_for(self):
        lives.tell([lives.item(self.case.account, "user.reported", EARLIER, messages=["Pay me."])])

        self.reveal()

        page = self.page()
        assert "Shah &amp; Co" in page
        assert "Pay me." in page
        assert LedgerEntry.objects.get(kind="content.revealed").particulars["item"] is None

    def test_is_veiled_for_everybody_else(self, signed_in, bo):
        self.reveal()

        assert "Shah &amp; Co" not in signed_in(bo).get(self.url).content.decode()

    def test_is_not_revealed_without_saying_what_for(self):
        page = self.client.post(
            self.content, {"purpose": "CURIOSITY", "back": self.url}, follow=True
        ).content.decode()

        assert "Say what you need it for." in page
        assert "Shah &amp; Co" not in page
        assert not LedgerEntry.objects.filter(kind="content.revealed").exists()

    def test_of_another_account_is_not_revealed(self):
        other = make_account()

        answer = self.client.post(
            f"/accounts/{other.ref}/content/",
            {"purpose": "DECIDING", "item": str(EvidenceItem.objects.get().id)},
        )

        assert answer.status_code == 404

    def test_is_never_revealed_to_who_may_not(self, signed_in, omar):
        client = signed_in(omar)

        page = client.get(self.url).content.decode()
        assert "Topic, employer and text: " in page
        assert "/content/" not in page
        assert client.post(self.content, {"purpose": "DECIDING"}).status_code == 403

    def test_does_without_it_once_the_person_is_erased(self):
        Account.objects.filter(pk=self.case.account.pk).update(wrapped_key=b"")

        self.reveal()
        page = self.page()

        assert "Reported" in page
        assert "asked for money twice" not in page
        assert "Topic, employer and text" not in page

    def test_lets_nobody_turn_the_direction_of_what_stands_there(self):
        self.reveal()
        answer = self.client.get(self.url)

        page = answer.content.decode()
        assert int(answer["Content-Length"]) == len(answer.content)
        assert "photogpj.exe and more سلام" in page
        assert not any(letter in page for letter in "\u202a\u202b\u202c\u202d\u202e\u2066\u2069")
