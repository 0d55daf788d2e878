from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import transaction

from cases import claiming, escalating, foreseeing, leading, queueing, rearranging
from cases.enums import DueDates
from cases.models import Case, Queue, Rearrangement
from cases.models.cases import NEVER_DUE
from cases.placing import Terms
from cases.queuesettings import Settings
from cases.routing import Layout
from reviewapp.ledger.models import LedgerEntry
from tests.cases.factories import make_account, make_case, make_detection
from tests.conftest import NOON

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
PLAIN = dict.fromkeys(("severity", "uncertainty", "reach", "feedback", "joined"), 1.0)


def carry_out(now=NOON, size=rearranging.STEP):
    steps = 0
    while rearranging.step(now=now, size=size):
        steps += 1
    return steps


class Killed(Exception):
    """Stands for a worker's sudden end: whatever its transaction wrote is gone."""


def kill_in_a_step(size):
    """A step that is done and never committed."""

    @transaction.atomic
    def work():
        assert rearranging.step(now=NOON, size=size)
        raise Killed

    with pytest.raises(Killed):
        work()


class TestAnotherOrder:
    """A queue of forty cases, whose parts and times differ. Lena weighs reach more."""

    @pytest.fixture(autouse=True)
    def _queue(self):
        self.queue = Queue.objects.get(slug="automation-and-bulk")
        for number in range(40):
            case = make_case(
                queue=self.queue,
                at=NOON - timedelta(hours=7 * number % 30, seconds=number),
                severity=5 + 3 * number % 35,
            )
            case.reach_points = 20 * (number * 7 % 11) / 11
            case.uncertainty_points = number * 13 % 20 + 1 / 3
            case.reprice()
            case.save()

    def order(self):
        waiting = Case.objects.open().filter(queue=self.queue)
        return list(waiting.order_by("due_tier", "-rank", "id").values_list("ref", flat=True))

    def change(self, by, *, due_dates=DueDates.NEARER, **changed):
        """Foresee and save; what was foreseen."""
        self.queue.refresh_from_db()
        to = replace(Settings.of(self.queue), **changed)
        terms = Terms(dict(to.weights), to.due_hours, due_dates)
        foreseen = foreseeing.foresee_order(queue=self.queue, terms=terms, now=NOON)
        queueing.change_queue(
            queue=self.queue,
            to=to,
            due_dates=due_dates,
            seen=queueing.configuration_seen(),
            move=False,
            by=by,
            at=NOON,
        )
        return foreseen

    def test_comes_out_as_it_was_foreseen(self, lena):
        before = self.order()
        foreseen = self.change(lena, weights=PLAIN | {"reach": 3.0, "severity": 0.4})
        carry_out()

        after = self.order()
        assert after != before
        assert [each.ref for each in foreseen.head] == after[:20]
        assert [each.before for each in foreseen.head] == [
            before.index(ref) + 1 for ref in after[:20]
        ]
        assert {each.ref for each in foreseen.leaving} == set(before[:20]) - set(after[:20])
        for each in foreseen.leaving:
            assert after.index(each.ref) + 1 == each.after
        assert foreseen.replaced == sum(a != b for a, b in zip(before, after, strict=True))
        assert (foreseen.waiting, foreseen.redated) == (40, 0)
        priorities = dict(Case.objects.values_list("ref", "priority"))
        assert all(priorities[each.ref] == each.priority_after for each in foreseen.head)

    def test_prices_to_the_last_digit_as_an_arrival_would(self, lena):
        self.change(lena, weights=PLAIN | {"reach": 1.7, "uncertainty": 0.3})
        carry_out()

        for case in Case.objects.select_related("queue"):
            stored = (case.priority, case.rank)
            case.reprice()
            assert (case.priority, case.rank) == stored

    def test_of_due_dates_comes_out_as_it_was_foreseen(self, lena):
        foreseen = self.change(lena, due_hours=12)
        carry_out()

        waiting = Case.objects.open()
        assert foreseen.overdue_before == 0
        assert waiting.filter(due_at__lte=NOON).count() == foreseen.overdue_after > 0
        assert foreseen.redated == 40
        assert [each.ref for each in foreseen.head] == self.order()[:20]
        for case in waiting:
            assert case.due_at == case.opened_at + timedelta(hours=12)
            assert case.due_tier == case.due_at.date()

    def test_brings_due_dates_only_nearer_unless_they_are_counted_anew(self, lena):
        self.change(lena, due_hours=12)
        carry_out()
        nearer = self.change(lena, due_hours=48)
        carry_out()
        assert nearer.redated == 0
        assert all(each.due_at == each.opened_at + 12 * 60 * MINUTE for each in Case.objects.all())

        anew = self.change(lena, due_hours=24, due_dates=DueDates.ANEW)
        carry_out()
        assert anew.redated == 40
        assert all(each.due_at == each.opened_at + 24 * 60 * MINUTE for each in Case.objects.all())

        self.change(lena, due_hours=None, due_dates=DueDates.ANEW)
        carry_out()
        assert set(Case.objects.values_list("due_at", "due_tier")) == {(None, NEVER_DUE)}

    def test_goes_on_where_a_killed_worker_stopped(self, lena):
        foreseen = self.change(lena, weights=PLAIN | {"reach": 3.0})
        assert rearranging.step(now=NOON, size=15)
        task = Rearrangement.objects.get()
        assert (task.expected, task.seen, task.finished_at) == (40, 15, None)

        kill_in_a_step(size=15)
        task.refresh_from_db()
        assert task.seen == 15

        assert carry_out(size=15) == 2
        task.refresh_from_db()
        assert (task.seen, task.finished_at) == (40, NOON)
        assert [each.ref for each in foreseen.head] == self.order()[:20]

    def test_writes_nothing_that_is_right_already(self, lena):
        self.change(lena, weights=PLAIN | {"reach": 3.0})
        carry_out()
        touched = Rearrangement.objects.get().changed
        Rearrangement.objects.update(finished_at=None, changed=0, seen=0)

        carry_out()

        assert 0 < touched < 40
        assert Rearrangement.objects.get().changed == 0

    def test_leaves_other_queues_alone(self, lena):
        other = make_case(queue=Queue.objects.get(slug="general"), severity=33)

        self.change(lena, weights=PLAIN | {"severity": 3.0})
        carry_out()

        other.refresh_from_db()
        assert other.priority == 33

    def test_reaches_what_is_set_aside_meanwhile(self, ada, lena):
        case = claiming.take_next(by=ada, now=NOON).case
        escalating.escalate(case=case, by=ada, words="Over my head.", at=NOON)

        self.change(lena, weights=PLAIN | {"severity": 3.0})
        carry_out()

        case.refresh_from_db()
        before = case.rank
        case.reprice()
        assert case.rank == before
        assert case.priority > case.severity_points * 2

    def test_looks_a_second_time_for_what_came_in_between(self, lena):
        self.change(lena, weights=PLAIN | {"severity": 3.0})
        carry_out()
        # Somebody's transaction had read the queue before the change.
        late = make_case(queue=self.queue, severity=10)
        Case.objects.filter(pk=late.pk).update(priority=10, rank=10)

        assert carry_out(NOON + MINUTE) == 0
        assert carry_out(NOON + 3 * MINUTE) == 1
        assert carry_out(NOON + 6 * MINUTE) == 0

        late.refresh_from_db()
        assert late.priority == 30

    def test_tells_the_ledger_when_it_is_done(self, lena):
        self.change(lena, weights=PLAIN | {"severity": 3.0})
        carry_out(size=7)

        entry = LedgerEntry.objects.get(kind="queue.rearranged")
        assert entry.actor == lena.actor
        assert (entry.particulars["queue"], entry.particulars["seen"]) == (self.queue.slug, 40)


