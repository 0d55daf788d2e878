import pytest

from cases import claiming
from cases.models import Preferences
from tests.cases.factories import make_case
from tests.conftest import NOON

pytestmark = pytest.mark.django_db


class TestPreferences:
    """Ada's own."""

    @pytest.fixture(autouse=True)
    def _ada(self, signed_in, ada):
        self.ada, self.client = ada, signed_in(ada)

    def keep(self, **typed):
        return self.client.post("/preferences/", typed)

    def test_keep_the_next_case_from_being_one_of_a_rule_she_does_not_want(self):
        make_case(policy="BULK_MESSAGING")
        other = make_case(policy="PHISHING_LINK")

        self.keep(opted_out=["BULK_MESSAGING"])

        assert Preferences.objects.get().opted_out == ["BULK_MESSAGING"]
        assert claiming.take_next(by=self.ada, now=NOON).case == other

    def test_remind_her_of_a_break_on_every_page(self):
        assert "data-break-after" not in self.client.get("/").content.decode()

        self.keep(break_after="50")

        assert 'data-break-after="50"' in self.client.get("/").content.decode()

    def test_are_nobody_elses(self, signed_in, lena):
        self.keep(break_after="50", opted_out=["BULK_MESSAGING"])

        page = signed_in(lena).get("/preferences/").content.decode()
        assert "data-break-after" not in page
        assert "checked" not in page.partition("<main")[2].partition("</main>")[0]

    @pytest.mark.parametrize(
        ("typed", "error"),
        [
            ({"break_after": "5"}, "greater than or equal to 10"),
            ({"break_after": "soon"}, "Enter a whole number."),
            ({"opted_out": ["NO_SUCH_RULE"]}, "Select a valid choice."),
        ],
    )
    def test_stay_as_they_were_when_something_is_wrong(self, typed, error):
        answer = self.keep(**typed)

        assert answer.status_code == 422
        assert error in answer.content.decode()
        assert not Preferences.objects.exists()

    def test_offer_no_rules_to_who_works_no_cases(self, signed_in, omar):
        page = signed_in(omar).get("/preferences/").content.decode()

        assert "Not for me" not in page
        assert "Minutes of work" in page
