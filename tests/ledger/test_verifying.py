from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection

from reviewapp.ledger.heads import Head, latest_head
from reviewapp.ledger.misfits import Misfit
from reviewapp.ledger.models import LedgerEntry, Place, Seal
from reviewapp.ledger.sealing import seal_pending
from reviewapp.ledger.verifying import LATE, verify
from tests.ledger.forging import forge, seal_anew, triggers_off
from tests.ledger.lines import NOON, record_lines

pytestmark = pytest.mark.django_db

RUNS = (4, 3, 5)  # entries under seals 1, 2 and 3


@pytest.fixture(autouse=True)
def ledger(db):
    for run in RUNS:
        record_lines(run)
        seal_pending(now=NOON)


@pytest.fixture
def misfit() -> Callable[..., str]:
    def first_misfit(*against: Head) -> str:
        with pytest.raises(Misfit) as found:
            verify(now=NOON, against=against)
        return str(found.value)

    return first_misfit


def at_place(sequence: int) -> LedgerEntry:
    place = Place.objects.get(sequence=sequence)
    return LedgerEntry.objects.get(id=place.entry_id)


def name_of(sequence: int) -> str:
    entry = at_place(sequence)
    return (
        f"Entry {entry.id} (place {sequence}, {entry.kind}, recorded 2026-03-10T12:00:00.000000Z)"
    )


class TestVerifying:
    def test_gives_the_figures_of_a_ledger_in_which_all_fits(self):
        record_lines(2)

        verified = verify(now=NOON)

        assert (verified.entries, verified.seals, verified.waiting) == (12, 3, 2)
        assert verified.head == latest_head()

    def test_says_how_many_have_waited_too_long_for_their_seal(self):
        record_lines(3)
        record_lines(2, at=NOON + LATE)

        assert verify(now=NOON + LATE + timedelta(seconds=1)).late == 3

    def test_reads_in_pieces_however_the_seals_are_cut(self, monkeypatch):
        monkeypatch.setattr("reviewapp.ledger.verifying._AT_ONCE", 2)

        assert verify(now=NOON).entries == 12

    def test_is_content_with_an_empty_ledger(self):
        with triggers_off(), connection.cursor() as cursor:
            for table in ("ledger_seal", "ledger_place", "ledger_entry"):
                cursor.execute(f"DELETE FROM {table}")

        verified = verify(now=NOON)
        assert (verified.entries, verified.seals, verified.head) == (0, 0, None)


ALTERATIONS = [
    "actor = 'user:U-000000'",
    "account = ''",
    "\"case\" = 'C-9'",
    "outcome = 'NO_VIOLATION'",
    "maker = 'AUTOMATED'",
    "happened_at = happened_at + interval '1 microsecond'",
    "happened_at = 'infinity'",
    "particulars = '{}'",
    "particulars = jsonb_set(particulars, '{score}', '0.9730')",
    "particulars = jsonb_set(particulars, '{score}', '0.97300000000000001')",
    "particulars = particulars || '{\"more\": null}'",
    "country_prefix = '92'",
    "detector_version = '3 '",
]


class TestAnAlteredEntry:
    @pytest.mark.parametrize("alteration", ALTERATIONS)
    def test_is_named(self, misfit, alteration):
        name = name_of(6)
        forge(f"UPDATE ledger_entry SET {alteration} WHERE id = %s", at_place(6).id)

        assert misfit() == f"{name} was altered: it is not what seal 2 closed."

    def test_is_named_when_its_kind_was_altered(self, misfit):
        forge("UPDATE ledger_entry SET kind = 'label.given' WHERE id = %s", at_place(6).id)

        assert misfit().endswith("was altered: it is not what seal 2 closed.")
        assert "(place 6, label.given, " in misfit()

    @pytest.mark.parametrize("time", ["recorded_at + interval '1 year'", "'infinity'"])
    def test_is_named_when_it_was_moved_to_another_time(self, misfit, time):
        entry = at_place(6)
        forge(f"UPDATE ledger_entry SET recorded_at = {time} WHERE id = %s", entry.id)

        assert misfit().startswith(f"Entry {entry.id} (place 6, decision.made, recorded ")
        assert misfit().endswith("was altered: seal 2 closed it with another time.")

    def test_is_the_first_of_several(self, misfit):
        forge("UPDATE ledger_entry SET actor = 'x' WHERE id = %s", at_place(11).id)
        forge("UPDATE ledger_entry SET actor = 'x' WHERE id = %s", at_place(3).id)

        assert misfit().startswith(name_of(3))

    def test_is_noticed_when_its_leaf_was_made_to_fit(self, misfit):
        forge("UPDATE ledger_entry SET actor = 'x' WHERE id = %s", at_place(6).id)
        forge("UPDATE ledger_place SET leaf = %s WHERE sequence = 6", leaf_now(6))

        assert misfit() == (
            "Seal 2 does not fit the entries at places 5 to 7: their root is another."
        )


