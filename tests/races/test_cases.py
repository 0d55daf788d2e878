"""Two people, or two workers, at once: real threads on real connections."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from cases import claiming, clearing, deciding, enforcing
from cases.enums import Action, Stage, Verdict
from cases.intake import SentDetection, receive_detections
from cases.models import AgreementCount, Case, Claim, Clearing, Decision, Enforcement
from cases.platform import FakePlatform
from reviewapp.kernel.refusals import Refused
from reviewapp.staff.models import User
from tests.cases.factories import (
    NOON,
    make_account,
    make_case,
    make_enforcement,
    make_source,
    verdict,
)

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Run `calls` in threads that start together; what each returned, or how it was refused."""
    barrier = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        try:
            barrier.wait()
            return call()
        except Refused as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def make_analysts(count: int) -> list[User]:
    return [
        User.objects.create_user(
            f"analyst{n}@example.org", None, name=f"Analyst {n}", roles=["ANALYST"]
        )
        for n in range(count)
    ]


class TestTwoPeopleAtOnce:
    def test_never_take_the_same_case(self):
        for _ in range(20):
            make_case()
        analysts = make_analysts(6)

        def take_three(analyst: User) -> list[Claim]:
            return [claiming.take_next(by=analyst, now=NOON) for _ in range(3)]

        taken = at_once(*(lambda a=a: take_three(a) for a in analysts))

        cases = Counter(claim.case_id for claims in taken for claim in claims)
        assert len(cases) == 18
        assert set(cases.values()) == {1}

    def test_never_hold_more_than_one_person_may(self):
        """One person, in as many windows, by either way to take."""
        cases = [make_case() for _ in range(16)]
        [ada] = make_analysts(1)
        last = claiming.HELD_AT_MOST - 1
        for case in cases[:last]:
            claiming.take(case=case, by=ada, now=NOON)

        results = at_once(
            *(lambda: claiming.take_next(by=ada, now=NOON) for _ in range(4)),
            *(lambda c=c: claiming.take(case=c, by=ada, now=NOON) for c in cases[-4:]),
        )

        assert Claim.objects.held(now=NOON).by(ada).count() == claiming.HELD_AT_MOST
        assert Counter(type(each) for each in results) == {Claim: 1, claiming.HoldsEnough: 7}

    def test_never_take_over_the_same_lapsed_case(self):
        case = make_case()
        first, *others = make_analysts(5)
        claiming.take(case=case, by=first, now=NOON)
        later = NOON + timedelta(hours=2)

        results = at_once(*(lambda a=a: claiming.take(case=case, by=a, now=later) for a in others))

        assert sum(isinstance(result, Claim) for result in results) == 1
        assert Claim.objects.unreleased().count() == 1

    def test_decide_once_when_a_button_is_pressed_twice(self):
        case = make_case(detections=3)
        [ada] = make_analysts(1)
        claiming.take(case=case, by=ada, now=NOON)

        results = at_once(
            *(
                lambda: deciding.decide(case=case, by=ada, at=NOON, **verdict(case))
                for _ in range(4)
            )
        )

        assert sum(isinstance(result, Decision) for result in results) == 1
        assert sum(isinstance(result, deciding.AlreadyDecided) for result in results) == 3
        assert Enforcement.objects.count() == 1
        assert AgreementCount.objects.get().decided == 3

    def test_release_a_claim_once(self):
        case = make_case()
        [ada] = make_analysts(1)
        claiming.take(case=case, by=ada, now=NOON)

        results = at_once(
            *(
                lambda: claiming.give_back(case=case, by=ada, reason="OTHER", now=NOON)
                for _ in range(6)
            )
        )

        assert sum(isinstance(result, claiming.NoLongerYours) for result in results) == 5

    def test_settle_who_was_first_when_one_decides_and_gives_back_at_once(self):
        [ada] = make_analysts(1)
        for _ in range(8):
            case = make_case()
            claiming.take(case=case, by=ada, now=NOON)

            at_once(
                lambda c=case: deciding.decide(case=c, by=ada, at=NOON, **verdict(c)),
                lambda c=case: claiming.give_back(case=c, by=ada, reason="OTHER", now=NOON),
                lambda c=case: claiming.renew(case=c, by=ada, now=NOON),
            )

            ended = case.claims.get().ending
            assert ended == ("DECIDED" if case.decisions.exists() else "GIVEN_BACK")

    def test_decide_different_cases_of_the_same_detectors_without_a_deadlock(self):
        analysts = make_analysts(6)
        cases = [make_case(detections=2) for _ in analysts]
        for case, analyst in zip(cases, analysts, strict=True):
            claiming.take(case=case, by=analyst, now=NOON)

        results = at_once(
            *(
                lambda c=case, a=analyst: deciding.decide(case=c, by=a, at=NOON, **verdict(c))
                for case, analyst in zip(cases, analysts, strict=True)
            )
        )

        assert all(isinstance(result, Decision) for result in results)
        assert AgreementCount.objects.get().decided == 12
        assert not Case.objects.open().exists()


