from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from appeals import claiming, offering
from appeals.enums import AppealState, GrievanceState
from appeals.models import Appeal, Grievance, Order
from reviewapp.ledger.models import LedgerEntry
from reviewapp.staff.models import User
from tests.appeals.factories import make_appeal, make_grievance, make_order
from tests.cases.factories import NOON

pytestmark = pytest.mark.django_db
LATER = NOON + claiming.HELD_FOR


MAKERS: dict[Any, Callable[..., Any]] = {
    Appeal: make_appeal,
    Grievance: make_grievance,
    Order: make_order,
}


@pytest.mark.parametrize("kind", MAKERS)
class TestTakingTheNext:
    """Two of a kind wait. Noor and Ravi answer them, Ada decides cases."""

    def two(self, kind: Any) -> tuple[Any, Any]:
        later = MAKERS[kind](at=NOON)
        return MAKERS[kind](at=NOON - timedelta(hours=1)), later

    def test_gives_what_is_due_first(self, kind: Any, noor: User) -> None:
        first, _ = self.two(kind)

        taken = claiming.take_next(kind=kind, by=noor, at=NOON)

        assert taken == first
        assert taken.is_held_by(noor, now=LATER - timedelta(seconds=1))
        assert not taken.is_held_by(noor, now=LATER)

    def test_gives_each_to_one_person_only(self, kind: Any, noor: User, ravi: User) -> None:
        taken = {claiming.take_next(kind=kind, by=noor, at=NOON) for _ in [*self.two(kind)]}

        assert taken == set(kind.objects.all())
        with pytest.raises(claiming.NothingToTake):
            claiming.take_next(kind=kind, by=ravi, at=NOON)

    def test_puts_last_what_is_never_due(self, kind: Any, noor: User) -> None:
        first, second = self.two(kind)
        kind.objects.filter(pk=first.pk).update(due_at=None)

        assert claiming.take_next(kind=kind, by=noor, at=NOON) == second
        assert claiming.take_next(kind=kind, by=noor, at=NOON) == first

    def test_does_not_offer_again_what_was_given_back(
        self, kind: Any, noor: User, ravi: User
    ) -> None:
        first, second = self.two(kind)
        claiming.take_next(kind=kind, by=noor, at=NOON)
        claiming.give_back(ticket=first, by=noor, at=NOON)

        assert claiming.take_next(kind=kind, by=noor, at=NOON) == second
        assert claiming.take_next(kind=kind, by=ravi, at=NOON) == first
        # It can still be taken by hand.
        claiming.give_back(ticket=first, by=ravi, at=NOON)
        assert claiming.take(ticket=first, by=noor, at=NOON).is_held_by(noor, now=NOON)

    def test_takes_over_what_lapsed_and_says_so(self, kind: Any, noor: User, ravi: User) -> None:
        first, _ = self.two(kind)
        claiming.take_next(kind=kind, by=noor, at=NOON)

        assert claiming.take_next(kind=kind, by=ravi, at=LATER) == first
        told = LedgerEntry.objects.order_by("recorded_at", "id").values_list("kind", "actor")
        noun = kind.__name__.lower()
        assert list(told) == [
            (f"{noun}.claimed", noor.actor),
            (f"{noun}.claim_lapsed", noor.actor),
            (f"{noun}.claimed", ravi.actor),
        ]

    def test_gives_nothing_to_whoever_does_not_answer_them(self, kind: Any, ada: User) -> None:
        first, _ = self.two(kind)

        with pytest.raises(offering.MayNotWork):
            claiming.take_next(kind=kind, by=ada, at=NOON)
        with pytest.raises(offering.MayNotWork):
            claiming.take(ticket=first, by=ada, at=NOON)

    def test_stops_at_a_handful_of_any_kind(self, kind: Any, noor: User) -> None:
        others = [make for each, make in MAKERS.items() if each is not kind]
        held = [*self.two(kind), others[0](), others[1](), others[0]()]
        for each in held:
            claiming.take(ticket=each, by=noor, at=NOON)
        more = MAKERS[kind]()

        assert len(held) == claiming.HELD_AT_MOST
        with pytest.raises(claiming.HoldsEnough):
            claiming.take_next(kind=kind, by=noor, at=NOON)
        with pytest.raises(claiming.HoldsEnough):
            claiming.take(ticket=more, by=noor, at=NOON)
        assert claiming.take_next(kind=kind, by=noor, at=LATER)


