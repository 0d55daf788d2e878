from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile

from appeals import claiming
from appeals.models import Order
from reviewapp.ledger.models import LedgerEntry
from reviewapp.staff.models import User
from tests.appeals.factories import make_grievance, make_order
from tests.cases import secondlook
from tests.cases.factories import make_account
from tests.conftest import NOON

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _at_noon() -> Any:
    with time_machine.travel(NOON, tick=False):
        yield


class TestRecording:
    """Noor types in what a court sent."""

    @pytest.fixture(autouse=True)
    def _typed(self, noor: User, signed_in: Any) -> None:
        self.client = signed_in(noor)
        self.account = make_account(at=NOON)
        self.grievance = make_grievance(at=NOON)

    def record(self, **changed: Any) -> Any:
        typed = {
            "kind": "AUTHORITY_ORDER", "issued_by": "High Court of Delhi", "number": "12/2026",
            "text": "Restore the account.", "channel": "POST", "jurisdiction": "IN",
            "received_at": "2026-03-10T11:00", "states_due_at": "2026-03-12T12:00",
            "account": self.account.external_id, "grievance": self.grievance.ref.lower(),
            "files": [SimpleUploadedFile("order.txt", b"The account is to be restored.\n")],
        }  # fmt: skip
        return self.client.post("/orders/new/", typed | changed, follow=True)

    def test_keeps_the_order_and_shows_it(self) -> None:
        page = self.record()

        order = Order.objects.get()
        assert page.redirect_chain[-1][0] == f"/orders/{order.ref}/"
        assert (order.account, order.grievance) == (self.account, self.grievance)
        assert order.due_at == NOON + timedelta(days=2)
        text = page.content.decode()
        assert "Restore the account." in text
        assert f'href="/attachments/{order.attachments.get().pk}/">order.txt' in text
        assert "the order&#x27;s own time" in text

    @pytest.mark.parametrize(
        ("changed", "words"),
        [
            ({"issued_by": ""}, "This field is required"),
            ({"files": []}, "Attach the document itself"),
            ({"account": "nobody"}, "There is no such account"),
            ({"grievance": "G-NOPE"}, "There is no such grievance"),
            ({"received_at": "2027-03-10T11:00"}, "That lies in the future"),
            ({"states_due_at": "2026-03-09T11:00"}, "before it was received"),
            ({"kind": "WISH"}, "Select a valid choice"),
        ],
    )
    def test_says_what_is_wrong_and_keeps_nothing(self, changed: Any, words: str) -> None:
        answer = self.record(**changed)

        assert answer.status_code == 422
        assert words in answer.content.decode()
        assert not Order.objects.exists()

    def test_takes_no_programs(self) -> None:
        file = SimpleUploadedFile("order.pdf", b"MZ\x90\x00" + b"\x00" * 200)

        assert self.record(files=[file]).status_code == 422
        assert not Order.objects.exists()

    def test_is_offered_to_those_who_may(self, omar: User, signed_in: Any) -> None:
        assert 'href="/orders/new/"' in self.client.get("/orders/").content.decode()
        client = signed_in(omar)
        assert 'href="/orders/new/"' not in client.get("/orders/").content.decode()
        assert client.get("/orders/new/").status_code == 403


class TestTheOrder:
    """Noor holds an order about an account that Ada had banned."""

    @pytest.fixture(autouse=True)
    def _held(self, noor: User, ada: User, signed_in: Any) -> None:
        self.account = make_account(at=NOON - 9 * HOUR)
        self.banned = secondlook.decide(self.account, ada, at=NOON - 8 * HOUR)
        self.order = make_order(account=self.account, at=NOON - HOUR)
        claiming.take(ticket=self.order, by=noor, at=NOON)
        self.path = f"/orders/{self.order.ref}/"
        self.client = signed_in(noor)

    def post(self, what: str, **typed: Any) -> Any:
        typed = {"seen_version": self.row().version, "locale": "en"} | typed
        return self.client.post(f"{self.path}{what}/", typed, follow=True)

    def row(self) -> Order:
        return Order.objects.get(pk=self.order.pk)

    def test_is_complied_with_by_another_deed(self) -> None:
        page = self.post("compliance", way="another", how="Sent the numbers by courier.")

        assert self.row().complied_at == NOON
        assert "Complied with" in page.content.decode()
        assert "Sent the numbers by courier." in page.content.decode()

    def test_is_complied_with_by_lifting_what_stands(self) -> None:
        ban = self.banned.enforcements.get()
        page = self.client.get(self.path)
        assert f"lift:{ban.ref}" in page.content.decode()

        answer = self.post(
            "compliance", way=f"lift:{ban.ref}", how="As ordered.", reason="A court ordered it."
        )

        assert answer.status_code == 200
        assert self.row().decision.undoes == self.banned

    def test_is_complied_with_by_a_decision_made_since(self, ada: User) -> None:
        made = secondlook.decide(self.account, ada, at=NOON - timedelta(minutes=30))

        self.post("compliance", way=f"decision:{made.ref}", how="Ada did it.")

        assert self.row().decision == made

    def test_is_closed_with_why(self) -> None:
        page = self.post("closing", why="The court withdrew it.")

        assert "Closed without complying" in page.content.decode()
        assert "The court withdrew it." in page.content.decode()
        assert self.row().complied_at is None

    @pytest.mark.parametrize(
        ("typed", "words"),
        [
            ({}, "Say how"),
            ({"way": "another"}, "Say how, for colleagues"),
            ({"way": "lift:E-NOPE", "how": "x"}, "complied with by that any more"),
        ],
    )
    def test_says_what_is_missing(self, typed: dict[str, str], words: str) -> None:
        answer = self.post("compliance", **typed)

        assert answer.status_code == 422
        assert words in answer.content.decode()
        assert self.row().is_open

    def test_is_refused_on_a_page_that_is_not_the_newest(self) -> None:
        answer = self.post("compliance", way="another", how="Done so.", seen_version=0)

        assert answer.status_code == 409
        assert "Something changed" in answer.content.decode()
        assert "Done so." in answer.content.decode()

    def test_is_only_read_while_somebody_else_holds_it(self, ravi: User, signed_in: Any) -> None:
        self.client = signed_in(ravi)
        page = self.client.get(self.path)
        answer = self.post("compliance", way="another", how="I did it.")

        assert "Held by Noor" in page.content.decode()
        assert "comply" not in page.context
        assert answer.status_code == 409
        assert "I did it." in answer.content.decode()

    def test_writes_down_who_looked(self, noor: User) -> None:
        self.client.get(self.path)

        assert LedgerEntry.objects.get(kind="order.viewed").actor == noor.actor
