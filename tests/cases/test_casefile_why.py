from datetime import timedelta

import pytest

from cases.casefile import Address
from cases.casefile.why import why_here
from cases.models import AgreementCount, Clearing, Detector
from tests.cases.factories import make_account, make_case, make_detection, make_enforcement
from tests.conftest import NOON

pytestmark = pytest.mark.django_db


def why(case, account=None):
    return why_here(account or case.account, case=case, address=Address("/cases/C-1/"))


class TestTheReasonsOfACase:
    @pytest.fixture(autouse=True)
    def _case(self):
        self.account = make_account()
        self.case = make_case(account=self.account, detector="message-burst", at=NOON)

    def fires(self, detector, *, minutes, score=0.7, case=True, **fields):
        return make_detection(
            account=self.account,
            case=self.case if case else None,
            detector=detector,
            score=score,
            at=NOON + timedelta(minutes=minutes),
            **fields,
        )

    def test_are_told_the_newest_first(self):
        self.fires("report-rate", minutes=9, score=0.3)
        self.fires("group-adds", minutes=4, score=0.5)

        assert [each.detector for each in why(self.case).detections] == [
            "report-rate",
            "group-adds",
            "message-burst",
        ]

    def test_name_a_version_once_and_each_time_that_it_fired(self):
        for minutes in (1, 2, 3):
            self.fires("message-burst", minutes=minutes, score=minutes / 10)

        [told] = why(self.case).detections

        assert told.score == "0.30"
        assert told.repeats == "Fired 3 times before, at 0.10 to 0.70"
        assert [fired.score for fired in told.repeated] == ["0.20", "0.10", "0.70"]

    def test_stand_apart_from_those_of_an_earlier_case(self):
        self.fires("network-age", minutes=-60, case=False)

        found = why(self.case)

        assert [each.detector for each in found.detections] == ["message-burst"]
        assert [each.detector for each in found.others] == ["network-age"]

    def test_are_all_there_is_on_the_page_of_the_account(self):
        self.fires("network-age", minutes=-60, case=False)

        assert len(why(None, self.account).detections) == 2

    def test_lead_to_their_moment_on_the_timeline(self):
        [told] = why(self.case).detections

        assert "at=2026-03-10T12%3A00%3A00Z" in told.moment_url

    def test_tell_the_record_of_their_version_with_people(self):
        AgreementCount.objects.create(
            detector=Detector.objects.get(name="message-burst"),
            version="1.0",
            agreed=412,
            decided=506,
        )

        [told] = why(self.case).detections

        assert (told.record.percent, told.record.low, told.record.high) == (81, 78, 85)


class TestDetectorsThatDisagree:
    @pytest.fixture(autouse=True)
    def _case(self):
        self.account = make_account()
        self.case = make_case(account=self.account, detector="message-burst")

    def sides(self):
        found = why(self.case)
        return [each.detector for each in found.sure], [each.detector for each in found.doubtful]

    def test_stand_side_by_side(self):
        make_detection(account=self.account, case=self.case, detector="network", score=0.2)
        make_detection(account=self.account, case=self.case, detector="report-rate", score=0.9)

        assert self.sides() == (["report-rate", "message-burst"], ["network"])

    @pytest.mark.parametrize("score", [0.4, 0.5, 0.95])
    def test_do_not_where_nobody_doubts(self, score):
        make_detection(account=self.account, case=self.case, detector="network", score=score)

        assert self.sides() == ([], [])

    def test_do_where_one_acted_alone_and_another_only_asks(self):
        make_detection(account=self.account, case=self.case, detector="network", score=0.5)
        decision = make_enforcement(account=self.account).decision
        make_detection(
            account=self.account,
            detector="certain",
            score=0.99,
            verdict="ENFORCED",
            decision=decision,
        )

        assert self.sides() == (["certain", "message-burst"], ["network"])


class TestADetectionThatAClearingHeldBack:
    def test_is_shown_as_such_and_apart(self, lena):
        account = make_account()
        case = make_case(account=account, detector="message-burst")
        clearing = Clearing.objects.create(
            account=account,
            family="BULK",
            until=NOON + timedelta(days=90),
            margin=0.2,
            reason_sealed=account.seal("A pharmacy.", context="clearing.reason"),
            made_by=lena,
            made_at=NOON,
        )
        make_detection(account=account, detector="message-burst", clearing=clearing)

        found = why(case)

        [told] = [each for each in found.others if each.held_back]
        assert told.held_back == "held back: cleared by Lena until 8 Jun 2026"
        assert all(not each.held_back for each in found.detections)
