from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from reviewapp.ledger.models import LedgerEntry
from reviewapp.staff import keying
from reviewapp.staff.models import ApiKey, Source
from tests.conftest import NOON
from tests.factories import create_key

pytestmark = pytest.mark.django_db


class TestAKey:
    """Made at noon for spam-models."""

    def test_is_known_again_by_its_secret_alone(self, key: keying.Issued) -> None:
        assert keying.recognise(key.secret, now=NOON) == key.key
        assert key.secret not in repr(ApiKey.objects.values().get())

    def test_opens_until_it_expires(self, source: Source) -> None:
        key = create_key(source=source, at=NOON, expires_at=NOON + timedelta(days=1))
        last_moment = NOON + timedelta(days=1, microseconds=-1)

        assert keying.recognise(key.secret, now=last_moment) == key.key
        with pytest.raises(keying.ExpiredKey):
            keying.recognise(key.secret, now=NOON + timedelta(days=1))

    def test_opens_until_it_is_revoked_once(self, key: keying.Issued) -> None:
        keying.revoke(key=key.key, by="user:U-1", at=NOON)

        with pytest.raises(keying.RevokedKey):
            keying.recognise(key.secret, now=NOON)
        with pytest.raises(keying.AlreadyRevoked):
            keying.revoke(key=key.key, by="user:U-2", at=NOON)

    def test_is_in_the_ledger_by_its_prefix(self, key: keying.Issued) -> None:
        keying.revoke(key=key.key, by="user:U-1", at=NOON)

        made, revoked = LedgerEntry.objects.filter(kind__startswith="key.").order_by("id")
        assert (made.kind, revoked.kind) == ("key.created", "key.revoked")
        assert revoked.actor == "user:U-1"
        assert made.particulars["source"] == "spam-models"
        assert made.particulars["key"] == key.key.prefix
        assert key.secret not in str(made.particulars)

    @pytest.mark.parametrize("scopes", [["fly"], ["read", "fly"], []])
    def test_opens_known_scopes_only(self, source: Source, scopes: list[str]) -> None:
        with pytest.raises(keying.UnknownScope, match="Scopes are: intake"):
            keying.issue(source=source, scopes=scopes, by="system", at=NOON)

        assert not ApiKey.objects.exists()

    def test_cannot_end_before_it_begins(self, source: Source) -> None:
        with pytest.raises(IntegrityError, match="key_expires"), transaction.atomic():
            create_key(source=source, at=NOON, expires_at=NOON)

        assert not LedgerEntry.objects.filter(kind="key.created").exists()

    def test_notes_its_use_once_a_minute(self, key: keying.Issued) -> None:
        def noted() -> object:
            return ApiKey.objects.get().last_used_at

        key.key.note_use(at=NOON)
        key.key.note_use(at=NOON + timedelta(seconds=59))
        assert noted() == NOON
        # Another process, which read the row before, does not write it again either.
        ApiKey(pk=key.key.pk).note_use(at=NOON + timedelta(seconds=59))
        assert noted() == NOON
        key.key.note_use(at=NOON + timedelta(seconds=60))
        assert noted() == NOON + timedelta(seconds=60)
