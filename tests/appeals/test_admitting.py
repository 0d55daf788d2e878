from datetime import timedelta

import pytest

from appeals import complaining
from appeals.admitting import CannotAdmit, admit, turn_away
from appeals.enums import Channel, GrievanceCategory
from appeals.models import Appeal, Grievance
from appeals.offering import Barred, MayNotWork
from reviewapp.ledger.models import LedgerEntry
from reviewapp.staff.models import User
from tests.appeals.factories import make_appeal
from tests.cases.factories import NOON, make_account, make_enforcement

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)


class TestALateAppeal:
    """Against a ban that Ada made. Noor had no part in it."""

    @pytest.fixture
    def appeal(self, ada: User) -> Appeal:
        return make_appeal(
            state="OUT_OF_TIME",
            window_ends_at=NOON - timedelta(days=2),
            barred=[ada.pk],
            identity_checked_at=NOON,
            contact="meera@example.org",
        )

    def test_is_admitted_by_somebody_who_says_why(self, appeal: Appeal, noor: User) -> None:
        before = {clock.name: clock.due_at for clock in appeal.clocks.all()}

        admit(appeal=appeal, by=noor, words="She was in hospital.", at=LATER)

        appeal.refresh_from_db()
        assert (appeal.state, appeal.version) == ("OPEN", 2)
        assert (appeal.admission_by, appeal.admission()) == (noor, "She was in hospital.")
        # They run from its receipt, as if it had come in time.
        assert {clock.name: clock.due_at for clock in appeal.clocks.running()} == before
        line = LedgerEntry.objects.get(kind="appeal.admitted")
        assert (line.actor, line.outcome) == (noor.actor, "OPEN")
        assert line.particulars == {"appeal": appeal.ref, "late_by": 2 * 86_400}

    def test_is_turned_away_with_a_reason_for_the_person(self, appeal: Appeal, noor: User) -> None:
        turn_away(
            appeal=appeal, by=noor, at=LATER,
            reason="You told us nothing of what kept you.", words="Third time late.",
        )  # fmt: skip

        appeal.refresh_from_db()
        assert (appeal.state, appeal.closed_at, appeal.acknowledged_at) == (
            "INADMISSIBLE",
            LATER,
            LATER,
        )
        assert appeal.admission() == "Third time late."
        assert {clock.met_at for clock in appeal.clocks.all()} == {LATER}
        letters = list(appeal.letters.order_by("via"))
        assert [(each.kind, each.via) for each in letters] == [
            ("NOT_ADMITTED", "EMAIL"),
            ("NOT_ADMITTED", "PLATFORM"),
        ]
        for letter in letters:
            assert "You told us nothing of what kept you." in letter.text()
            assert "Third time late." not in letter.text()
        assert LedgerEntry.objects.get(kind="appeal.not_admitted").outcome == "INADMISSIBLE"

    def test_is_neither_without_a_reason(self, appeal: Appeal, noor: User) -> None:
        for words in ("", "  ", "x" * 2_001, "a\0b"):
            with pytest.raises(CannotAdmit) as admitted:
                admit(appeal=appeal, by=noor, words=words, at=LATER)
            with pytest.raises(CannotAdmit) as turned_away:
                turn_away(appeal=appeal, by=noor, reason=words, at=LATER)
            assert (admitted.value.pointer, turned_away.value.pointer) == ("words", "reason")
        assert Appeal.objects.get().state == "OUT_OF_TIME"

    def test_is_neither_by_whoever_made_the_original(self, appeal: Appeal, ada: User) -> None:
        ada.roles = ["APPEALS"]
        ada.save()

        with pytest.raises(Barred):
            admit(appeal=appeal, by=ada, words="Why not.", at=LATER)
        with pytest.raises(Barred):
            turn_away(appeal=appeal, by=ada, reason="Too late.", at=LATER)

    def test_is_neither_by_whoever_works_no_appeals(self, appeal: Appeal, bo: User) -> None:
        with pytest.raises(MayNotWork):
            admit(appeal=appeal, by=bo, words="Why not.", at=LATER)

    def test_is_answered_once(self, appeal: Appeal, noor: User) -> None:
        admit(appeal=appeal, by=noor, words="She was in hospital.", at=LATER)

        with pytest.raises(CannotAdmit, match="does not wait"):
            turn_away(appeal=appeal, by=noor, reason="Too late.", at=LATER)

    def test_takes_the_grievance_that_contains_it_along(self, noor: User) -> None:
        account = make_account(country="DE")
        make_enforcement(account=account)
        late = NOON + timedelta(days=300)
        received = complaining.receive(
            channel=Channel.EMAIL, category=GrievanceCategory.BAN_APPEAL, account=account,
            text="Give it back.", contact="meera@example.org", received_at=late, at=late, by="mail",
        )  # fmt: skip
        assert received.filed is not None

        turn_away(appeal=received.filed.appeal, by=noor, reason="Too late.", at=late)

        grievance = Grievance.objects.get()
        assert (grievance.state, grievance.resolution) == ("RESOLVED", "RESTORATION_REFUSED")
        # Whoever wrote is told where the answer is, and the account what it is.
        [mail] = grievance.letters.all()
        assert mail.via == "EMAIL"
        assert "Too late." not in mail.text()
        [told] = received.filed.appeal.letters.all()
        assert told.via == "PLATFORM"
        assert "Too late." in told.text()
