from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest

from appeals import claiming, complying
from appeals.actioning import NotBecauseOfIt
from appeals.attaching import Upload
from appeals.cleaning import TextRefused
from appeals.complying import CannotComply, CannotRecord
from appeals.models import Clock, Order
from appeals.screening import FileRefused
from cases import overturning, rewrapping
from cases.platform import FakePlatform
from reviewapp.ledger.models import LedgerEntry
from reviewapp.staff.models import User
from tests.appeals.factories import make_grievance, make_order
from tests.cases import secondlook
from tests.cases.factories import NOON, make_account, make_enforcement

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LATER = NOON + HOUR


def document(data: bytes = b"The account is to be restored.\n") -> Upload:
    return Upload("order.txt", BytesIO(data))


def record(by: User, **changed: Any) -> Order:
    said = {
        "kind": "AUTHORITY_ORDER", "issued_by": "High Court of Delhi", "number": "W.P.(C) 12/2026",
        "text": "Restore the account.", "channel": "POST", "jurisdiction": "IN",
        "received_at": NOON, "files": [document()], "at": LATER,
    }  # fmt: skip
    return complying.record(by=by, **(said | changed))


class TestRecording:
    """Noor types in what the court sent."""

    def test_keeps_the_order_with_its_document(self, noor: User) -> None:
        order = record(noor, account=make_account())

        assert order.text() == "Restore the account."
        assert order.attachments.get().name() == "order.txt"
        line = LedgerEntry.objects.get(kind="order.received")
        assert (line.actor, line.country_prefix) == (noor.actor, "+91")
        assert "High Court" not in str(line.particulars)

    def test_starts_the_clock_when_it_was_received(self, noor: User) -> None:
        """Three hours by the rules that hold since February 2026."""
        assert record(noor).due_at == NOON + 3 * HOUR

    def test_goes_by_what_the_order_says_of_itself(self, noor: User) -> None:
        order = record(noor, kind="GAC_ORDER", states_due_at=NOON + 10 * DAY)

        assert Clock.objects.get().due_at == order.due_at == NOON + 10 * DAY

    @pytest.mark.parametrize(
        ("said", "pointer"),
        [
            ({"files": []}, "files"),
            ({"issued_by": " "}, "issued_by"),
            ({"issued_by": "x" * 201}, "issued_by"),
            ({"number": "x" * 201}, "number"),
            ({"kind": "SUMMONS"}, "kind"),
            ({"channel": "FAX"}, "channel"),
            ({"jurisdiction": "XX"}, "jurisdiction"),
            ({"received_at": LATER + HOUR}, "received_at"),
            ({"states_due_at": NOON - HOUR}, "states_due_at"),
        ],
    )
    def test_refuses_what_is_amiss(self, noor: User, said: dict[str, Any], pointer: str) -> None:
        with pytest.raises(CannotRecord) as refused:
            record(noor, **said)

        assert refused.value.pointer == pointer
        assert not Order.objects.exists()

    def test_refuses_what_can_not_be_read(self, noor: User) -> None:
        with pytest.raises(TextRefused):
            record(noor, text=" ")
        with pytest.raises(FileRefused):
            record(noor, files=[document(b"MZ\x90\x00" + b"\0" * 400)])

        assert not Order.objects.exists()

    def test_records_the_same_order_once(self, noor: User) -> None:
        first = record(noor)

        with pytest.raises(CannotRecord, match=first.ref):
            record(noor, issued_by="high court of delhi")
        record(noor, issued_by="High Court of Bombay")