def leaf_now(sequence: int) -> bytes:
    from reviewapp.ledger.leaves import LEAF_COLUMNS, leaf_hash

    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {LEAF_COLUMNS} FROM ledger_entry entry WHERE id = %s",
            [at_place(sequence).id],
        )
        return leaf_hash(cursor.fetchone())


class TestARemovedEntry:
    def test_is_named(self, misfit):
        entry = at_place(6)
        forge("DELETE FROM ledger_entry WHERE id = %s", entry.id)

        assert misfit() == (
            f"Entry {entry.id} (place 6, decision.made), which seal 2 closed, was removed."
        )

    def test_is_named_when_its_place_went_too(self, misfit):
        forge("DELETE FROM ledger_entry WHERE id = %s", at_place(6).id)
        forge("DELETE FROM ledger_place WHERE sequence = 6")

        assert misfit() == "Place 6, which seal 2 closed, is missing."

    def test_is_named_when_it_was_still_waiting(self, misfit):
        record_lines(1)
        waiting = LedgerEntry.objects.newest_first().first()
        forge("DELETE FROM ledger_entry WHERE id = %s", waiting.id)

        assert misfit() == f"Entry {waiting.id} was removed while it waited for its seal."


class TestAnAddedEntry:
    def test_is_named_when_it_came_around_the_triggers(self, misfit):
        forge(
            "INSERT INTO ledger_entry (recorded_at, id, happened_at, kind, actor)"
            " SELECT recorded_at, gen_random_uuid(), happened_at, kind, 'x'"
            " FROM ledger_entry LIMIT 1"
        )

        assert "has no place and waits for none" in misfit()
        assert str(LedgerEntry.objects.get(actor="x").id) in misfit()


class TestAForgedPlace:
    def test_is_missed_when_it_was_removed(self, misfit):
        entry = at_place(6)
        forge("DELETE FROM ledger_place WHERE sequence = 6")

        assert misfit() == (
            "Place 6, which seal 2 closed, is missing."
            f" Entry {entry.id} (decision.made, recorded 2026-03-10T12:00:00.000000Z) has none."
        )

    def test_is_named_when_its_leaf_was_altered(self, misfit):
        forge("UPDATE ledger_place SET leaf = sha256('x') WHERE sequence = 6")

        assert misfit() == f"{name_of(6)} is as seal 2 closed it, but its place was altered."

    def test_is_named_when_its_kind_was_altered(self, misfit):
        forge("UPDATE ledger_place SET kind = 'label.given' WHERE sequence = 6")

        assert misfit() == f"{name_of(6)} is as seal 2 closed it, but its place was altered."

    def test_is_noticed_when_it_was_given_to_another_entry(self, misfit):
        name = name_of(5)
        with triggers_off(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT entry_id FROM ledger_place WHERE sequence IN (5, 6) ORDER BY sequence"
            )
            (five,), (six,) = cursor.fetchall()
            cursor.execute(
                "UPDATE ledger_place SET entry_id = gen_random_uuid() WHERE sequence = 6"
            )
            cursor.execute("UPDATE ledger_place SET entry_id = %s WHERE sequence = 5", [six])
            cursor.execute("UPDATE ledger_place SET entry_id = %s WHERE sequence = 6", [five])

        assert misfit().startswith(f"Entry {six} (place 5, ")
        assert not misfit().startswith(name)

    @pytest.mark.parametrize(("number", "sentence"), [(600, "Place 6, "), (-6, "Place -6 ")])
    def test_is_noticed_when_its_number_was_altered(self, misfit, number, sentence):
        forge("UPDATE ledger_place SET sequence = %s WHERE sequence = 6", number)

        assert misfit().startswith(sentence)


