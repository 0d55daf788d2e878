"""Handing over, setting aside, waking and merging, at once with what else may come."""

from collections import Counter
from datetime import timedelta

import pytest
from django.utils import timezone

from cases import (
    asking,
    claiming,
    deciding,
    escalating,
    handing,
    merging,
    waking,
)
from cases.models import Case, Claim, Note
from reviewapp.ledger.models import LedgerEntry
from tests.cases.factories import NOON, make_account, make_case, verdict
from tests.cases.sending import a_detection, an_item
from tests.races.test_cases import at_once, make_analysts
from tests.races.test_intake import secret_of, sending

pytestmark = pytest.mark.django_db(transaction=True)


class TestTheHolderAtOnce:
    """Ada holds cases, and does two or three things with each at the same time."""

    def test_hands_over_or_decides_and_never_both(self):
        ada, bo = make_analysts(2)
        for _ in range(6):
            case = make_case()
            claiming.take(case=case, by=ada, now=NOON)
            later = NOON + timedelta(minutes=case.queue.lease_minutes)

            at_once(
                lambda c=case: handing.hand_over(case=c, by=ada, to=bo, words="Yours.", at=NOON),
                lambda c=case: deciding.decide(case=c, by=ada, at=NOON, **verdict(c)),
                lambda at=later: claiming.lapse(now=at),
            )

            case.refresh_from_db()
            decided, handed = case.decisions.count(), case.notes.filter(kind="HAND_OVER").count()
            assert decided + handed == 1
            assert (case.reserved_for == bo) == bool(handed)
            last = case.claims.order_by("-taken_at", "-id")[0]
            assert last.ending == ("HANDED_OVER" if handed else "DECIDED")

    def test_sets_aside_escalates_or_gives_back_and_only_one_of_them(self):
        [ada] = make_analysts(1)
        for _ in range(6):
            case = make_case()
            claiming.take(case=case, by=ada, now=NOON)

            at_once(
                lambda c=case: asking.ask(
                    case=c, by=ada, question="Who?", wakes_at=NOON + timedelta(days=1), at=NOON
                ),
                lambda c=case: escalating.escalate(case=c, by=ada, words="Up.", at=NOON),
                lambda c=case: claiming.give_back(case=c, by=ada, reason="OTHER", now=NOON),
            )

            case.refresh_from_db()
            ended = {"SET_ASIDE": "AWAITING_INFO", "ESCALATED": "ESCALATED", "GIVEN_BACK": "OPEN"}
            assert ended[case.claims.get().ending] == case.state
            assert case.notes.count() == (case.state != "OPEN")


class TestACaseThatWaits:
    """Its date has come as well as something new, and who asked wants it back."""

    def test_is_brought_back_once_and_taken_once(self):
        ada, bo = make_analysts(2)
        secret = secret_of("spam-models")
        for number in range(6):
            account = make_account(external_id=f"wa-{number}")
            case = make_case(account=account, detections=0)
            now = timezone.now()
            claiming.take(case=case, by=ada, now=now)
            soon = now + timedelta(seconds=1)
            asking.ask(case=case, by=ada, question="Who?", wakes_at=soon, at=now)
            item = an_item(id=f"i{number}", account=account.external_id)
            found = a_detection(id=f"d{number}", account=account.external_id)

            at_once(
                lambda at=soon: waking.wake_due(now=at),
                sending(secret, "evidence", item),
                sending(secret, "detections", found),
                lambda c=case, at=soon: claiming.take(case=c, by=ada, now=at),
                lambda at=soon: claiming.take_next(by=bo, now=at),
            )

            case.refresh_from_db()
            assert case.state == "OPEN"
            woken = LedgerEntry.objects.filter(kind="case.woken", case_ref=case.ref)
            assert woken.count() == 1
            assert [claim.analyst for claim in Claim.objects.unreleased()] == [ada]
            assert case.reserved_for is None
            claiming.end(Claim.objects.unreleased().get(), "SET_ASIDE", at=soon)
            Case.objects.filter(pk=case.pk).update(reserved_for=ada, reserved_why="ASKED")

    def test_reserved_for_one_person_is_taken_by_them_alone(self):
        ada, bo, *others = make_analysts(5)
        cases = [make_case() for _ in range(3)]
        for case in cases:
            claiming.take(case=case, by=ada, now=NOON)
            handing.hand_over(case=case, by=ada, to=bo, words="Yours.", at=NOON)

        at_once(*(lambda a=a: claiming.take_next(by=a, now=NOON) for a in [bo, bo, *others]))

        taken = Counter(claim.analyst for claim in Claim.objects.unreleased())
        assert taken == {bo: 2}


