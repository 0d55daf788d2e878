"""What pages make of text that somebody else wrote and that is kept sealed."""

import pytest

from cases.models import Account
from tests.cases import lives
from tests.cases.factories import make_account, make_case
from tests.conftest import NOON

pytestmark = pytest.mark.django_db


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

    def page(self):
        return self.client.get(self.url).content.decode()

    def test_tells_what_is_sealed(self):
        page = self.page()

        assert "Reported as asked for money twice" in page
        assert "Shah &amp; Co" in page
        assert "meera@bank" not in page

    def test_does_without_it_once_the_person_is_erased(self):
        Account.objects.filter(pk=self.case.account.pk).update(wrapped_key=b"")

        page = self.page()

        assert "Reported" in page
        assert "asked for money twice" not in page

    def test_lets_nobody_turn_the_direction_of_what_stands_there(self):
        answer = self.client.get(self.url)

        page = answer.content.decode()
        assert int(answer["Content-Length"]) == len(answer.content)
        assert "photogpj.exe and more سلام" in page
        assert not any(letter in page for letter in "\u202a\u202b\u202c\u202d\u202e\u2066\u2069")
