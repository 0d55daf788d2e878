from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from appeals import claiming, repeating, resolving
from appeals.actioning import NotBecauseOfIt, decisions_since
from appeals.enums import GrievanceCategory, GrievanceResolution, Via
from appeals.models import Clock, Grievance, Letter
from appeals.repeating import NotADuplicate
from appeals.resolving import Answer, CannotResolve
from cases.enums import Action
from cases.platform import FakePlatform
from reviewapp.ledger.models import LedgerEntry
from reviewapp.staff.models import User
from tests.appeals.factories import make_grievance
from tests.cases import secondlook
from tests.cases.factories import NOON, make_account, make_enforcement

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LATER = NOON + HOUR
ADDRESS = "meera@example.org"
SAFETY = GrievanceCategory.SAFETY


def answer(grievance: Grievance, by: User, *, at=LATER, seen: int | None = None, **said: Any):
    """Take it and answer it."""
    taken = claiming.take(ticket=grievance, by=by, at=at)
    seen_version = taken.version if seen is None else seen
    resolving.resolve(
        grievance=grievance, by=by, at=at, seen_version=seen_version, answer=Answer(**said)
    )
    grievance.refresh_from_db()
    return grievance


class TestAnAnswer:
    """Noor answers a grievance that came by mail."""

    @pytest.fixture(autouse=True)
    def _came(self) -> None:
        self.grievance = make_grievance(contact=ADDRESS)

    def test_closes_it_and_keeps_its_clocks(self, noor: User) -> None:
        answer(self.grievance, noor, resolution="SUPPORT_GIVEN", reason="Ask for a new code.")

        found = self.grievance
        assert (found.state, found.resolution, found.resolved_by) == (
            "RESOLVED", "SUPPORT_GIVEN", noor,
        )  # fmt: skip
        assert (found.closed_at, found.acknowledged_at, found.held_by) == (LATER, LATER, None)
        assert set(Clock.objects.kept()) == set(found.clocks.all())

    def test_is_told_once_in_the_words_that_are_kept(self, noor: User) -> None:
        answer(self.grievance, noor, resolution="SUPPORT_GIVEN", reason="Ask for a new code.")

        letter = Letter.objects.get()
        assert (letter.via, letter.kind, letter.state) == ("EMAIL", "ANSWER", "REQUESTED")
        assert "Ask for a new code." in letter.text()
        assert self.grievance.answer() == letter.text()
        assert self.grievance.ref in letter.subject

    def test_can_be_told_in_another_language(self, noor: User) -> None:
        answer(self.grievance, noor, resolution="SUPPORT_GIVEN", reason="Pide otro.", locale="es")

        assert Letter.objects.get().locale == "es"

    def test_is_in_the_ledger_with_what_reports_group_by(self, noor: User) -> None:
        answer(self.grievance, noor, resolution="NO_VIOLATION", reason="Nothing found.")

        line = LedgerEntry.objects.get(kind="grievance.resolved")
        assert (line.outcome, line.country_prefix, line.actor) == (
            "NO_VIOLATION", "+91", noor.actor,
        )  # fmt: skip
        said = line.particulars
        assert (said["category"], said["channel"]) == ("ACCOUNT_SUPPORT", "EMAIL")
        assert "Nothing found." not in str(said)

    def test_too_late_has_broken_its_clock(self, noor: User) -> None:
        answer(self.grievance, noor, at=NOON + 8 * DAY, resolution="NO_RESPONSE_POSSIBLE")

        assert Clock.objects.broken(now=NOON).filter(name="RESOLVE").count() == 1

    @pytest.mark.parametrize(
        ("said", "pointer"),
        [
            ({}, "resolution"),
            ({"resolution": "ACCOUNT_BANNED"}, "resolution"),
            ({"resolution": "ACCOUNT_RESTORED", "reason": "We say so."}, "resolution"),
            ({"resolution": "SUPPORT_GIVEN", "reason": " "}, "reason"),
            ({"resolution": "SUPPORT_GIVEN", "reason": "x" * 10_001}, "reason"),
            ({"resolution": "SUPPORT_GIVEN", "reason": "a\x00b"}, "reason"),
            ({"resolution": "SUPPORT_GIVEN", "reason": "A word.", "locale": "xx"}, "locale"),
            ({"resolution": "REDIRECTED_IN_APP"}, "resolution"),
            ({"resolution": "DUPLICATE"}, "duplicate_of"),
            ({"resolution": "RESTORATION_REFUSED", "reason": "No."}, "resolution"),
        ],
    )
    def test_is_refused_where_something_is_amiss(
        self, noor: User, said: dict[str, str], pointer: str
    ) -> None:
        with pytest.raises(CannotResolve) as refused:
            answer(self.grievance, noor, **said)

        assert refused.value.pointer == pointer
        assert not Letter.objects.exists()

    def test_is_given_by_whoever_holds_it_and_saw_it_as_it_is(
        self, noor: User, ravi: User, ada: User
    ) -> None:
        said = {"resolution": "SUPPORT_GIVEN", "reason": "A word."}
        claiming.take(ticket=self.grievance, by=ravi, at=NOON)
        with pytest.raises(claiming.HeldByAnother):
            resolving.resolve(
                grievance=self.grievance, by=noor, at=NOON, seen_version=1, answer=Answer(**said)
            )
        with pytest.raises(resolving.StalePage):
            answer(self.grievance, ravi, seen=7, **said)
        with pytest.raises(claiming.CannotTake):
            resolving.resolve(
                grievance=self.grievance, by=ada, at=NOON, seen_version=1, answer=Answer(**said)
            )
        answer(self.grievance, ravi, **said)
        with pytest.raises(resolving.AlreadyAnswered):
            resolving.resolve(
                grievance=self.grievance, by=ravi, at=LATER, seen_version=2, answer=Answer(**said)
            )


