from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from reviewapp.ledger.models import LedgerEntry
from reviewapp.staff import keying
from reviewapp.staff.models import ApiKey, Source

pytestmark = pytest.mark.django_db


def create_api_key(*args: str) -> str:
    """What the command printed."""
    out = StringIO()
    call_command("create_api_key", *args, stdout=out, stderr=StringIO())
    return out.getvalue().strip()


class TestTheCommand:
    def test_prints_a_key_that_opens_what_was_asked(self) -> None:
        secret = create_api_key(
            "spam-models", "--scope", "intake", "--scope", "enforced", "--name", "nightly"
        )

        key = keying.recognise(secret, now=timezone.now())
        assert key.source.name == "spam-models"
        assert key.scopes == ["enforced", "intake"]
        assert key.name == "nightly"
        assert LedgerEntry.objects.filter(kind="key.created").count() == 1

    def test_makes_another_key_of_a_source_that_is_there(self, source: Source) -> None:
        create_api_key(source.name, "--scope", "read")
        create_api_key(source.name, "--scope", "read")

        assert Source.objects.get().keys.count() == 2

    def test_makes_a_key_that_expires(self) -> None:
        secret = create_api_key("spam-models", "--scope", "read", "--expires-days", "2")

        keying.recognise(secret, now=timezone.now() + timedelta(days=1))
        with pytest.raises(keying.ExpiredKey):
            keying.recognise(secret, now=timezone.now() + timedelta(days=3))

    @pytest.mark.parametrize(
        ("args", "says"),
        [
            (["spam-models", "--scope", "fly"], "no scope called fly"),
            (["spam-models"], "--scope"),
            (["Spam Models", "--scope", "read"], "small letters"),
            (["", "--scope", "read"], "SOURCE"),
            (["a" * 51, "--scope", "read"], "50"),
            (["spam\0", "--scope", "read"], "SOURCE"),
            (["spam-models", "--scope", "read", "--expires-days", "0"], "--expires-days"),
            (["spam-models", "--scope", "read", "--expires-days", "soon"], "--expires-days"),
        ],
    )
    def test_refuses_in_one_line_and_makes_nothing(self, args: list[str], says: str) -> None:
        with pytest.raises(CommandError, match=says) as refusal:
            create_api_key(*args)

        assert "\n" not in str(refusal.value)
        assert not ApiKey.objects.exists()
        assert not Source.objects.exists()
