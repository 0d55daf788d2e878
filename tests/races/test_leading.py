"""A lead and somebody else at once: real threads on real connections."""

from dataclasses import replace

import pytest

from cases import claiming, deciding, leading, queueing, rearranging
from cases.models import Case, Claim, Queue, Rearrangement
from cases.queuesettings import Settings
from cases.routing import Layout
from reviewapp.ledger.models import LedgerEntry
from reviewapp.staff.models import User
from tests.cases.factories import NOON, make_case, verdict
from tests.races.test_cases import at_once, make_analysts

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 8


@pytest.fixture
def lena(db: None) -> User:
    return User.objects.create_user("lena@example.org", None, name="Lena", roles=["LEAD"])


class TestALeadAndAnAnalystAtOnce:
    def test_have_a_case_decided_or_taken_off_and_never_both(self, lena):
        [ada] = make_analysts(1)
        for _ in range(ROUNDS):
            case = make_case()
            claim = claiming.take(case=case, by=ada, now=NOON)

            decided, taken_off = at_once(
                lambda c=case: deciding.decide(case=c, by=ada, at=NOON, **verdict(c)),
                lambda c=case, held=claim: leading.take_off(
                    case=c, claim_id=held.pk, by=lena, at=NOON
                ),
            )

            case.refresh_from_db()
            was_decided = case.decisions.exists()
            assert isinstance(decided, deciding.CannotDecide) is not was_decided
            assert isinstance(taken_off, leading.NobodyHoldsIt) is was_decided
            assert case.claims.get().ending == ("DECIDED" if was_decided else "TAKEN_OFF")
            assert LedgerEntry.objects.filter(
                kind="claim.taken_off", case_ref=case.ref
            ).count() == (not was_decided)
            assert case.is_settled is was_decided

    def test_never_give_a_case_to_one_and_leave_it_with_the_other(self, lena):
        ada, bo = make_analysts(2)
        for _ in range(ROUNDS):
            case = make_case()

            taken, _ = at_once(
                lambda: claiming.take_next(by=ada, now=NOON),
                lambda c=case: leading.reassign(case=c, to=bo, by=lena, at=NOON),
            )

            case.refresh_from_db()
            # Whoever was first: it is kept for Bo now, and nobody holds it.
            assert case.reserved_for == bo
            assert not case.claims.held(now=NOON).exists()
            if isinstance(taken, Claim):
                assert case.claims.get().ending == "TAKEN_OFF"
            assert claiming.take_next(by=bo, now=NOON).case == case
            claiming.give_back(case=case, by=bo, reason="OTHER", now=NOON)
            Case.objects.filter(pk=case.pk).update(state="DECIDED", settled_at=NOON)

    def test_never_move_a_case_from_under_somebody_s_hands(self, lena):
        [ada] = make_analysts(1)
        general = Queue.objects.get(slug="general")
        for _ in range(ROUNDS):
            case = make_case()

            taken, moved = at_once(
                lambda c=case: claiming.take(case=c, by=ada, now=NOON),
                lambda c=case: leading.move(case=c, queue=general, by=lena, at=NOON),
            )

            case.refresh_from_db()
            held = case.claims.held(now=NOON).first()
            assert held
            assert isinstance(taken, Claim)
            # Moved first and taken then, or taken and not moved.
            assert (case.queue == general) is not isinstance(moved, leading.SomebodyHoldsIt)
            claiming.give_back(case=case, by=ada, reason="OTHER", now=NOON)


class TestTwoLeadsAtOnce:
    def test_save_what_they_looked_at_one_of_them_alone(self, lena):
        queue = Queue.objects.get(slug="general")
        for _ in range(ROUNDS):
            seen = queueing.configuration_seen()
            was = Settings.of(queue)

            def save(minutes, was=was, seen=seen):
                return queueing.change_queue(
                    queue=queue,
                    to=replace(was, lease_minutes=minutes),
                    due_dates="NEARER",
                    seen=seen,
                    move=False,
                    by=lena,
                    at=NOON,
                )

            results = at_once(
                lambda w=was: save(w.lease_minutes + 1),
                lambda w=was: save(w.lease_minutes + 2),
                lambda s=seen: queueing.change_rules(
                    rules=list(reversed(Layout.read().rules)), seen=s, move=False, by=lena, at=NOON
                ),
            )

            lost = [each for each in results if isinstance(each, queueing.ConfigurationChanged)]
            assert len(lost) == 2
            queue.refresh_from_db()
        assert LedgerEntry.objects.filter(kind="configuration.changed").count() == ROUNDS


class TestTwoWorkersAtOnce:
    def test_move_each_case_once_while_analysts_take_them(self, lena):
        analysts = make_analysts(3)
        cases = [make_case() for _ in range(40)]
        rules = [each for each in Layout.read().rules if each["queue"] != "automation-and-bulk"]
        queueing.change_rules(
            rules=rules, seen=queueing.configuration_seen(), move=True, by=lena, at=NOON
        )

        def work():
            while Rearrangement.objects.unfinished().exists():
                rearranging.step(now=NOON, size=5)

        def take(analyst):
            return [claiming.take_next(by=analyst, now=NOON) for _ in range(4)]

        at_once(work, work, *(lambda a=analyst: take(a) for analyst in analysts))

        moved = LedgerEntry.objects.filter(kind="case.moved").values_list("case_ref", flat=True)
        assert len(moved) == len(set(moved)) == Rearrangement.objects.get().changed
        there = Case.objects.filter(queue__slug="general").values_list("ref", flat=True)
        assert set(moved) == set(there)
        left = Case.objects.exclude(queue__slug="general")
        assert all(case.claims.held(now=NOON).exists() for case in left)
        assert Claim.objects.held(now=NOON).count() == 12
        assert len(cases) == len(there) + left.count()