class TestARefusal:
    """Somebody wants a banned account back, which stays banned."""

    def test_repeats_the_reasons_to_the_account_alone(self, noor: User) -> None:
        """Whoever wrote has only named it."""
        account = make_account()
        make_enforcement(account=account)
        grievance = make_grievance(account=account, contact=ADDRESS)

        answer(grievance, noor, resolution="RESTORATION_REFUSED", reason="It was you.")

        in_app, mailed = (Letter.objects.get(via=via) for via in Via)
        assert "The decision in question" in in_app.text()
        assert "It was you." in in_app.text()
        assert "It was you." not in mailed.text()
        assert "in the app" in mailed.text()


class TestARedirection:
    """T7: complaints of safety are sent into the app, and are no action."""

    def test_tells_where_to_report(self, noor: User) -> None:
        grievance = make_grievance(category=SAFETY, account=make_account(), contact=ADDRESS)

        answer(grievance, noor, resolution="REDIRECTED_IN_APP")

        assert not grievance.is_actioned
        letter = Letter.objects.get()
        assert letter.via == Via.EMAIL
        assert "report this in the app" in letter.text()


class TestABanOnAComplaint:
    """Meera complains; Ada then bans the account that she named; Noor answers."""

    @pytest.fixture(autouse=True)
    def _complained(self, ada: User) -> None:
        self.accused = make_account()
        self.grievance = make_grievance(category=SAFETY, account=self.accused, contact=ADDRESS)
        self.decision = secondlook.decide(self.accused, ada, at=NOON + HOUR)

    def test_rests_on_the_decision_that_was_made_since(self, noor: User) -> None:
        assert decisions_since(self.grievance, at=LATER) == [self.decision]

        answer(self.grievance, noor, decision=self.decision)

        assert self.grievance.resolution == GrievanceResolution.ACCOUNT_BANNED
        assert self.grievance.decision == self.decision
        assert self.grievance.is_actioned
        line = LedgerEntry.objects.get(kind="grievance.resolved")
        assert line.particulars["decision"] == self.decision.ref

    def test_is_told_once_the_platform_has_it_and_to_whoever_complained(self, noor: User) -> None:
        answer(self.grievance, noor, decision=self.decision)

        letter = Letter.objects.get()
        assert (letter.via, letter.state) == ("EMAIL", "WAITING")
        assert letter.enforcement == self.decision.enforcements.get()

    def test_may_be_of_another_account_than_the_writers(self, noor: User) -> None:
        grievance = make_grievance(
            category=SAFETY, account=make_account(), identity_checked_at=NOON, contact=ADDRESS
        )

        answer(grievance, noor, decision=self.decision)

        assert grievance.decision == self.decision

    def test_does_not_rest_on_what_came_before(self, noor: User) -> None:
        later = make_grievance(category=SAFETY, account=self.accused, at=NOON + 2 * HOUR)

        assert decisions_since(later, at=NOON + 3 * HOUR) == []
        with pytest.raises(NotBecauseOfIt, match="before this came"):
            answer(later, noor, at=NOON + 3 * HOUR, decision=self.decision)

    def test_does_not_rest_on_what_a_machine_decided(self, noor: User) -> None:
        self.accused.refresh_from_db()
        machine = make_enforcement(account=self.accused, at=LATER).decision

        with pytest.raises(NotBecauseOfIt, match="no person"):
            answer(self.grievance, noor, decision=machine)

    def test_does_not_rest_on_what_can_still_be_taken_back(self, noor: User, bo: User) -> None:
        fresh = secondlook.decide(
            make_account(), bo, at=LATER, effective_at=LATER + timedelta(seconds=30)
        )

        with pytest.raises(NotBecauseOfIt, match="taken back"):
            answer(self.grievance, noor, decision=fresh)
        answer(self.grievance, noor, at=LATER + HOUR, decision=fresh)

    def test_does_not_rest_on_what_was_undone(self, noor: User, bo: User) -> None:
        secondlook.settle(FakePlatform(), NOON + HOUR)
        secondlook.overturn(self.decision, bo, at=NOON + 2 * DAY)

        with pytest.raises(NotBecauseOfIt, match="does not stand"):
            answer(self.grievance, noor, at=NOON + 3 * DAY, decision=self.decision)

    def test_does_not_rest_on_a_warning(self, noor: User, bo: User) -> None:
        warning = secondlook.decide(make_account(), bo, at=LATER, action=Action.WARN)

        with pytest.raises(NotBecauseOfIt, match="neither banned nor restored"):
            answer(self.grievance, noor, decision=warning)

    def test_is_held_to_its_decision_by_the_database(self) -> None:
        rows = Grievance.objects.filter(pk=self.grievance.pk)
        closed = {"state": "RESOLVED", "closed_at": NOON}

        for actioned in ("ACCOUNT_BANNED", "ACCOUNT_RESTORED"):
            with pytest.raises(IntegrityError, match="actioned_rests"), transaction.atomic():
                rows.update(resolution=actioned, **closed)
        with pytest.raises(IntegrityError, match="actioned_rests"), transaction.atomic():
            rows.update(resolution="SUPPORT_GIVEN", decision=self.decision, **closed)


