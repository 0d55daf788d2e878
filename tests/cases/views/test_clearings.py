from datetime import timedelta

import pytest
import time_machine

from cases import claiming, clearing, deciding
from cases.enums import Outcome
from cases.models import Case, Clearing, Decision
from reviewapp.ledger.models import LedgerEntry
from tests.cases.factories import make_account, make_case, make_detection, verdict
from tests.conftest import NOON

pytestmark = pytest.mark.django_db

UNTIL = NOON + timedelta(days=30)
REASON = "A tiffin service; its customers write first."


def dismiss(case: Case, by, **changed) -> Decision:
    claiming.take(case=case, by=by, now=NOON)
    harmless = {"outcome": Outcome.NO_VIOLATION, "action": "", "clauses": [], "reason": ""}
    return deciding.decide(case=case, by=by, at=NOON, **verdict(case, **harmless | changed))


def terms(**changed):
    return {
        "family": "BULK",
        "until": "2026-04-09",
        "margin": "0.15",
        "reason": REASON,
        "seen_at": NOON.isoformat(),
    } | changed


class TestADecidedCase:
    """Ada found that a busy sender had done nothing wrong, seen at 0.70 and 38 messages in 15 s."""

    @pytest.fixture(autouse=True)
    def _decided(self, ada):
        self.case = make_case()
        dismiss(self.case, ada)
        self.page = f"/cases/{self.case.ref}/"
        self.url = f"{self.page}clearing/"

    def test_says_what_was_seen_and_from_where_on_it_comes_back(self, signed_in, ada):
        page = signed_in(ada).get(self.page).content.decode()

        assert "Keep it from coming back" in page
        assert "&gt; 0.85" in page
        assert "Messages in the busiest 15 s" in page
        assert "&gt; 43.7" in page

    def test_is_where_the_account_is_cleared(self, signed_in, ada):
        page = signed_in(ada).post(self.url, terms(), follow=True).content.decode()

        made = Clearing.objects.get()
        assert (made.family, made.margin, made.made_by) == ("BULK", 0.15, ada)
        assert made.until.isoformat() == "2026-04-09T00:00:00+00:00"
        assert f"/clearings/{made.pk}/" in page
        assert page.count("Cleared · Bulk until 9 Apr 2026") == 2
        assert REASON in page
        assert LedgerEntry.objects.filter(kind="account.cleared").exists()

    @pytest.mark.parametrize(
        ("changed", "error"),
        [
            ({"reason": " "}, "Say why, for whoever meets this account next."),
            ({"until": "2026-03-09"}, "It ends in the future."),
            ({"until": "2028-03-09"}, "It lasts at most 365 days."),
            ({"family": "DECEPTION"}, "Select a valid choice."),
            ({"margin": "9"}, "Select a valid choice."),
            ({"seen_at": "then"}, "Look at this page again first."),
        ],
    )
    def test_keeps_what_was_typed_when_terms_are_refused(self, signed_in, ada, changed, error):
        answer = signed_in(ada).post(self.url, terms(**changed))

        assert answer.status_code == 422
        assert error in answer.content.decode()
        assert changed.get("reason", REASON) in answer.content.decode()
        assert not Clearing.objects.exists()

    def test_clears_nobody_of_whom_a_case_is_open(self, signed_in, ada):
        other = make_case(account=self.case.account)

        answer = signed_in(ada).post(self.url, terms())

        assert answer.status_code == 409
        assert f"{other.ref} is open on this account: decide it first." in answer.content.decode()

    def test_offers_nothing_to_who_only_reads(self, signed_in, omar):
        client = signed_in(omar)

        assert "Keep it from coming back" not in client.get(self.page).content.decode()
        assert client.post(self.url, terms()).status_code == 403

    def test_offers_nothing_after_a_violation(self, signed_in, ada):
        case = make_case()
        claiming.take(case=case, by=ada, now=NOON)
        deciding.decide(case=case, by=ada, at=NOON, **verdict(case))

        page = signed_in(ada).get(f"/cases/{case.ref}/").content.decode()

        assert "Keep it from coming back" not in page


class TestDeciding:
    """Ada holds a case of a busy sender, and clears the account as she decides it."""

    @pytest.fixture(autouse=True)
    def _held(self, ada, signed_in):
        self.case = make_case()
        claiming.take(case=self.case, by=ada, now=NOON)
        self.client = signed_in(ada)
        self.url = f"/cases/{self.case.ref}/"

    def decide(self, **changed):
        typed = {
            "seen_version": self.case.version,
            "outcome": "NO_VIOLATION",
            "rationale": REASON,
            "confidence": "HIGH",
            "clears_family": "BULK",
            "clears_until": "2026-04-09",
            "clears_margin": "0.15",
        }
        return self.client.post(f"{self.url}decision/", typed | changed)

    def test_clears_it_with_the_decision(self):
        assert self.decide().status_code == 302

        made = Clearing.objects.select_related("account").get()
        assert (made.decision, made.family, made.margin) == (Decision.objects.get(), "BULK", 0.15)
        assert made.reason() == REASON

    def test_clears_nothing_that_is_not_asked_for(self):
        self.decide(clears_family="")

        assert Decision.objects.exists()
        assert not Clearing.objects.exists()

    def test_clears_nobody_of_what_is_found_a_violation(self):
        clauses = [each.pk for each in deciding.PolicyClause.objects.filter(code="BULK_MESSAGING")]
        answer = self.decide(outcome="VIOLATION", clauses=clauses)

        assert answer.status_code == 302
        assert not Clearing.objects.exists()

    @pytest.mark.parametrize(
        ("changed", "error"),
        [
            ({"clears_until": ""}, "Say until when it is cleared."),
            ({"clears_until": "2026-03-10"}, "It ends in the future."),
            ({"clears_family": "DECEPTION"}, "No detection of these rules is there to be cleared."),
        ],
    )
    def test_decides_nothing_when_the_terms_are_refused(self, changed, error):
        answer = self.decide(**changed)

        assert answer.status_code == 422
        assert error in answer.content.decode()
        assert not Decision.objects.exists()

    def test_ends_what_it_cleared_when_it_is_withdrawn(self, settings):
        settings.UNDO_SECONDS = 30
        self.decide()

        self.client.post(f"{self.url}withdrawal/")

        assert Clearing.objects.exists()
        assert not Clearing.objects.standing(at=NOON).exists()


