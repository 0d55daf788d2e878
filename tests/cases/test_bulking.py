from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from cases import bulking, claiming, enforcing, notifying
from cases.bulking import BulkVerdict
from cases.enums import Action, BulkState
from cases.models import Approval, Bulk, Case, Claim, Decision, Enforcement, Label, Queue
from cases.platform import FakePlatform
from cases.verdict import CannotDecide
from reviewapp.ledger.models import LedgerEntry
from tests.cases.factories import NOON, clause, make_account, make_case
from tests.conftest import NOON as HOUR

pytestmark = pytest.mark.django_db
GRACE = timedelta(seconds=30)
LATER = NOON + timedelta(minutes=10)


def plan(**changed: Any) -> BulkVerdict:
    """A week's ban for bulk messaging, in the words of the rule."""
    fields: dict[str, Any] = {
        "outcome": "VIOLATION",
        "action": Action.TEMPORARY_BAN,
        "lasts": timedelta(days=7),
        "until": None,
        "clauses": [clause("BULK_MESSAGING")],
        "rationale": "One campaign.",
        "reason": "",
        "confidence": "HIGH",
    }
    return BulkVerdict(**fields | changed)


def ask(cases: list[Case], by: Any, *, leave: Any = (), size: int = 25, **changed: Any) -> Bulk:
    return bulking.ask(
        cases=[(case, case.version) for case in cases], excepted=leave, verdict=plan(**changed),
        by=by, at=HOUR, approval_size=size,
    )  # fmt: skip


def work(at: Any = NOON) -> int:
    return bulking.run_due(clock=lambda: at, grace=GRACE)


def deliver(platform: FakePlatform, at: Any) -> None:
    enforcing.deliver_due(platform=platform, clock=lambda: at)
    notifying.deliver_due(platform=platform, clock=lambda: at)


def trip_on(monkeypatch: Any, case: Case, *, module: str, name: str) -> None:
    """Have the worker meet something nobody foresaw on the row of `case`."""
    room = import_module(f"cases.bulking.{module}")
    work_on = getattr(room, name)

    def trip(*args: Any, **kwargs: Any) -> Any:
        if case in {getattr(arg, "case", None) for arg in args}:
            raise ZeroDivisionError
        return work_on(*args, **kwargs)

    monkeypatch.setattr(room, name, trip)