class TestTwoWorkersAtOnce:
    def test_deliver_each_enforcement_once_and_each_account_in_order(self):
        platform = FakePlatform()
        accounts = [make_account() for _ in range(5)]
        for account in accounts:
            for _ in range(4):
                make_enforcement(account=account, action=Action.WARN, state="REQUESTED")

        at_once(
            *(
                lambda: enforcing.deliver_due(platform=platform, clock=lambda: NOON)
                for _ in range(4)
            )
        )

        assert set(platform.calls.values()) == {1}
        assert len(platform.calls) == 20
        assert set(Enforcement.objects.values_list("state", flat=True)) == {"APPLIED"}
        for account in accounts:
            sent = [
                m.data["sequence"]
                for m in platform.received
                if m.data["account"] == account.external_id
            ]
            assert sent == sorted(sent)

    def test_lift_an_expired_ban_once(self):
        until = NOON + timedelta(days=1)
        ban = make_enforcement(account=make_account(), action=Action.TEMPORARY_BAN, until=until)

        at_once(*(lambda: enforcing.lift_expired(now=until) for _ in range(4)))

        assert Enforcement.objects.filter(lifts=ban).count() == 1


class TestAClearingAndADetectionAtOnce:
    def test_never_leave_a_case_open_that_the_clearing_would_have_held_back(self):
        [ada] = make_analysts(1)
        source = make_source()
        for number in range(8):
            case = make_case()
            account = case.account
            claiming.take(case=case, by=ada, now=NOON)
            harmless = {"outcome": "NO_VIOLATION", "action": "", "clauses": [], "reason": ""}
            deciding.decide(case=case, by=ada, at=NOON, **verdict(case, **harmless))
            terms = clearing.Terms("BULK", NOON + timedelta(days=30), 0.15, "A tiffin service.")
            sent = SentDetection(
                id=f"again-{number}",
                account=account.external_id,
                detector="message-burst",
                version="1.0",
                stage=Stage.MESSAGING,
                score=0.7,
                policy="BULK_MESSAGING",
                verdict=Verdict.REVIEW,
            )

            made, receipt = at_once(
                lambda a=account, t=terms: clearing.clear(
                    account=a, terms=t, by=ada, at=NOON, seen_at=NOON
                ),
                lambda s=sent: receive_detections(
                    source=source, items=[s], at=NOON, may_enforce=False
                ),
            )

            [result] = receipt.results
            was_first = isinstance(made, Clearing)
            assert was_first or isinstance(made, clearing.CannotClear)
            assert result.held_back == was_first
            assert Case.objects.unsettled().filter(account=account).exists() != was_first

    def test_end_a_clearing_once(self):
        [ada, *others] = make_analysts(4)
        case = make_case()
        claiming.take(case=case, by=ada, now=NOON)
        harmless = {"outcome": "NO_VIOLATION", "action": "", "clauses": [], "reason": ""}
        deciding.decide(case=case, by=ada, at=NOON, **verdict(case, **harmless))
        terms = clearing.Terms("BULK", NOON + timedelta(days=30), 0.15, "A tiffin service.")
        made = clearing.clear(account=case.account, terms=terms, by=ada, at=NOON, seen_at=NOON)

        results = at_once(
            *(
                lambda b=by: clearing.revoke(clearing=made, by=b, at=NOON, reason="Closed.")
                for by in others
            )
        )

        assert sum(isinstance(result, clearing.AlreadyOver) for result in results) == 2