class TestAnotherQueue:
    """Cases of several policies and of business accounts. Lena changes where some of them go."""

    @pytest.fixture(autouse=True)
    def _cases(self, ada, bo):
        bulk = Queue.objects.get(slug="automation-and-bulk")
        self.people = [make_case(queue=bulk) for _ in range(5)]
        self.indian = [make_case(queue=bulk, detector="no-typing") for _ in range(3)]
        self.held = make_case(queue=bulk, detector="no-typing")
        claiming.take(case=self.held, by=ada, now=NOON)
        self.kept = make_case(queue=bulk, detector="no-typing")
        leading.reassign(case=self.kept, to=bo, by=ada, at=NOON)
        self.by_hand = make_case(queue=bulk)
        Case.objects.filter(pk=self.by_hand.pk).update(
            queue=Queue.objects.get(slug="takeover-and-scams")
        )
        before = Layout.read()
        rule = before.rules[-1] | {"queue": "group-abuse", "detectors": ["no-typing"]}
        self.after = [rule, *before.rules]

    def change(self, by):
        before = Layout.read()
        foreseen = foreseeing.foresee_moves(
            before=before, after=Layout(before.queues, self.after), now=NOON
        )
        queueing.change_rules(
            rules=self.after, seen=queueing.configuration_seen(), move=True, by=by, at=NOON
        )
        return foreseen

    def test_comes_out_as_it_was_foreseen(self, lena):
        foreseen = self.change(lena)
        carry_out()

        assert [(each.origin, each.destination, each.count) for each in foreseen.moving] == [
            ("automation-and-bulk", "group-abuse", 3)
        ]
        there = Case.objects.filter(queue__slug="group-abuse").values_list("ref", flat=True)
        assert set(there) == set(foreseen.moving[0].refs) == {each.ref for each in self.indian}
        assert not foreseen.more
        assert Rearrangement.objects.get().changed == 3

    def test_leaves_what_somebody_holds_is_kept_for_somebody_or_was_moved_by_hand(self, lena):
        self.change(lena)
        carry_out()

        for case in (self.held, self.kept):
            case.refresh_from_db()
            assert case.queue.slug == "automation-and-bulk"
        self.by_hand.refresh_from_db()
        assert self.by_hand.queue.slug == "takeover-and-scams"

    def test_is_in_the_ledger_case_by_case(self, lena):
        self.change(lena)
        carry_out(size=4)

        entries = LedgerEntry.objects.filter(kind="case.moved")
        assert {entry.case_ref for entry in entries} == {each.ref for each in self.indian}
        assert {entry.actor for entry in entries} == {lena.actor}
        told = entries[0].particulars
        assert (told["from"], told["to"], told["why"]) == (
            "automation-and-bulk", "group-abuse", "ROUTING",
        )  # fmt: skip

    def test_moves_each_once_though_a_worker_was_killed(self, lena):
        self.change(lena)
        assert rearranging.step(now=NOON, size=4)
        kill_in_a_step(size=4)
        carry_out(size=4)

        assert LedgerEntry.objects.filter(kind="case.moved").count() == 3
        assert Rearrangement.objects.get().changed == 3

    def test_goes_by_every_detection_as_arrivals_do(self, lena):
        """A later detection sends a case only to a more urgent queue, so that one counts."""
        case = self.people[0]
        make_detection(account=case.account, case=case, policy="ACCOUNT_TAKEOVER")
        first = [each for each in self.after if each["queue"] != "takeover-and-scams"]
        self.after = first

        self.change(lena)
        carry_out()

        case.refresh_from_db()
        assert case.queue.slug == "automation-and-bulk"

    def test_prices_and_dates_it_as_the_new_queue_does(self, lena):
        Queue.objects.filter(slug="group-abuse").update(due_hours=5, weights={"severity": 2})
        self.change(lena)
        carry_out()

        for case in Case.objects.filter(queue__slug="group-abuse"):
            assert case.due_at == case.opened_at + timedelta(hours=5)
            assert case.priority == 2 * case.severity_points
            assert case.version == 2

    def test_counts_no_further_than_the_newest(self, lena, monkeypatch):
        monkeypatch.setattr(foreseeing, "LOOKED_AT", 4)

        foreseen = self.change(lena)
        carry_out(size=2)

        assert foreseen.more
        assert foreseen.looked_at <= 4
        assert Case.objects.filter(queue__slug="group-abuse").count() == 3

    def test_leaves_alone_what_a_person_opened(self, ada, lena):
        from cases.opening import open_by_hand

        case = open_by_hand(
            account=make_account(),
            by=ada,
            reason="A colleague asked.",
            queue=Queue.objects.get(slug="general"),
            at=NOON,
        )

        self.change(lena)
        carry_out()

        case.refresh_from_db()
        assert case.queue.slug == "general"