class TestABulk:
    """Ada decides four cases at once; one of them she leaves out."""

    def test_decides_each_case_but_those_left_out(self, ada):
        cases = [make_case() for _ in range(4)]

        bulk = ask(cases, ada, leave=cases[3:])
        work()

        bulk.refresh_from_db()
        assert bulk.state == BulkState.DONE
        assert [row.state for row in bulk.rows.order_by("position")] == [
            "DECIDED", "DECIDED", "DECIDED", "EXCEPTED",
        ]  # fmt: skip
        assert {case.state for case in Case.objects.filter(pk__in=[c.pk for c in cases[:3]])} == {
            "DECIDED"
        }
        cases[3].refresh_from_db()
        assert cases[3].state == "OPEN"
        assert set(Decision.objects.values_list("decided_by", "until")) == {
            (ada.pk, NOON + timedelta(days=7))
        }

    def test_reaches_the_platform_only_when_all_of_it_is_decided_and_its_grace_is_over(self, ada):
        platform = FakePlatform()
        ask([make_case(), make_case()], ada)

        work()
        deliver(platform, NOON + GRACE - timedelta(seconds=1))
        assert platform.standing == {}
        deliver(platform, NOON + GRACE)

        assert len(platform.standing) == 2

    def test_tells_each_person_the_rule_in_their_own_language(self, ada):
        hindi = make_case(account=make_account(locale="hi_IN"))
        ask([make_case(), hindi], ada)

        work()

        words = clause("BULK_MESSAGING").words
        told = {
            each.account.locale: each.reason()
            for each in Decision.objects.select_related("account")
        }
        assert told == {"en": words["en"], "hi_IN": words["hi"]}

    def test_passes_over_what_is_held_decided_or_newer_than_what_was_seen(self, ada, bo):
        held, newer, fine = make_case(), make_case(), make_case()
        claiming.take(case=held, by=bo, now=NOON)
        bulk = ask([held, newer, fine], ada)
        Case.objects.filter(pk=newer.pk).update(version=2)

        work()

        refusals = dict(bulk.rows.values_list("case__ref", "refusal"))
        assert refusals == {
            held.ref: "Bo holds it.",
            newer.ref: "Something arrived on it after it was chosen.",
            fine.ref: "",
        }
        assert Claim.objects.unreleased().get().analyst == bo

    def test_decides_nothing_for_somebody_who_may_not_any_more(self, ada):
        bulk = ask([make_case()], ada)
        ada.roles = ["AUDITOR"]
        ada.save()

        work()

        assert bulk.rows.get().refusal == "Ada may not decide cases any more."
        assert not Decision.objects.exists()

    def test_goes_on_past_a_row_that_trips(self, ada, monkeypatch):
        first, second = make_case(), make_case()
        bulk = ask([first, second], ada)
        trip_on(monkeypatch, first, module="running", name="_decide")

        work()

        states = dict(bulk.rows.values_list("case__ref", "state"))
        assert states == {first.ref: "REFUSED", second.ref: "DECIDED"}
        bulk.refresh_from_db()
        assert bulk.state == BulkState.DONE

    def test_is_told_in_the_ledger(self, ada):
        ask([make_case(), make_case()], ada)
        work()

        kinds = list(LedgerEntry.objects.values_list("kind", flat=True))
        assert kinds.count("bulk.asked") == kinds.count("bulk.finished") == 1
        assert kinds.count("decision.made") == 2

    @pytest.mark.parametrize(
        ("changed", "pointer"),
        [
            ({"outcome": "?"}, "outcome"),
            ({"clauses": []}, "clauses"),
            ({"lasts": None}, "until"),
            ({"rationale": " "}, "rationale"),
            ({"confidence": ""}, "confidence"),
        ],
    )
    def test_is_refused_beside_the_field_at_fault(self, ada, changed, pointer):
        with pytest.raises(CannotDecide) as refusal:
            ask([make_case()], ada, **changed)

        assert refusal.value.pointer == pointer
        assert not Bulk.objects.exists()

    def test_is_refused_with_nothing_left_in(self, ada):
        case = make_case()
        with pytest.raises(bulking.CannotAsk):
            ask([case], ada, leave=[case])


class TestAWorkerThatDies:
    """It was killed when the first of three was decided."""

    def test_is_followed_by_one_that_goes_on_and_decides_nothing_twice(self, ada, monkeypatch):
        bulk = ask([make_case() for _ in range(3)], ada)
        from cases.bulking import running

        decided = []
        decide_row = running._decide_row

        def die_on_the_second(*args: Any, **kwargs: Any) -> None:
            if decided:
                raise SystemExit
            decided.append(args)
            decide_row(*args, **kwargs)

        monkeypatch.setattr(running, "_decide_row", die_on_the_second)
        with pytest.raises(SystemExit):
            work()
        monkeypatch.undo()

        assert work(NOON + timedelta(seconds=59)) == 0
        assert work(NOON + timedelta(seconds=61)) == 2
        bulk.refresh_from_db()
        assert bulk.state == BulkState.DONE
        assert Decision.objects.count() == 3


