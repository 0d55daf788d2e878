from datetime import datetime, timedelta

import pytest

from cases import claiming
from cases.models import Decision
from reviewapp.ledger.models import LedgerEntry
from tests.cases import lives
from tests.cases.factories import (
    clause,
    make_account,
    make_case,
    make_detection,
    make_enforcement,
    make_evidence,
)
from tests.conftest import NOON

pytestmark = pytest.mark.django_db

ITEM = "0199a5c0-0000-8000-8000-000000000001"


class TestDeciding:
    """Ada holds a case on somebody who reads Portuguese. Bo does not hold it."""

    @pytest.fixture(autouse=True)
    def _held(self, ada, signed_in):
        self.case = make_case(account=make_account(locale="pt-BR"))
        claiming.take(case=self.case, by=ada, now=NOON)
        self.item = make_evidence(account=self.case.account, at=NOON - timedelta(hours=1))
        self.url = f"/cases/{self.case.ref}/decision/"
        self.ada = signed_in(ada)

    def answers(self, **changed):
        """A seven-day ban for bulk messaging, as the form sends it."""
        item = self.item
        answers = {
            "seen_version": self.case.version,
            "outcome": "VIOLATION",
            "clauses": [clause("BULK_MESSAGING").pk],
            "action": "TEMPORARY_BAN",
            "days": "7",
            "reason_shown": "Too many messages.",
            "rationale": "A burst to strangers.",
            "confidence": "HIGH",
            "evidence": [f"{item.source_id}:{item.id}:{item.occurred_at.isoformat()}"],
            "then": "stay",
        }
        return {name: value for name, value in (answers | changed).items() if value is not None}

    def test_makes_the_decision_that_was_typed(self, ada):
        answer = self.ada.post(self.url, self.answers(), follow=True)

        decision = Decision.objects.get(case=self.case)
        assert decision.decided_by == ada
        assert (decision.action, decision.until) == ("TEMPORARY_BAN", NOON + timedelta(days=7))
        assert [each.code for each in decision.clauses.all()] == ["BULK_MESSAGING"]
        assert decision.reason() == "Too many messages."
        assert decision.citations.get().evidence_id == self.item.id
        page = answer.content.decode()
        assert "Temporary ban for 7 days" in page
        assert "is decided: temporary ban for 7 days." in page

    def test_takes_the_next_case_when_asked_to(self):
        following = make_case()

        answer = self.ada.post(self.url, self.answers(then="next"))

        assert answer["Location"] == f"/cases/{following.ref}/"

    def test_goes_on_with_what_is_held_already_before_another_is_taken(self, ada):
        make_case()
        held = make_case()
        claiming.take(case=held, by=ada, now=NOON)

        answer = self.ada.post(self.url, self.answers(then="next"))

        assert answer["Location"] == f"/cases/{held.ref}/"

    def test_goes_home_when_nothing_is_next(self):
        answer = self.ada.post(self.url, self.answers(then="next"), follow=True)

        assert answer.redirect_chain[-1][0] == "/"
        assert "No case is waiting" in answer.content.decode()

    def test_ends_a_ban_on_the_day_that_was_named(self):
        self.ada.post(self.url, self.answers(days="date", ends_on="2026-04-01"))

        until = Decision.objects.get(case=self.case).until
        assert until == datetime.fromisoformat("2026-04-01T00:00:00Z")

    def test_tells_the_person_the_rules_own_words_when_nobody_wrote_others(self):
        self.ada.post(self.url, self.answers(reason_shown=" "))

        decision = Decision.objects.get(case=self.case)
        words = clause("BULK_MESSAGING").words["pt"]
        assert decision.reason() == words
        assert decision.notifications.get().text().count(words) == 1

    def test_leaves_out_what_the_page_hides_without_a_violation(self):
        self.ada.post(self.url, self.answers(outcome="NO_VIOLATION"))

        decision = Decision.objects.get(case=self.case)
        assert (decision.action, decision.clauses.count(), decision.reason()) == ("", 0, "")
        assert "<dt>Told</dt>" not in self.ada.get(f"/cases/{self.case.ref}/").content.decode()

    def test_can_lift_what_stands(self):
        make_enforcement(account=self.case.account, action="PERMANENT_BAN")

        page = self.ada.get(f"/cases/{self.case.ref}/").content.decode()
        self.ada.post(self.url, self.answers(outcome="NO_VIOLATION", lift="on"))

        assert "Lift what stands: Permanent ban" in page
        decision = Decision.objects.get(case=self.case)
        assert [each.action for each in decision.enforcements.all()] == ["LIFT"]

    @pytest.mark.parametrize(
        ("changed", "error"),
        [
            ({"outcome": ""}, "Choose an outcome."),
            ({"outcome": "GUILTY"}, "Select a valid choice."),
            ({"clauses": []}, "Name the rule that was violated."),
            ({"clauses": ["0"]}, "Select a valid choice."),
            ({"clauses": ["x"]}, "is not a valid value."),
            ({"action": "EXPLODE"}, "Select a valid choice."),
            ({"days": ""}, "Say when the temporary ban ends."),
            ({"days": "date"}, "Say on which day the ban ends."),
            ({"days": "date", "ends_on": "soon"}, "Enter a valid date."),
            ({"days": "date", "ends_on": "2026-03-01"}, "A temporary ban ends in the future."),
            ({"days": "date", "ends_on": "2030-03-01"}, "A temporary ban lasts at most 365 days."),
            ({"days": "date", "ends_on": "9999-12-31"}, "A temporary ban lasts at most 365 days."),
            ({"days": "date", "ends_on": "0001-01-01"}, "A temporary ban ends in the future."),
            ({"rationale": "  "}, "Say why, in a line, for colleagues."),
            ({"rationale": "x" * 5001}, "at most 5000 characters"),
            ({"rationale": "a\x00b"}, "Null characters are not allowed."),
            ({"confidence": ""}, "Say how sure you are."),
            ({"evidence": ["nonsense"]}, "That is not an item of evidence."),
            ({"evidence": ["1:2:3"]}, "That is not an item of evidence."),
            ({"evidence": [f"1:{ITEM}:0001-01-01T00:00:00+23:59"]}, "That is not an item"),
            ({"evidence": [f"1:{ITEM}:9999-12-31T23:59:59-23:59"]}, "That is not an item"),
            ({"evidence": [f"{2**70}:{ITEM}:2026-03-01T00:00:00Z"]}, "That is not an item"),
            ({"seen_version": "x"}, "Enter a whole number."),
        ],
    )  # fmt: skip
    def test_puts_what_is_wrong_beside_its_field_and_keeps_the_rest(self, changed, error):
        answer = self.ada.post(self.url, self.answers(**{"reason_shown": "Typed.", **changed}))

        page = answer.content.decode()
        assert answer.status_code == 422
        assert error in page or "seen_version" in changed
        assert "Typed.</textarea>" in page
        assert not Decision.objects.filter(case=self.case).exists()

    def test_refuses_evidence_of_another_account(self):
        other = make_evidence(account=make_account(), at=NOON)
        value = f"{other.source_id}:{other.id}:{other.occurred_at.isoformat()}"

        page = self.ada.post(self.url, self.answers(evidence=[value])).content.decode()

        assert "A cited item is not evidence of this account." in page

    def test_cites_a_run_by_its_first_and_its_last_item(self):
        lives.tell(lives.burst(self.case.account, people=30, begin=NOON - timedelta(days=1)))
        page = self.ada.get(f"/cases/{self.case.ref}/")
        [run] = [row for row in page.context["events"]["rows"] if row.headline]

        self.ada.post(self.url, self.answers(evidence=[run.value]))

        cited = Decision.objects.get(case=self.case).citations.order_by("occurred_at")
        assert [each.occurred_at for each in cited] == [
            NOON - timedelta(days=1),
            NOON - timedelta(days=1) + timedelta(seconds=58),
        ]


