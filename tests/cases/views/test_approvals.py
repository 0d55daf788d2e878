import pytest

from cases import claiming
from cases.models import Approval, Case, Decision, Note
from reviewapp.staff.roles import Role
from tests.cases.factories import clause, make_case
from tests.conftest import NOON
from tests.factories import create_user

pytestmark = pytest.mark.django_db


class TestAProposal:
    """Ada would ban an account under child safety. Lena may approve it; so may Max."""

    @pytest.fixture(autouse=True)
    def _proposed(self, ada, lena, signed_in):
        self.case = make_case(policy="CHILD_SAFETY")
        claiming.take(case=self.case, by=ada, now=NOON)
        self.ada, self.lena = signed_in(ada), signed_in(lena)
        self.answers = {
            "seen_version": self.case.version,
            "outcome": "VIOLATION",
            "clauses": [clause("CHILD_SAFETY").pk],
            "action": "PERMANENT_BAN",
            "rationale": "Contacts children they do not know.",
            "confidence": "HIGH",
        }
        self.url = f"/cases/{self.case.ref}/"
        answer = self.ada.post(f"{self.url}decision/", self.answers, follow=True)
        self.page = answer.content.decode()
        self.case.refresh_from_db()

    def approve(self, client, version=None):
        seen = self.case.version if version is None else version
        return client.post(f"{self.url}approval/", {"seen_version": seen}, follow=True)

    def test_is_said_to_wait_and_can_be_withdrawn_by_whoever_made_it(self):
        assert "waits for a second person: a rule it cites asks for it." in self.page
        assert not Decision.objects.exists()

        page = self.ada.post(f"{self.url}approval/withdrawal/", follow=True)

        assert "Filled in as you had proposed it before." in page.content.decode()
        form = page.context["decision"]["form"]
        assert form.is_valid(), form.errors
        assert form.cleaned_data["rationale"] == "Contacts children they do not know."

    def test_shows_the_second_person_the_case_and_all_that_would_follow(self):
        page = self.lena.get(self.url).content.decode()

        assert "Contacts children they do not know." in page
        assert "&quot;action&quot;: &quot;PERMANENT_BAN&quot;" in page
        assert "puts children at risk" in page
        assert "Why it is here" in page
        assert f'action="{self.url}approval/"' in page

    def test_shows_the_second_person_what_the_ladder_suggests_and_that_nothing_is_cited(self):
        page = self.lena.get(self.url).content.decode()

        assert "The ladder suggests a permanent ban" in page
        assert "first violation of Child safety in 365 days" in page
        assert "<dt>Cited</dt><dd>nothing</dd>" in page

    def test_offers_its_maker_no_answer(self):
        assert f'action="{self.url}approval/"' not in self.page
        assert f'action="{self.url}approval/return/"' not in self.page

    def test_is_shown_to_others_without_an_answer(self, omar, bo, signed_in):
        for reader in (omar, bo):
            page = signed_in(reader).get(self.url).content.decode()
            assert "Waits for a second person" in page
            assert f'action="{self.url}approval/"' not in page
            assert signed_in(reader).post(f"{self.url}approval/").status_code == 403

    def test_is_decided_when_it_is_approved(self, lena):
        page = self.approve(self.lena).content.decode()

        decision = Decision.objects.get(case=self.case)
        assert decision.approved_by == lena
        assert "Ada, approved by Lena" in page

    def test_is_looked_at_again_when_something_came_in_between(self):
        page = self.approve(self.lena, version=self.case.version - 1).content.decode()

        assert "Something arrived on this case" in page
        assert Approval.objects.waiting().exists()

    def test_is_answered_once(self, signed_in):
        max_ = create_user(name="Max", roles=[Role.LEAD])
        self.approve(self.lena)

        page = self.approve(signed_in(max_)).content.decode()

        assert "waits to be approved" in page

    def test_comes_back_with_words(self, ada):
        answer = self.lena.post(f"{self.url}approval/return/", {"words": "Cite more."}, follow=True)

        assert answer.redirect_chain[-1][0] == "/approvals/"
        assert Note.objects.get().text() == "Cite more."
        self.case.refresh_from_db()
        claiming.take(case=self.case, by=ada, now=NOON)
        assert "Lena sent it back" in self.ada.get(self.url).content.decode()

    def test_does_not_come_back_without_words_and_says_so_by_the_field(self):
        answer = self.lena.post(f"{self.url}approval/return/", {"words": " "})

        assert answer.status_code == 422
        assert "Say what should be different." in answer.content.decode()
        assert Case.objects.get(pk=self.case.pk).state == "AWAITING_APPROVAL"

    def test_stands_in_the_list_of_those_who_may_answer(self, bo, signed_in):
        page = self.lena.get("/approvals/").content.decode()

        assert self.case.ref in page
        assert "Violation · Permanent ban" in page
        assert '<a href="/approvals/"' in page
        assert signed_in(bo).get("/approvals/").status_code == 403
        assert '<a href="/approvals/"' not in self.page

    def test_leads_to_its_case_whoever_opens_its_address(self):
        assert self.lena.get(f"{self.url}approval/")["Location"] == self.url