class TestAClearing:
    """Ada cleared an account of the bulk rules until 9 April; a detection was kept back since."""

    @pytest.fixture(autouse=True)
    def _cleared(self, ada):
        self.account = make_account()
        dismiss(make_case(account=self.account), ada)
        self.cleared = clearing.clear(
            account=self.account,
            terms=clearing.Terms("BULK", UNTIL, 0.15, REASON),
            by=ada,
            at=NOON,
            seen_at=NOON,
        )
        make_detection(account=self.account, clearing=self.cleared, detector="kept-back")
        self.url = f"/clearings/{self.cleared.pk}/"

    def test_tells_its_terms_and_what_it_kept_back(self, signed_in, omar):
        page = signed_in(omar).get(self.url).content.decode()

        assert "Cleared · Bulk" in page
        assert "&gt; 0.85" in page
        assert REASON in page
        assert "kept-back 1.0" in page
        assert "End it now" not in page

    def test_stands_on_the_account_page_with_what_it_kept_back(self, signed_in, omar):
        page = signed_in(omar).get(f"/accounts/{self.account.ref}/").content.decode()

        assert "Cleared · Bulk until 9 Apr 2026" in page
        assert "held back: cleared by Ada until 9 Apr 2026" in page

    def test_is_ended_with_a_reason(self, signed_in, bo):
        signed_in(bo).post(f"{self.url}revocation/", {"reason": "It sends for others now."})

        self.cleared.refresh_from_db()
        assert self.cleared.revoked_by == bo
        assert self.cleared.revocation() == "It sends for others now."
        page = signed_in(bo).get(f"/accounts/{self.account.ref}/").content.decode()
        assert "ended by Bo" in page
        assert "It sends for others now." in page

    def test_is_not_ended_without_one(self, signed_in, bo):
        answer = signed_in(bo).post(f"{self.url}revocation/", {"reason": " "})

        assert answer.status_code == 422
        assert "Say why, for whoever meets this account next." in answer.content.decode()
        assert Clearing.objects.standing(at=NOON).exists()

    def test_says_that_it_is_over_already(self, signed_in, bo, ada):
        clearing.revoke(clearing=self.cleared, by=ada, at=NOON, reason="Closed.")

        answer = signed_in(bo).post(f"{self.url}revocation/", {"reason": "Me too."})

        assert answer.status_code == 409
        assert "This clearing is over already." in answer.content.decode()

    def test_is_in_the_list_until_it_ends(self, signed_in, omar):
        def lists(query=""):
            client = signed_in(omar)
            return self.account.ref in client.get(f"/clearings/{query}").content.decode()

        assert lists()
        assert lists("?family=BULK")
        assert not lists("?family=DECEPTION")
        assert not lists("?family=PROTECTED")
        assert not lists("?soon=1")
        with time_machine.travel(UNTIL - timedelta(days=6)):
            assert lists("?soon=1")
        with time_machine.travel(UNTIL):
            assert not lists()


class TestProtecting:
    """An emergency service that nobody has detected yet."""

    @pytest.fixture(autouse=True)
    def _account(self):
        self.account = make_account()
        self.page = f"/accounts/{self.account.ref}/"
        self.url = f"{self.page}protection/"

    def test_is_a_leads(self, signed_in, lena):
        page = signed_in(lena).post(self.url, terms(), follow=True).content.decode()

        made = Clearing.objects.get()
        assert (made.is_protection, made.cleared_score, made.made_by) == (True, None, lena)
        assert "Protected until 9 Apr 2026" in page
        detail = signed_in(lena).get(f"/clearings/{made.pk}/").content.decode()
        assert "nothing that detectors find opens a case until it ends" in detail

    def test_keeps_what_was_typed_when_it_is_refused(self, signed_in, lena):
        answer = signed_in(lena).post(self.url, terms(until="2026-03-01"))

        assert answer.status_code == 422
        assert "It ends in the future." in answer.content.decode()
        assert REASON in answer.content.decode()

    def test_is_not_an_analysts_to_give_or_to_end(self, signed_in, ada, lena):
        client = signed_in(ada)
        assert "Protect this account" not in client.get(self.page).content.decode()
        assert client.post(self.url, terms()).status_code == 403
        signed_in(lena).post(self.url, terms())
        made = Clearing.objects.get()
        client = signed_in(ada)

        assert "End it now" not in client.get(f"/clearings/{made.pk}/").content.decode()
        refused = client.post(f"/clearings/{made.pk}/revocation/", {"reason": "No."})
        assert refused.status_code == 409
        assert "only a lead takes that away" in refused.content.decode()