class TestAForgedSeal:
    @pytest.mark.parametrize(
        ("alteration", "sentence"),
        [
            ("root = sha256('x')", "Seal 2 does not fit the entries at places 5 to 7"),
            ("head = sha256('x')", "Seal 2 was altered"),
            ("signature = sha512('x')", "Seal 2 does not bear the signature"),
            ("signature = ''", "Seal 2 does not bear the signature"),
            ("previous_head = sha256('x')", "Seal 2 does not follow from the head"),
            ("sealed_at = sealed_at + interval '1 microsecond'", "Seal 2 was altered"),
            ("sealed_at = 'infinity'", "Seal 2 was altered"),
            ("key_id = 'ffff'", "Seal 2 is signed with the key ffff, which is neither"),
            ("first_sequence = 6", "Seal 2 does not begin at place 5"),
            ("last_sequence = 6", "Seal 2 does not fit the entries at places 5 to 6"),
            ("last_sequence = 3", "Seal 2 does not begin at place 5"),
            ("number = 20", "Seal 2 is missing: seal 3 comes next."),
            ("number = -2", "Seal 1 is missing: seal -2 comes next."),
        ],
    )
    def test_is_named(self, misfit, alteration, sentence):
        forge(f"UPDATE ledger_seal SET {alteration} WHERE number = 2")

        assert misfit().startswith(sentence)

    @pytest.mark.parametrize(
        ("removed", "sentence"),
        [
            (1, "Seal 1 is missing: seal 2 comes next."),
            (2, "Seal 2 is missing: seal 3 comes next."),
        ],
    )
    def test_is_missed_when_it_was_removed(self, misfit, removed, sentence):
        forge("DELETE FROM ledger_seal WHERE number = %s", removed)

        assert misfit() == sentence

    def test_is_missed_when_it_was_the_last_and_its_places_are_left(self, misfit):
        forge("DELETE FROM ledger_seal WHERE number = 3")

        assert misfit().startswith("Place 8 (entry ")
        assert misfit().endswith("is under no seal: what followed seal 2 was removed.")

    def test_is_missed_when_its_places_went_too(self, misfit):
        entry = at_place(8)
        forge("DELETE FROM ledger_seal WHERE number = 3")
        forge("DELETE FROM ledger_place WHERE sequence >= 8")

        assert str(entry.id) in misfit()
        assert "has no place and waits for none" in misfit()

    def test_is_noticed_when_an_entry_waits_again(self, misfit):
        entry = at_place(8)
        forge("INSERT INTO ledger_unplaced VALUES (%s, %s)", entry.id, entry.recorded_at)

        assert misfit() == f"Entry {entry.id} is sealed and was made to wait for a seal again."

    def test_is_noticed_when_it_closes_an_entry_a_second_time(self, misfit):
        entry = at_place(8)
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE ledger_place DROP CONSTRAINT ledger_place_entry_id_key")
        forge(
            "INSERT INTO ledger_place SELECT 13, entry_id, recorded_at, kind, leaf"
            " FROM ledger_place WHERE sequence = 8"
        )
        seal_one_place_more()

        assert misfit() == f"Entry {entry.id} was sealed twice, at places 8 and 13."


def seal_one_place_more() -> None:
    """A seal over place 13 that fits in every way, as the owner of the key could make it."""
    from reviewapp.ledger.heads import chain, microseconds
    from reviewapp.ledger.keys import sign

    last = Seal.objects.get(number=3)
    root = bytes(Place.objects.get(sequence=13).leaf)
    head = chain(
        previous_head=bytes(last.head),
        number=4,
        first_sequence=13,
        last_sequence=13,
        root=root,
        sealed_at=microseconds(NOON),
    )
    signature, key_id = sign(head)
    Seal.objects.create(
        number=4,
        first_sequence=13,
        last_sequence=13,
        root=root,
        previous_head=last.head,
        head=head,
        signature=signature,
        key_id=key_id,
        sealed_at=NOON,
    )


def keep_heads() -> list[Head]:
    return [Head(seal.number, bytes(seal.head)) for seal in Seal.objects.order_by("number")]


class TestHeadsKeptElsewhere:
    """They outlive a forger who holds the database, and even the key."""

    def test_fit_an_honest_ledger_also_when_it_has_grown(self):
        kept = keep_heads()
        record_lines(2)
        seal_pending(now=NOON)

        assert verify(now=NOON, against=kept).seals == 4

    def test_show_a_forger_who_sealed_everything_anew_with_the_same_key(self, misfit):
        kept = keep_heads()
        forge("UPDATE ledger_entry SET outcome = 'NO_VIOLATION' WHERE id = %s", at_place(6).id)
        seal_anew(now=NOON, key=settings.SEAL_KEY, run=4)
        assert verify(now=NOON).entries == 12  # without the kept heads, nobody could tell

        assert misfit(*kept) == (
            "Seal 2 is not the one whose head was kept: the ledger was sealed anew"
            " between seals 2 and 2."
        )
        assert misfit(kept[2]) == (
            "Seal 3 is not the one whose head was kept: the ledger was sealed anew"
            " between seals 1 and 3."
        )

    def test_are_not_needed_to_show_a_forger_with_a_key_of_their_own(self, misfit):
        forge("DELETE FROM ledger_entry WHERE id = %s", at_place(6).id)
        seal_anew(now=NOON, key=b"f" * 32, run=4)

        assert misfit().startswith("Seal 1 is signed with the key ")

    def test_show_that_the_end_was_cut_off(self, misfit):
        kept = keep_heads()
        forge("DELETE FROM ledger_seal WHERE number = 3")
        forge(
            "DELETE FROM ledger_entry WHERE id IN"
            " (SELECT entry_id FROM ledger_place WHERE sequence >= 8)"
        )
        forge("DELETE FROM ledger_place WHERE sequence >= 8")
        assert verify(now=NOON).entries == 7

        assert misfit(*kept) == (
            "Seal 3, whose head was kept, is missing: the ledger ends at seal 2."
        )

    def test_show_that_everything_was_thrown_away(self, misfit):
        kept = keep_heads()
        with triggers_off(), connection.cursor() as cursor:
            for table in ("ledger_seal", "ledger_place", "ledger_entry"):
                cursor.execute(f"DELETE FROM {table}")

        assert misfit(kept[1]).startswith("Seal 2, whose head was kept, is missing")