class TestARestoration:
    """Ada had banned an account; Bo lifts it because of what was complained."""

    @pytest.fixture(autouse=True)
    def _lifted(self, ada: User, bo: User) -> None:
        self.account = make_account()
        original = secondlook.decide(self.account, ada, at=NOON - 2 * DAY)
        secondlook.settle(FakePlatform(), NOON - 2 * DAY)
        self.grievance = make_grievance(account=self.account, contact=ADDRESS)
        self.original, self.bo = original, bo

    def test_rests_on_the_decision_that_lifted_the_ban(self, noor: User) -> None:
        lift = secondlook.overturn(self.original, self.bo, at=NOON + HOUR)

        answer(self.grievance, noor, decision=lift)

        assert self.grievance.resolution == GrievanceResolution.ACCOUNT_RESTORED

    def test_is_one_where_something_milder_took_its_place(self, noor: User) -> None:
        milder = secondlook.replace(
            self.original, self.bo, at=NOON + HOUR, action=Action.RATE_LIMIT, until=None
        )

        answer(self.grievance, noor, decision=milder)

        assert self.grievance.resolution == GrievanceResolution.ACCOUNT_RESTORED

    def test_is_none_where_another_ban_did(self, noor: User) -> None:
        shorter = secondlook.replace(self.original, self.bo, at=NOON + HOUR)

        with pytest.raises(NotBecauseOfIt):
            answer(self.grievance, noor, decision=shorter)


