import pytest

from appeals.reasoning import reasons_of
from cases import claiming, deciding
from cases.enums import Action, Maker
from tests.cases.factories import (
    NOON,
    clause,
    identity,
    make_case,
    make_detection,
    make_enforcement,
    make_evidence,
    verdict,
)

pytestmark = pytest.mark.django_db


class TestTheReasonsOfARestriction:
    """Ada bans somebody for bulk messaging, which a detector of messaging found."""

    @pytest.fixture
    def case(self, ada):
        case = make_case(detections=1)
        claiming.take(case=case, by=ada, now=NOON)
        return case

    def decide(self, case, by, **changed):
        changed = {"action": Action.PERMANENT_BAN, **changed}
        return deciding.decide(case=case, by=by, at=NOON, **verdict(case, **changed))

    def test_are_what_was_decided_by_which_rule_and_how(self, case, ada):
        enforcement = self.decide(case, ada).enforcements.get()

        reasons = reasons_of(enforcement, language="pt")

        assert (reasons.action, reasons.until, reasons.decided_at) == ("PERMANENT_BAN", None, NOON)
        assert reasons.maker == Maker.PARTIALLY_AUTOMATED
        assert reasons.rules == [clause("BULK_MESSAGING").words_for("pt")]
        assert reasons.reason == "You wrote to many people who do not know you."
        assert reasons.stages == {"MESSAGING"}

    def test_say_nothing_twice(self, case, ada):
        rule = clause("BULK_MESSAGING").words_for("hi")
        enforcement = self.decide(case, ada, reason=rule).enforcements.get()

        assert reasons_of(enforcement, language="hi").reason == ""

    def test_count_what_is_cited(self, ada):
        case = make_case(detections=0)
        claiming.take(case=case, by=ada, now=NOON)
        item = make_evidence(account=case.account)
        enforcement = self.decide(case, ada, cited=[identity(item)]).enforcements.get()

        reasons = reasons_of(enforcement, language="en")

        assert (reasons.stages, reasons.maker) == ({"MESSAGING"}, Maker.ANALYST)

    def test_leave_out_what_was_not_borne_out(self, case, ada):
        make_detection(account=case.account, case=case, policy="PHISHING_LINK", detector="links")
        case.refresh_from_db()
        enforcement = self.decide(case, ada).enforcements.get()

        assert reasons_of(enforcement, language="en").stages == {"MESSAGING"}

    def test_are_told_of_what_automation_did_by_itself(self):
        enforcement = make_enforcement(account=make_case().account)
        make_detection(
            account=enforcement.account, verdict="ENFORCED", decision=enforcement.decision
        )

        reasons = reasons_of(enforcement, language="en")

        assert reasons.maker == Maker.AUTOMATED
        assert reasons.stages == {"MESSAGING"}
        assert reasons.rules == []