class TestALostRace:
    """Ada has the case open and has typed. Meanwhile something happens."""

    @pytest.fixture(autouse=True)
    def _open(self, ada, bo, signed_in):
        self.case = make_case()
        self.answers = {
            "seen_version": self.case.version,
            "outcome": "NO_VIOLATION",
            "rationale": "A family that writes a lot.",
            "confidence": "HIGH",
        }
        self.url = f"/cases/{self.case.ref}/decision/"
        self.ada, self.bo = signed_in(ada), signed_in(bo)

    def test_is_refused_politely_after_a_detection_came(self, ada):
        claiming.take(case=self.case, by=ada, now=NOON)
        make_detection(account=self.case.account, case=self.case, detector="late-news")
        self.case.version += 1
        self.case.save(update_fields=["version"])

        stale = self.ada.post(self.url, self.answers)

        page = stale.content.decode()
        assert stale.status_code == 409
        assert "Something arrived on this case while you were deciding." in page
        assert "A family that writes a lot.</textarea>" in page
        assert "late-news 1.0" in page
        # What was read is now the newest, so the same answer is taken.
        seen = page.partition('name="seen_version" value="')[2].partition('"')[0]
        again = self.ada.post(self.url, {**self.answers, "seen_version": seen})
        assert again.status_code == 302

    def test_is_refused_politely_after_somebody_else_took_it(self, ada, bo):
        claiming.take(case=self.case, by=ada, now=NOON - timedelta(hours=1))
        claiming.take(case=self.case, by=bo, now=NOON)

        lost = self.ada.post(self.url, self.answers)

        page = lost.content.decode()
        assert lost.status_code == 409
        assert "Bo holds" in page
        assert "A family that writes a lot.</textarea>" in page
        assert not Decision.objects.filter(case=self.case).exists()

    def test_is_refused_politely_after_somebody_else_decided(self, ada, bo):
        claiming.take(case=self.case, by=bo, now=NOON)
        self.bo.post(self.url, self.answers)

        late = self.ada.post(self.url, self.answers)

        page = late.content.decode()
        assert late.status_code == 409
        assert "was decided meanwhile" in page
        assert "What you had typed" in page
        assert Decision.objects.filter(case=self.case).count() == 1

    def test_is_no_race_when_the_lease_ran_out_and_nobody_came(self, ada):
        claiming.take(case=self.case, by=ada, now=NOON - timedelta(hours=1))
        claiming.lapse(now=NOON)

        assert self.ada.post(self.url, self.answers).status_code == 302

    def test_is_not_open_to_who_only_reads(self, omar, signed_in):
        assert signed_in(omar).post(self.url, self.answers).status_code == 403