class TestComplying:
    """Noor holds an order about an account that Ada had banned."""

    @pytest.fixture(autouse=True)
    def _held(self, noor: User, ada: User) -> None:
        self.noor = noor
        self.platform = FakePlatform()
        self.account = make_account(external_id="wa-1")
        self.original = secondlook.decide(self.account, ada, at=NOON - 2 * DAY)
        secondlook.settle(self.platform, NOON - 2 * DAY)
        order = make_order(account=self.account, grievance=make_grievance())
        self.order = claiming.take(ticket=order, by=noor, at=NOON)

    def comply(self, *, at=LATER, **said: Any) -> Order:
        said = {"how": "As ordered.", "seen_version": 1} | said
        complying.comply(order=self.order, by=said.pop("by", self.noor), at=at, **said)
        self.order.refresh_from_db()
        return self.order

    def test_says_how_and_keeps_the_clock(self) -> None:
        order = self.comply(how="The registration data was handed over.")

        assert (order.complied_at, order.complied_by, order.decision) == (LATER, self.noor, None)
        assert order.outcome() == "The registration data was handed over."
        assert Clock.objects.kept().filter(order=order).exists()
        assert LedgerEntry.objects.get(kind="order.complied").particulars["in_time"] is True

    def test_too_late_breaks_it(self) -> None:
        self.comply(at=NOON + 4 * HOUR)

        assert Clock.objects.broken(now=NOON).get().order == self.order
        assert LedgerEntry.objects.get(kind="order.complied").particulars["in_time"] is False

    def test_may_rest_on_a_decision_made_since(self, bo: User) -> None:
        lift = secondlook.overturn(self.original, bo, at=LATER)

        assert self.comply(decision=lift).decision == lift

    def test_does_not_rest_on_what_came_before(self) -> None:
        with pytest.raises(NotBecauseOfIt):
            self.comply(decision=self.original)

        self.order.refresh_from_db()
        assert self.order.is_open

    def test_can_be_to_lift_what_stands(self) -> None:
        complying.comply_by_lifting(
            order=self.order, enforcement=self.original.enforcements.get(), by=self.noor,
            at=LATER, seen_version=1, reason="A court has ordered it.", how="Lifted.",
        )  # fmt: skip

        self.order.refresh_from_db()
        undoing = self.original.undone_by.get()
        assert (self.order.decision, undoing.upon) == (undoing, "ORDER")
        secondlook.settle(self.platform, LATER)
        assert self.platform.standing["wa-1"] == []
        assert "A court has ordered it." in self.platform.told["wa-1"][-1]["text"]
        assert not self.original.labels.filter(value="NO_VIOLATION").exists()

    def test_lifts_nothing_against_another_account(self) -> None:
        with pytest.raises(CannotComply):
            complying.comply_by_lifting(
                order=self.order, enforcement=make_enforcement(account=make_account()),
                by=self.noor, at=LATER, seen_version=1, reason="So.", how="Lifted.",
            )  # fmt: skip

    def test_is_undone_as_a_whole_where_nothing_stands(self) -> None:
        enforcement = self.original.enforcements.get()
        said = {"order": self.order, "enforcement": enforcement, "by": self.noor, "at": LATER}
        secondlook.overturn(self.original, self.noor, at=NOON)

        with pytest.raises(overturning.CannotOverturn):
            complying.comply_by_lifting(**said, seen_version=1, reason="So.", how="Lifted.")

        self.order.refresh_from_db()
        assert self.order.is_open

    def test_is_done_by_whoever_holds_it_and_saw_it_as_it_is(self, ravi: User, ada: User) -> None:
        for by in (ravi, ada):
            with pytest.raises(claiming.CannotTake):
                self.comply(by=by)
        with pytest.raises(complying.StalePage):
            self.comply(seen_version=7)
        with pytest.raises(CannotComply) as refused:
            self.comply(how=" ")
        assert refused.value.pointer == "how"

        self.comply()
        with pytest.raises(complying.AlreadyClosed):
            self.comply(seen_version=2)


class TestClosingWithoutComplying:
    @pytest.mark.parametrize(("after", "broken"), [(HOUR, 0), (4 * HOUR, 1)])
    def test_says_why_and_hides_no_breach(self, noor: User, after: timedelta, broken: int) -> None:
        order = claiming.take(ticket=make_order(), by=noor, at=NOON)

        complying.close(
            order=order, by=noor, at=NOON + after, seen_version=1, why="The court withdrew it."
        )

        order.refresh_from_db()
        assert (order.complied_at, order.outcome()) == (None, "The court withdrew it.")
        assert order not in Order.objects.all().complied()
        assert Clock.objects.broken(now=NOON + DAY).count() == broken


class TestAKeyOfItsOwn:
    """Of an order, and of a grievance: it moves under a new field key like an account's."""

    def test_is_wrapped_anew(self, settings: Any) -> None:
        order, grievance = make_order(), make_grievance(account=make_account())
        kept = settings.FIELD_KEYS
        settings.FIELD_KEYS = [b"n" * 32, *kept]

        done = rewrapping.rewrap_all(by="system", at=NOON)

        assert done.anew == 3
        line = LedgerEntry.objects.get(kind="fieldkeys.rewrapped")
        assert line.particulars == {"accounts": 1, "grievances": 1, "orders": 1, "left": 0}
        settings.FIELD_KEYS = [b"n" * 32]
        for ticket in (order, grievance):
            ticket.refresh_from_db()
        assert order.text() == "Restore the account."
        assert grievance.statements.get().text() == "I cannot sign in."
