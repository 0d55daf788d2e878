import json
from hashlib import sha256

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st
from psycopg.types.json import Jsonb

from reviewapp.ledger.leaves import LEAF_COLUMNS, leaf_hash, leaf_text, tree_root
from reviewapp.ledger.models import LedgerEntry
from reviewapp.ledger.recording import record
from tests.ledger.lines import NOON, line


def read_columns() -> tuple[str, ...]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {LEAF_COLUMNS} FROM ledger_entry entry")
        return cursor.fetchone()


def particulars_read_back(value: object) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT (%s::jsonb)::text", [Jsonb(value)])
        return cursor.fetchone()[0]


COLUMNS = ("id", "recorded", "happened", *"abcdefghijklm")
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)


def objects(figures: st.SearchStrategy) -> st.SearchStrategy[dict]:
    values = st.recursive(
        st.none() | st.booleans() | figures | TEXTS,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
        max_leaves=8,
    )
    return st.dictionaries(TEXTS, values, max_size=4)


@pytest.mark.django_db
class TestLeafOfAnEntry:
    def test_is_the_text_that_the_note_describes(self):
        record(line(actor='user:"Ж"\n'), at=NOON)
        entry_id = LedgerEntry.objects.get().id

        assert leaf_text(read_columns()) == (
            f'["ledger entry 1","{entry_id}","2026-03-10T12:00:00.000000Z",'
            '"2026-03-10T12:00:00.000000Z","decision.made","user:\\"Ж\\"\\n","A-1","C-1","91","WEB",'
            '"MESSAGING","burst","3","BULK","PERMANENT_BAN","VIOLATION","ANALYST",'
            '{"cited":["b","a"],"evidence":1,"score":0.973}]'
        )
        assert (
            leaf_hash(read_columns()) == sha256(b"\0" + leaf_text(read_columns()).encode()).digest()
        )

    def test_covers_every_column(self):
        record(line(), at=NOON)

        assert len(read_columns()) == len(LedgerEntry._meta.concrete_fields)
        changed = [
            leaf_hash((*columns[:place], "changed", *columns[place + 1 :]))
            for columns in [(*read_columns()[:-1], '"particulars"')]
            for place in range(len(columns) - 1)
        ]
        assert len({leaf_hash(read_columns()), *changed}) == len(changed) + 1

    def test_does_not_depend_on_the_sessions_time_zone(self):
        record(line(), at=NOON)
        here = leaf_text(read_columns())
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL TIME ZONE 'Asia/Kolkata'")

        assert leaf_text(read_columns()) == here

    @given(particulars=objects(st.integers()))
    def test_does_not_depend_on_how_the_particulars_are_laid_out(self, particulars):
        stored = particulars_read_back(particulars)
        otherwise = json.dumps(dict(reversed(particulars.items())), indent=2)

        assert leaf_text((*COLUMNS, stored)) == leaf_text((*COLUMNS, otherwise))

    @given(particulars=objects(st.integers() | FLOATS))
    def test_says_all_that_the_particulars_say(self, particulars):
        stored = particulars_read_back(particulars)

        written = json.loads(leaf_text((*COLUMNS, stored)), parse_float=str, parse_int=str)[-1]
        assert written == json.loads(stored, parse_float=str, parse_int=str)

    def test_writes_numbers_as_the_database_does(self):
        stored = '{"b": 0.10, "a": 12345678901234567890.1234567890123, "A": 1e400}'

        assert leaf_text((*COLUMNS, stored)).endswith(
            '{"A":1e400,"a":12345678901234567890.1234567890123,"b":0.10}]'
        )


# The vectors that Certificate Transparency implementations share (RFC 6962 trees).
INPUTS = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
]
ROOTS = {
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    4: "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    5: "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    6: "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    7: "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}


def by_definition(leaves: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, word for word."""
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return sha256(b"\1" + by_definition(leaves[:split]) + by_definition(leaves[split:])).digest()


class TestTreeRoot:
    @pytest.mark.parametrize("count", ROOTS)
    def test_agrees_with_the_shared_vectors(self, count):
        leaves = [sha256(b"\0" + bytes.fromhex(each)).digest() for each in INPUTS[:count]]

        assert tree_root(leaves).hex() == ROOTS[count]

    @given(st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=70))
    def test_is_the_tree_of_rfc_6962(self, leaves):
        assert tree_root(leaves) == by_definition(leaves)