class TestUndoing:
    """Ada decided three cases at once, and sees that it was wrong."""

    @pytest.fixture
    def bulk(self, ada) -> Bulk:
        bulk = ask([make_case() for _ in range(3)], ada)
        work()
        bulk.refresh_from_db()
        return bulk

    def test_in_time_leaves_no_trace_on_the_platform(self, bulk, ada):
        bulking.undo(bulk=bulk, by=ada, at=NOON)
        work()

        platform = FakePlatform()
        deliver(platform, LATER)
        assert platform.standing == platform.told == {}
        assert {case.state for case in Case.objects.all()} == {"OPEN"}
        assert set(Enforcement.objects.values_list("state", flat=True)) == {"CANCELLED"}
        values = Label.objects.order_by("given_at", "id").values_list("value", flat=True)
        assert list(values) == ["VIOLATION"] * 3 + ["RETRACTED"] * 3
        bulk.refresh_from_db()
        assert bulk.state == BulkState.UNDONE

    def test_gives_back_what_was_held(self, ada, lena):
        mine, other = make_case(), make_case()
        for undone_by, holders in ((ada, [ada.pk]), (lena, [])):
            claiming.take(case=mine, by=ada, now=NOON)
            bulk = ask([Case.objects.get(pk=each.pk) for each in (mine, other)], ada)
            work()
            bulking.undo(bulk=bulk, by=undone_by, at=NOON)
            work()

            held = Claim.objects.unreleased()
            assert list(held.values_list("analyst", flat=True)) == holders
            assert not held.filter(case=other).exists()
            held.update(released_at=NOON, ending="GIVEN_BACK", give_back_reason="OTHER")

    def test_later_lifts_what_it_did_and_has_somebody_look_again(self, bulk, ada):
        platform = FakePlatform()
        deliver(platform, LATER)
        assert all(standing for standing in platform.standing.values())

        bulking.undo(bulk=bulk, by=ada, at=LATER)
        work(LATER)
        deliver(platform, LATER)

        assert not any(platform.standing.values())
        again = Case.objects.filter(state="OPEN")
        assert {case.follows.state for case in again} == {"DECIDED"}
        assert again.count() == 3
        assert Decision.objects.filter(undoes__isnull=False).count() == 3

    def test_lifts_nothing_that_another_decision_did(self, ada):
        from tests.cases.factories import make_enforcement

        case = make_case()
        other = make_enforcement(account=case.account, action=Action.RATE_LIMIT)
        bulk = ask([case], ada)
        work()
        deliver(FakePlatform(), LATER)

        bulking.undo(bulk=bulk, by=ada, at=LATER)
        work(LATER)
        deliver(FakePlatform(), LATER)

        other.refresh_from_db()
        assert other.state == "APPLIED"

    def test_stops_one_that_still_runs(self, ada):
        bulk = ask([make_case(), make_case()], ada)
        bulking.undo(bulk=bulk, by=ada, at=NOON)

        work()

        bulk.refresh_from_db()
        assert bulk.state == BulkState.UNDONE
        assert set(bulk.rows.values_list("state", flat=True)) == {"EXCEPTED"}
        assert not Decision.objects.exists()

    def test_goes_on_past_a_row_that_trips_and_comes_back_to_it(self, bulk, ada, monkeypatch):
        first, *_ = Case.objects.filter(bulk_rows__bulk=bulk).order_by("bulk_rows__position")
        trip_on(monkeypatch, first, module="undoing", name="_undo")
        bulking.undo(bulk=bulk, by=ada, at=NOON)

        work()

        states = bulk.rows.order_by("position").values_list("state", flat=True)
        assert list(states) == ["DECIDED", "UNDONE", "UNDONE"]
        monkeypatch.undo()
        assert work(LATER) == 1
        bulk.refresh_from_db()
        assert bulk.state == BulkState.UNDONE

    def test_is_for_whoever_asked_or_a_lead(self, bulk, bo, lena):
        with pytest.raises(bulking.CannotUndo):
            bulking.undo(bulk=bulk, by=bo, at=NOON)
        bulking.undo(bulk=bulk, by=lena, at=NOON)

        with pytest.raises(bulking.CannotUndo):
            bulking.undo(bulk=bulk, by=lena, at=NOON)


