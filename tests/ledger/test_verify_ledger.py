from datetime import timedelta
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils import timezone

from reviewapp.ledger.heads import latest_head
from reviewapp.ledger.models import LedgerEntry
from reviewapp.ledger.sealing import seal_pending
from tests.ledger.forging import forge, seal_anew
from tests.ledger.lines import NOON, record_lines


def verify_ledger(*arguments: str) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("verify_ledger", *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


@pytest.mark.django_db
class TestVerifyLedger:
    @pytest.fixture(autouse=True)
    def ledger(self, db):
        record_lines(5)
        seal_pending(now=NOON)

    def test_prints_figures_and_the_head_last(self):
        assert verify_ledger() == (
            f"5 entries in 1 seals fit; 0 wait for theirs.\n{latest_head()}\n",
            "",
        )

    def test_warns_of_entries_that_wait_too_long(self):
        record_lines(2, at=timezone.now() - timedelta(minutes=2))
        record_lines(1, at=timezone.now())

        out, err = verify_ledger()
        assert "3 wait for theirs" in out
        assert err.startswith("2 entries have waited for a seal for more than 60 seconds")

    def test_fails_with_one_line_that_names_the_entry(self):
        entry = LedgerEntry.objects.get(account="A-2")
        forge("UPDATE ledger_entry SET action = 'WARN' WHERE id = %s", entry.id)

        with pytest.raises(CommandError) as failure:
            verify_ledger()
        assert failure.value.returncode == 1
        assert str(failure.value).startswith(f"Entry {entry.id} (place 2, decision.made, ")
        assert "\n" not in str(failure.value)

    def test_prints_the_head_to_be_kept_and_holds_the_ledger_against_it(self, tmp_path):
        head = verify_ledger("--print-head")[0]
        kept = tmp_path / "heads"
        kept.write_text(f"# kept by the auditor\n{head}")
        record_lines(3)
        seal_pending(now=NOON)

        for against in (head, str(kept)):
            assert "They pass through 1 kept heads." in verify_ledger("--against", against)[0]

        forge("UPDATE ledger_entry SET action = 'WARN' WHERE account = 'A-5'")
        seal_anew(now=NOON, key=settings.SEAL_KEY, run=5)
        verify_ledger()
        for against in (head, str(kept)):
            with pytest.raises(CommandError, match="Seal 1 is not the one whose head was kept"):
                verify_ledger("--against", against)

    def test_refuses_a_head_that_is_none(self, tmp_path):
        empty = tmp_path / "heads"
        empty.write_text("")
        binary = tmp_path / "binary"
        binary.write_bytes(b"\xff\xfe")

        for against, sentence in [
            ("12:beef", "is not a head"),
            ("no/such/file", "is not a head"),
            (str(empty), "no head to hold"),
            (str(binary), "cannot be read"),
        ]:
            with pytest.raises(CommandError, match=sentence):
                verify_ledger("--against", against)


@pytest.mark.django_db(transaction=True)
class TestVerifyLedgerByItself:
    """Outside of any transaction, as people run it."""

    def test_has_no_head_before_the_first_seal(self):
        assert verify_ledger()[0] == "0 entries in 0 seals fit; 0 wait for theirs.\n"
        with pytest.raises(CommandError, match="Nothing is sealed yet"):
            verify_ledger("--print-head")

    def test_changes_nothing_and_reads_one_moment(self):
        record_lines(5)
        seal_pending(now=NOON)

        assert verify_ledger() == verify_ledger()