@pytest.mark.parametrize("kind", MAKERS)
class TestHolding:
    """Noor holds one; Ravi does not."""

    def held(self, kind: Any, noor: User) -> Any:
        return claiming.take(ticket=MAKERS[kind](), by=noor, at=NOON)

    def test_is_refused_to_others(self, kind: Any, noor: User, ravi: User) -> None:
        ticket = self.held(kind, noor)

        with pytest.raises(claiming.HeldByAnother, match="Noor holds"):
            claiming.take(ticket=ticket, by=ravi, at=NOON)
        with pytest.raises(claiming.HeldByAnother):
            claiming.renew(ticket=ticket, by=ravi, at=NOON)
        with pytest.raises(claiming.NoLongerYours):
            claiming.give_back(ticket=ticket, by=ravi, at=NOON)

    def test_is_renewed_by_the_open_page(self, kind: Any, noor: User) -> None:
        ticket = self.held(kind, noor)

        renewed = claiming.renew(ticket=ticket, by=noor, at=NOON + timedelta(minutes=20))

        assert renewed.held_until == NOON + timedelta(minutes=50)
        assert LedgerEntry.objects.count() == 1

    def test_is_never_shortened(self, kind: Any, noor: User) -> None:
        ticket = self.held(kind, noor)
        before = ticket.held_until

        renewed = claiming.renew(ticket=ticket, by=noor, at=NOON - timedelta(minutes=5))

        assert renewed.held_until == before

    def test_ends_when_its_time_is_over(self, kind: Any, noor: User, ravi: User) -> None:
        ticket = self.held(kind, noor)

        assert claiming.lapse(at=LATER - timedelta(microseconds=1)) == 0
        assert claiming.lapse(at=LATER) == 1
        assert claiming.lapse(at=LATER) == 0
        ticket.refresh_from_db()
        assert ticket.held_by is None
        assert LedgerEntry.objects.latest("recorded_at", "id").actor == noor.actor

    @pytest.mark.parametrize("swept", [True, False])
    def test_that_ran_out_is_theirs_again_until_somebody_else_comes(
        self, kind: Any, swept: bool, noor: User, ravi: User
    ) -> None:
        ticket = self.held(kind, noor)
        later = LATER + timedelta(hours=1)
        if swept:
            claiming.lapse(at=later)

        with pytest.raises(claiming.NoLongerYours):
            claiming.renew(ticket=ticket, by=ravi, at=later)
        assert claiming.renew(ticket=ticket, by=noor, at=later).is_held_by(noor, now=later)
        claiming.give_back(ticket=ticket, by=noor, at=later)
        claiming.take(ticket=ticket, by=ravi, at=later)
        claiming.lapse(at=later + claiming.HELD_FOR)
        with pytest.raises(claiming.NoLongerYours):
            claiming.renew(ticket=ticket, by=noor, at=later + claiming.HELD_FOR)

    def test_says_in_the_ledger_what_it_is(self, kind: Any, noor: User) -> None:
        ticket = self.held(kind, noor)

        told = LedgerEntry.objects.get()
        assert told.particulars[kind.__name__.lower()] == ticket.ref


class TestAnAppeal:
    """What nobody takes."""

    @pytest.mark.parametrize(
        ("state", "refusal"),
        [
            (AppealState.AWAITING_APPELLANT, offering.AwaitsThePerson),
            (AppealState.AWAITING_APPROVAL, offering.AwaitsApproval),
            (AppealState.OUT_OF_TIME, offering.AwaitsAdmission),
            (AppealState.WITHDRAWN, offering.Closed),
        ],
    )
    def test_in_another_state_is_refused(
        self, state: AppealState, refusal: type[Exception], noor: User
    ) -> None:
        closed_at = NOON if state == AppealState.WITHDRAWN else None
        appeal = make_appeal(state=state, closed_at=closed_at)

        with pytest.raises(refusal, match=appeal.ref):
            claiming.take(ticket=appeal, by=noor, at=NOON)
        with pytest.raises(claiming.NothingToTake):
            claiming.take_next(kind=Appeal, by=noor, at=NOON)

    @pytest.mark.parametrize(
        ("part", "words"),
        [
            ({"decided_by": "noor"}, "You decided the original, so somebody else"),
            ({"decided_by": "ravi", "approved_by": "noor"}, "You approved the original, so"),
            ({"decided_by": "ravi"}, "You answered an earlier appeal on this, so"),
        ],
    )
    def test_against_their_own_is_somebody_elses(
        self, part: dict[str, str], words: str, noor: User, ravi: User
    ) -> None:
        people = {"noor": noor, "ravi": ravi}
        appeal = make_appeal(barred=[noor.pk])
        decision = appeal.enforcement.decision
        for name, who in part.items():
            setattr(decision, name, people[who])
        appeal.enforcement.decision = decision

        assert offering.barred_words(appeal, user=noor).startswith(words)
        with pytest.raises(offering.Barred):
            claiming.take(ticket=appeal, by=noor, at=NOON)
        with pytest.raises(claiming.NothingToTake):
            claiming.take_next(kind=Appeal, by=noor, at=NOON)


class TestAGrievance:
    def test_that_waits_for_its_appeal_is_answered_with_it(self, noor: User) -> None:
        appeal = make_appeal()
        grievance = make_grievance(
            account=appeal.account, appeal=appeal, state=GrievanceState.IN_APPEAL
        )

        with pytest.raises(offering.AnsweredByAppeal, match=appeal.ref):
            claiming.take(ticket=grievance, by=noor, at=NOON)
        with pytest.raises(claiming.NothingToTake):
            claiming.take_next(kind=Grievance, by=noor, at=NOON)

    def test_that_waits_for_the_person_is_left_alone(self, noor: User) -> None:
        grievance = make_grievance(state=GrievanceState.AWAITING_USER)

        with pytest.raises(offering.AwaitsThePerson):
            claiming.take(ticket=grievance, by=noor, at=NOON)