class TestASecondPerson:
    """From two cases on a bulk needs one."""

    @pytest.fixture
    def bulk(self, ada) -> Bulk:
        return ask([make_case(), make_case()], ada, size=2)

    def test_is_waited_for(self, bulk):
        assert bulk.state == BulkState.AWAITING_APPROVAL
        assert work() == 0
        assert Approval.objects.waiting().get().causes == ["BULK"]

    def test_starts_it_and_stands_on_each_decision(self, bulk, lena):
        bulking.start(bulk=bulk, by=lena, at=NOON)
        work()

        assert set(Decision.objects.values_list("approved_by", flat=True)) == {lena.pk}

    def test_is_never_the_one_who_asked(self, bulk, ada):
        with pytest.raises(bulking.NotYours):
            bulking.start(bulk=bulk, by=ada, at=NOON)
        with pytest.raises(IntegrityError), transaction.atomic():
            Approval.objects.update(answer="APPROVED", answered_by=ada, answered_at=NOON)

    def test_sends_it_back_and_nothing_is_decided(self, bulk, lena):
        bulking.drop(bulk=bulk, by=lena, at=NOON)
        work()

        bulk.refresh_from_db()
        assert bulk.state == BulkState.DROPPED
        assert Approval.objects.get().answer == "SENT_BACK"
        assert not Decision.objects.exists()
        with pytest.raises(bulking.AlreadyAnswered):
            bulking.start(bulk=bulk, by=lena, at=NOON)

    def test_is_asked_for_by_a_rule_however_few_the_cases(self, ada):
        bulk = ask([make_case()], ada, clauses=[clause("CHILD_SAFETY")])

        assert bulk.state == BulkState.AWAITING_APPROVAL
        assert bulk.approval.causes == ["POLICY"]


class TestAQueueThatOffersLess:
    """Of two cases one waits where nobody is banned."""

    @pytest.fixture(autouse=True)
    def _mild(self, ada):
        self.strict = make_case()
        self.mild = make_case(queue=Queue.objects.get(slug="general"))
        assert self.mild.queue != self.strict.queue

    def offer(self, *actions):
        self.mild.queue.actions = list(actions)
        self.mild.queue.save()

    def test_is_not_asked_for_another_action(self, ada):
        self.offer("WARN")

        with pytest.raises(bulking.CannotAsk, match=f"{self.mild.ref} waits in .* ban") as refused:
            ask([self.strict, self.mild], ada)

        assert refused.value.pointer == "action"
        assert not Bulk.objects.exists()

    def test_is_no_matter_where_its_case_is_left_out_or_the_action_offered(self, ada):
        self.offer("WARN", "TEMPORARY_BAN")
        ask([self.strict, self.mild], ada)
        self.offer("WARN")
        ask([self.strict, self.mild], ada, leave=[self.mild])
        ask([self.strict, self.mild], ada, action="", outcome="NO_VIOLATION", clauses=[],
            lasts=None)  # fmt: skip

        assert Bulk.objects.count() == 3

    def test_has_its_row_left_undecided_when_that_changed_since(self, ada):
        bulk = ask([self.strict, self.mild], ada)
        self.offer("WARN")

        work()

        decided, refused = bulk.rows.order_by("position")
        assert (decided.state, refused.state) == ("DECIDED", "REFUSED")
        assert "which does not offer" in refused.refusal
        self.mild.refresh_from_db()
        assert self.mild.state == "OPEN"


class TestTheImpact:
    """What a ban on these cases would mean, before anybody presses."""

    def test_names_who_would_be_banned_that_others_released(self, ada, bo):
        from cases import deciding
        from tests.cases.factories import verdict

        released = make_case()
        claiming.take(case=released, by=bo, now=NOON)
        deciding.decide(
            case=released, by=bo, at=NOON,
            **verdict(released, outcome="NO_VIOLATION", action="", clauses=[], reason=""),
        )  # fmt: skip
        again = make_case(account=released.account)

        impact = bulking.impact_of([again, make_case()], action="PERMANENT_BAN", by=ada, now=NOON)

        assert (impact.cases, impact.accounts_banned, impact.released) == (2, 2, 1)
        [concern] = impact.concerns[again.pk]
        assert (concern.words, concern.grave) == ("released before by Bo", True)

    def test_counts_countries_businesses_and_the_contested(self, ada):
        shop = make_case(account=make_account(kind="BUSINESS", country="BR"))
        contested = make_case()
        Case.objects.filter(pk=contested.pk).update(contested=True)
        contested.refresh_from_db()

        impact = bulking.impact_of([shop, contested], action="WARN", by=ada, now=NOON)

        assert impact.countries == [("BR", 1), ("IN", 1)]
        assert (impact.businesses, impact.contested, impact.accounts_banned) == (1, 1, 0)
