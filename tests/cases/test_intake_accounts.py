from datetime import UTC, datetime

import pytest
from django.test import Client

from cases.enums import LinkKind
from cases.models import Account, AccountChange, AccountLink
from reviewapp.ledger.models import LedgerEntry
from tests.cases.sending import an_account, faults, send

pytestmark = pytest.mark.django_db


class TestANewAccount:
    """Meera's account, heard of for the first time."""

    def test_is_kept_with_everything_that_was_said(self, api: Client) -> None:
        answer = send(api, "accounts", an_account())

        assert answer.status_code == 200
        assert answer.json() == {"accepted": 1, "duplicates": 0, "rejected": [], "results": []}
        account = Account.objects.get(external_id="acc-1")
        assert account.phone() == "+919876543210"
        assert account.country_prefix == "+91"
        assert account.display_name() == "Meera"
        assert account.attributes() == {"client": "android 2.26"}
        assert account.registered_at == datetime(2026, 2, 1, 3, 0, tzinfo=UTC)
        assert {(link.kind, link.value()) for link in account.links.all()} == {
            ("device", "dev-1"),
            ("network", "net-1"),
            ("network", "net-2"),
        }

    def test_is_found_by_phone_and_by_what_it_shares(self, api: Client) -> None:
        send(api, "accounts", an_account(), an_account(id="acc-2", phone="+919876543211"))

        assert Account.objects.with_phone("+919876543210").get().external_id == "acc-1"
        assert Account.objects.sharing(LinkKind.DEVICE, "dev-1").count() == 2

    def test_leaves_no_personal_word_in_the_clear(self, api: Client) -> None:
        send(api, "accounts", an_account())

        row = Account.objects.filter(external_id="acc-1").values().get()
        kept = " ".join(
            bytes(value).decode("latin-1") if isinstance(value, memoryview | bytes) else str(value)
            for value in row.values()
        )
        assert "9876543210" not in kept
        assert "Meera" not in kept
        assert "dev-1" not in str(AccountLink.objects.values())

    def test_is_in_the_ledger_without_what_it_says(self, api: Client) -> None:
        send(api, "accounts", an_account())

        entry = LedgerEntry.objects.get(kind="account.received")
        assert entry.actor == "source:spam-models"
        assert entry.particulars["count"] == entry.particulars["made"] == 1
        assert "Meera" not in str(entry.particulars)

    def test_may_be_named_in_any_writing(self, api: Client) -> None:
        answer = send(api, "accounts", an_account(id="कबूतर-🕊-٣"))

        assert answer.json()["accepted"] == 1
        assert Account.objects.filter(external_id="कबूतर-🕊-٣").exists()


class TestAKnownAccount:
    """Meera's account, heard of again."""

    @pytest.fixture(autouse=True)
    def known(self, api: Client) -> None:
        send(api, "accounts", an_account())

    def test_sent_the_same_is_a_duplicate_and_leaves_no_trace(self, api: Client) -> None:
        answer = send(api, "accounts", an_account())

        assert answer.json()["duplicates"] == 1
        assert answer.json()["accepted"] == 0
        assert not AccountChange.objects.exists()
        assert LedgerEntry.objects.filter(kind="account.received").count() == 1

    def test_keeps_what_a_field_was_before(self, api: Client) -> None:
        send(api, "accounts", {"id": "acc-1", "phone": "+5511987654321", "kind": "BUSINESS"})

        account = Account.objects.get(external_id="acc-1")
        assert account.phone() == "+5511987654321"
        assert account.country_prefix == "+55"
        assert account.display_name() == "Meera"
        changes = {change.field: change for change in account.changes.select_related("account")}
        assert set(changes) == {"phone", "kind"}
        assert changes["phone"].before() == "+919876543210"
        assert changes["phone"].after() == "+5511987654321"
        entry = LedgerEntry.objects.get(kind="account.changed")
        assert entry.account == account.ref
        assert entry.particulars == {"fields": ["phone", "kind"]}

    def test_loses_what_is_sent_as_null_and_keeps_what_is_left_out(self, api: Client) -> None:
        send(api, "accounts", {"id": "acc-1", "display_name": None, "attributes": None})

        account = Account.objects.get(external_id="acc-1")
        assert account.display_name() == ""
        assert account.attributes() == {}
        assert account.phone() == "+919876543210"

    def test_gains_links_and_loses_none(self, api: Client) -> None:
        answer = send(api, "accounts", {"id": "acc-1", "links": {"device": "dev-9"}})

        account = Account.objects.get(external_id="acc-1")
        assert answer.json()["accepted"] == 1
        assert {link.value() for link in account.links.filter(kind="device")} == {"dev-1", "dev-9"}
        assert account.changes.get().field == "links.device"

    def test_twice_in_a_batch_hears_the_last_word_on_each_field(self, api: Client) -> None:
        answer = send(
            api,
            "accounts",
            {"id": "acc-1", "country": "BR", "locale": "pt-BR"},
            {"id": "acc-1", "country": "PT"},
        )

        account = Account.objects.get(external_id="acc-1")
        assert answer.json()["accepted"] == 2
        assert (account.country, account.locale) == ("PT", "pt-BR")
        assert set(account.changes.values_list("field", flat=True)) == {"country", "locale"}