class TestMergesAtOnce:
    def test_across_each_other_leave_one_of_the_two(self):
        [ada] = make_analysts(1)
        for _ in range(8):
            one, other = make_case(), make_case()
            claiming.take(case=one, by=ada, now=NOON)
            claiming.take(case=other, by=ada, now=NOON)

            results = at_once(
                lambda a=one, b=other: merging.merge(case=a, into=b, by=ada, words="", at=NOON),
                lambda a=one, b=other: merging.merge(case=b, into=a, by=ada, words="", at=NOON),
            )

            assert results.count(None) == 1
            states = Counter(
                Case.objects.filter(pk__in=[one.pk, other.pk]).values_list("state", flat=True)
            )
            assert states == {"OPEN": 1, "MERGED": 1}
            Claim.objects.unreleased().update(released_at=NOON, ending="SET_ASIDE")

    def test_of_one_case_into_two_keep_to_the_first(self):
        ada, bo = make_analysts(2)
        for _ in range(4):
            wanted, one, other = make_case(), make_case(), make_case()
            claiming.take(case=one, by=ada, now=NOON)
            claiming.take(case=other, by=bo, now=NOON)

            results = at_once(
                lambda c=wanted, i=one: merging.merge(case=c, into=i, by=ada, words="", at=NOON),
                lambda c=wanted, i=other: merging.merge(case=c, into=i, by=bo, words="", at=NOON),
                lambda c=wanted: claiming.take(case=c, by=bo, now=NOON),
            )

            wanted.refresh_from_db()
            merged = results[:2].count(None)
            assert merged == (wanted.state == "MERGED")
            assert not Claim.objects.unreleased().filter(case=wanted, case__state="MERGED").exists()
            assert Note.objects.filter(case=wanted, kind="MERGE").count() == merged
            Claim.objects.unreleased().update(released_at=NOON, ending="SET_ASIDE")

    def test_and_decisions_settle_who_was_first(self):
        [ada] = make_analysts(1)
        for _ in range(6):
            other, into = make_case(), make_case()
            claiming.take(case=into, by=ada, now=NOON)
            claiming.take(case=other, by=ada, now=NOON)

            at_once(
                lambda c=other, i=into: merging.merge(case=c, into=i, by=ada, words="", at=NOON),
                lambda c=other: deciding.decide(case=c, by=ada, at=NOON, **verdict(c)),
                lambda i=into: deciding.decide(case=i, by=ada, at=NOON, **verdict(i)),
            )

            other.refresh_from_db()
            into.refresh_from_db()
            assert (other.state == "MERGED") == (other.merged_into == into)
            if other.state == "DECIDED":
                assert other.decisions.count() == 1
            Claim.objects.unreleased().update(released_at=NOON, ending="SET_ASIDE")

    def test_and_taking_apart_leave_a_case_or_a_merged_one(self):
        [ada] = make_analysts(1)
        for _ in range(6):
            other, into = make_case(), make_case()
            claiming.take(case=into, by=ada, now=NOON)
            merging.merge(case=other, into=into, by=ada, words="", at=NOON)
            for case in (other, into):
                case.refresh_from_db()

            at_once(
                lambda c=other: merging.take_apart(case=c, by=ada, at=NOON),
                lambda i=into: deciding.decide(case=i, by=ada, at=NOON, **verdict(i)),
            )

            other.refresh_from_db()
            into.refresh_from_db()
            # Whichever came first changed what the other had to have seen.
            assert (other.state, into.state) in {("OPEN", "OPEN"), ("MERGED", "DECIDED")}
            Claim.objects.unreleased().update(released_at=NOON, ending="SET_ASIDE")