class TestADecidedCase:
    """Bo has decided; the platform has not answered yet."""

    @pytest.fixture(autouse=True)
    def _decided(self, bo, signed_in):
        self.case = make_case()
        claiming.take(case=self.case, by=bo, now=NOON)
        self.url = f"/cases/{self.case.ref}/decision/"
        signed_in(bo).post(
            self.url,
            {
                "seen_version": self.case.version,
                "outcome": "VIOLATION",
                "clauses": [clause("BULK_MESSAGING").pk],
                "action": "WARN",
                "rationale": "Clear.",
                "confidence": "MEDIUM",
            },
        )

    def test_shows_what_was_decided_and_how_far_it_got(self, signed_in, omar):
        page = signed_in(omar).get(f"/cases/{self.case.ref}/").content.decode()

        assert "Violation · Warning" in page
        assert "Requested" in page
        assert "Clear." in page
        assert 'id="decision"' not in page

    def test_leads_to_its_case_whoever_opens_its_address(self, signed_in, omar):
        open_case = make_case()

        for case in (self.case, open_case):
            answer = signed_in(omar).get(f"/cases/{case.ref}/decision/")
            assert (answer.status_code, answer["Location"]) == (302, f"/cases/{case.ref}/")

    def test_stands_in_the_handling_of_the_account(self, signed_in, omar):
        page = signed_in(omar).get(f"/accounts/{self.case.account.ref}/").content.decode()

        assert LedgerEntry.objects.filter(kind="decision.made").count() == 1
        assert "Decision made · Violation · Warning" in page
        assert "Warning · Bulk messaging" in page