class TestAWrongAccount:
    @pytest.mark.parametrize(
        ("changed", "pointer", "words"),
        [
            ({"id": ""}, "/id", "empty"),
            ({"id": "a" * 201}, "/id", "201 characters"),
            ({"id": "a\u0000b"}, "/id", "NUL"),
            ({"id": "a\nb"}, "/id", "control character U+000A"),
            ({"phone": "98765 43210"}, "/phone", "E.164"),
            ({"phone": "+999"}, "/phone", "E.164"),
            ({"phone": "+99912345678"}, "/phone", "E.164"),
            ({"phone": 919876543210}, "/phone", "Expected"),
            ({"country": "India"}, "/country", "two capital letters"),
            ({"locale": "not a locale"}, "/locale", "language tag"),
            ({"surface": "TELEPATHY"}, "/surface", "PRIVATE_MESSAGING, CHANNELS"),
            ({"kind": None}, "/kind", "Expected"),
            ({"registered_at": "2026-02-01T08:30:00"}, "/registered_at", "timezone"),
            ({"registered_at": "1999-01-01T00:00:00Z"}, "/registered_at", "2009"),
            ({"registered_at": "2999-01-01T00:00:00Z"}, "/registered_at", "ahead"),
            ({"display_name": "x" * 1_000_000}, "/display_name", "1,000,000 characters"),
            ({"attributes": {"bio": "x" * 20_000}}, "/attributes", "16,384 bytes"),
            ({"attributes": {"a": "\u0000"}}, "/attributes", "NUL"),
            ({"links": {"device": ["d"] * 21}}, "/links/device", "20"),
            ({"links": {"device": "\u0007"}}, "/links/device", "control character"),
            ({"links": {"moon": "d"}}, "/links/moon", "not a field"),
            ({"nickname": "M"}, "/nickname", "not a field"),
        ],
    )
    def test_is_rejected_with_the_field_and_the_reason(
        self, api: Client, changed: dict[str, object], pointer: str, words: str
    ) -> None:
        answer = send(api, "accounts", an_account(**changed), an_account(id="acc-2"))

        assert answer.status_code == 200
        assert answer.json()["accepted"] == 1
        assert list(faults(answer)) == [pointer]
        assert words in faults(answer)[pointer]
        assert Account.objects.count() == 1

    def test_is_told_everything_that_is_wrong_with_it(self, api: Client) -> None:
        answer = send(api, "accounts", an_account(phone="1", country="x", locale="?"))

        assert answer.status_code == 422
        assert set(faults(answer)) == {"/phone", "/country", "/locale"}


class TestLargeAttributes:
    def test_are_measured_in_bytes(self, api: Client) -> None:
        answer = send(
            api,
            "accounts",
            an_account(id="fine", attributes={"z": "न" * 5_400}),
            an_account(id="large", attributes={"z": "न" * 5_500}),
        )

        assert answer.json()["accepted"] == 1
        assert faults(answer)["/attributes"] == "Is larger than 16,384 bytes."
