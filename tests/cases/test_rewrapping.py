"""A new field key in front of the old: every data key moves under it, and opens as before."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from cases import rewrapping
from cases.models import Account
from reviewapp.kernel import encryption
from reviewapp.ledger.models import LedgerEntry
from tests.cases.factories import make_account
from tests.conftest import NOON

pytestmark = pytest.mark.django_db
NEW = b"n" * 32


@pytest.fixture
def rotated(settings: Any, monkeypatch: pytest.MonkeyPatch) -> list[Account]:
    """Three accounts from before the rotation; batches of two."""
    monkeypatch.setattr(rewrapping, "_AT_ONCE", 2)
    accounts = [make_account(external_id=f"a{n}", phone=f"+9198765432{n}0") for n in range(3)]
    settings.FIELD_KEYS = [NEW, *settings.FIELD_KEYS]
    return accounts


class TestRewrapping:
    def test_moves_every_key_under_the_new_one(self, rotated: list[Account], settings: Any) -> None:
        done = rewrapping.rewrap_all(by="system", at=NOON)

        assert (done.anew, done.before, done.closed) == (3, 0, 0)
        settings.FIELD_KEYS = [NEW]
        phones = [account.phone() for account in Account.objects.order_by("external_id")]
        assert phones == ["+919876543200", "+919876543210", "+919876543220"]

    def test_changes_nothing_the_second_time(self, rotated: list[Account]) -> None:
        rewrapping.rewrap_all(by="system", at=NOON)
        wrapped = list(Account.objects.order_by("id").values_list("wrapped_key"))

        done = rewrapping.rewrap_all(by="system", at=NOON)

        assert (done.anew, done.before) == (0, 3)
        assert list(Account.objects.order_by("id").values_list("wrapped_key")) == wrapped
        [entry] = LedgerEntry.objects.filter(kind="fieldkeys.rewrapped")
        assert entry.particulars == {"accounts": 3, "left": 0}

    def test_leaves_who_was_erased_erased(self, rotated: list[Account]) -> None:
        Account.objects.filter(pk=rotated[1].pk).update(wrapped_key=b"")

        done = rewrapping.rewrap_all(by="system", at=NOON)

        assert (done.anew, done.erased) == (2, 1)
        assert bytes(Account.objects.get(pk=rotated[1].pk).wrapped_key) == b""

    def test_leaves_erased_who_is_erased_meanwhile(
        self, rotated: list[Account], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        real = encryption.rewrap

        def erasing(key: bytes) -> bytes:
            Account.objects.filter(pk=rotated[0].pk).update(wrapped_key=b"")
            return real(key)

        monkeypatch.setattr("cases.rewrapping.rewrap", erasing)

        assert rewrapping.rewrap_all(by="system", at=NOON).anew == 2
        assert bytes(Account.objects.get(pk=rotated[0].pk).wrapped_key) == b""


class TestTheCommand:
    def test_says_what_it_did(self, rotated: list[Account]) -> None:
        said = StringIO()
        call_command("rewrap_keys", stdout=said, stderr=StringIO())
        assert said.getvalue() == (
            "3 keys wrapped anew, 0 had been before, 0 were erased;"
            " none is left under another field key.\n"
        )

    def test_names_whose_key_it_cannot_open(self, rotated: list[Account], settings: Any) -> None:
        settings.FIELD_KEYS = [NEW]

        with pytest.raises(CommandError, match=f"3 keys .* {rotated[0].ref}: put"):
            call_command("rewrap_keys", stdout=StringIO(), stderr=StringIO())