class TestADuplicate:
    """Meera wrote three times about one thing."""

    @pytest.fixture(autouse=True)
    def _wrote(self) -> None:
        self.first, self.second, self.third = (
            make_grievance(contact=ADDRESS, at=NOON + each * timedelta(minutes=1))
            for each in range(3)
        )

    def test_is_suggested_where_the_same_person_wrote_before(self) -> None:
        account = make_account()
        named = make_grievance(account=account)
        other = make_grievance(account=account, at=LATER, contact="else@example.org")
        make_grievance(account=account, category=SAFETY)

        assert repeating.earlier_ones(self.third) == [self.second, self.first]
        assert repeating.earlier_ones(self.first) == []
        assert repeating.earlier_ones(other) == [named]

    def test_is_told_where_the_answer_comes_and_is_owed_none(self, noor: User) -> None:
        answer(self.second, noor, resolution="DUPLICATE", duplicate_of=self.first)

        assert (self.second.resolution, self.second.duplicate_of) == ("DUPLICATE", self.first)
        assert self.first.ref in Letter.objects.get().text()
        assert not Clock.objects.owed().filter(grievance=self.second).exists()
        assert not self.second.is_actioned

    def test_that_was_overdue_stays_a_broken_clock(self, noor: User) -> None:
        late = NOON + 9 * DAY
        answer(self.second, noor, at=late, resolution="DUPLICATE", duplicate_of=self.first)

        assert set(Clock.objects.broken(now=NOON).values_list("grievance", flat=True)) == {
            self.second.pk
        }

    @pytest.mark.parametrize("inner_first", [True, False])
    def test_points_at_the_first_however_long_the_chain(
        self, noor: User, inner_first: bool
    ) -> None:
        pairs = [(self.third, self.second), (self.second, self.first)]
        for one, other in pairs if inner_first else reversed(pairs):
            other.refresh_from_db()
            answer(one, noor, resolution="DUPLICATE", duplicate_of=other)

        assert set(self.first.duplicates.all()) == {self.second, self.third}
        assert not self.second.duplicates.exists()

    def test_is_never_a_loop(self, noor: User) -> None:
        answer(self.second, noor, resolution="DUPLICATE", duplicate_of=self.first)

        for named in (self.first, self.second, self.third):
            with pytest.raises(NotADuplicate):
                answer(self.first, noor, resolution="DUPLICATE", duplicate_of=named)

    def test_is_none_where_somebody_else_wrote(self, noor: User) -> None:
        other = make_grievance(contact="else@example.org", at=LATER)

        with pytest.raises(NotADuplicate, match="somebody else's"):
            answer(other, noor, at=LATER, resolution="DUPLICATE", duplicate_of=self.first)

    def test_is_none_of_another_who_complains_of_the_same_account(self, noor: User) -> None:
        accused = make_account()
        one, other = (
            make_grievance(category=SAFETY, account=accused, contact=f"{name}@example.org")
            for name in ("a", "b")
        )

        with pytest.raises(NotADuplicate, match="somebody else's"):
            answer(other, noor, resolution="DUPLICATE", duplicate_of=one)
