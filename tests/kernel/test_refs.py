import re

import pytest
from django.db import connection
from django.db.migrations.state import ProjectState
from hypothesis import assume, given
from hypothesis import strategies as st

from reviewapp.kernel.refs import SYMBOLS, BadRef, RefSequence, make_ref, next_refs, parse_ref

PREFIXES = st.from_regex(r"[A-Z]{1,3}", fullmatch=True)
NUMBERS = st.one_of(st.integers(0, 2**25 - 1), st.integers(0, 2**45))


class TestMakeRef:
    def test_looks_sayable(self):
        refs = [make_ref("C", number) for number in range(2_000)]

        assert all(re.fullmatch(rf"C-[{SYMBOLS}]{{6}}", ref) for ref in refs)
        assert len(set(refs)) == 2_000

    def test_gives_neighbours_nothing_in_common(self):
        bodies = [make_ref("C", number)[2:5] for number in range(1, 500)]

        assert len(set(bodies)) > 450

    def test_grows_by_a_symbol_when_the_short_ones_are_used_up(self):
        assert len(make_ref("C", 2**25 - 1)) == len("C-4F7K2M")
        assert len(make_ref("C", 2**25)) == len("C-4F7K2M") + 1
        assert len(make_ref("C", 2**25 + 2**30)) == len("C-4F7K2M") + 2

    @given(prefix=PREFIXES, one=NUMBERS, other=NUMBERS)
    def test_never_gives_two_numbers_one_ref(self, prefix, one, other):
        assume(one != other)

        assert make_ref(prefix, one) != make_ref(prefix, other)

    def test_never_changes_between_releases(self):
        assert [make_ref("C", number) for number in (1, 2, 2**25)] == [
            "C-44YE9N",
            "C-GJSJAX",
            "C-2H91BDA",
        ]

    @pytest.mark.parametrize(("prefix", "number"), [("c", 1), ("", 1), ("CASE", 1), ("C", -1)])
    def test_refuses_what_is_no_prefix_and_no_number(self, prefix, number):
        with pytest.raises(ValueError, match="No ref"):
            make_ref(prefix, number)


class TestParseRef:
    @given(prefix=PREFIXES, number=NUMBERS)
    def test_gives_back_what_was_made(self, prefix, number):
        ref = make_ref(prefix, number)

        assert parse_ref(ref) == ref
        assert parse_ref(ref, prefix) == ref

    @pytest.mark.parametrize(
        "typed",
        ["c-sv023z", " C-SV023Z\n", "C SV0 23Z", "CSV023Z", "C-SVO23Z", "C–SV0-23Z", "Ｃ-SV023Z"],
    )
    def test_forgives_the_ways_people_write(self, typed):
        assert parse_ref(typed) == parse_ref(typed, "C") == "C-SV023Z"

    def test_forgives_a_missing_prefix_when_it_is_known(self):
        assert parse_ref("sv023z", "C") == "C-SV023Z"

    @given(prefix=PREFIXES, number=NUMBERS, data=st.data())
    def test_catches_any_one_wrong_symbol(self, prefix, number, data):
        head, body = make_ref(prefix, number).split("-")
        place = data.draw(st.integers(0, len(body) - 1))
        wrong = data.draw(st.sampled_from(SYMBOLS.replace(body[place], "")))

        with pytest.raises(BadRef):
            parse_ref(f"{head}-{body[:place]}{wrong}{body[place + 1 :]}")

    @given(prefix=PREFIXES, number=NUMBERS, data=st.data())
    def test_catches_any_two_swapped_symbols(self, prefix, number, data):
        head, body = make_ref(prefix, number).split("-")
        one, other = data.draw(
            st.tuples(st.integers(0, len(body) - 1), st.integers(0, len(body) - 1))
        )
        assume(body[one] != body[other])
        swapped = list(body)
        swapped[one], swapped[other] = body[other], body[one]

        with pytest.raises(BadRef):
            parse_ref(f"{head}-{''.join(swapped)}")

    @pytest.mark.parametrize(
        "typed",
        ["", "-", "C-", "C-SV023", "C-SV023Z1", "C-SV02🙂Z", "C-" + "0" * 5_000, "\0", "Ⅻ-½"],
    )
    def test_refuses_anything_else(self, typed):
        with pytest.raises(BadRef, match="not a reference"):
            parse_ref(typed)

    def test_refuses_the_ref_of_another_kind(self):
        with pytest.raises(BadRef):
            parse_ref(make_ref("A", 5), "C")

    @given(st.text())
    def test_answers_any_text_with_a_ref_or_a_refusal(self, text):
        try:
            ref = parse_ref(text)
        except BadRef:
            return
        assert parse_ref(ref) == ref


@pytest.mark.django_db
class TestNextRefs:
    @pytest.fixture(autouse=True)
    def sequence(self, db):
        self.operation = RefSequence("ZZ")
        with connection.schema_editor() as editor:
            self.operation.database_forwards("tests", editor, ProjectState(), ProjectState())

    def test_gives_each_ref_once(self, django_assert_num_queries):
        with django_assert_num_queries(1):
            first = next_refs("ZZ", 500)
        second = next_refs("ZZ")

        assert len(set(first + second)) == 501
        assert first[0] == make_ref("ZZ", 1)

    def test_goes_away_with_its_migration(self):
        with connection.schema_editor() as editor:
            self.operation.database_backwards("tests", editor, ProjectState(), ProjectState())
        with connection.cursor() as cursor:
            cursor.execute("SELECT to_regclass('ref_zz')")
            assert cursor.fetchone() == (None,)
