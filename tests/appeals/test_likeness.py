import random
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appeals.likeness import ALIKE, BANDS, POSITIONS, bands, confirm, signature, similar
from tests.appeals.appellants import DIFFERENT, copied

ALL = [(language, text) for language, texts in DIFFERENT.items() for text in texts]


@pytest.fixture(scope="module")
def floods() -> list[list[str]]:
    """Each text as twelve people copy it."""
    chance = random.Random(7)
    return [[copied(text, language, chance=chance) for _ in range(12)] for language, text in ALL]


def share(found: list[bool]) -> float:
    return sum(found) / len(found)


class TestCopiesOfOneText:
    """See Note [Where alike begins]."""

    def test_are_nearly_always_called_alike(self, floods):
        found = [
            likeness >= ALIKE
            for flood in floods
            for place, text in enumerate(flood)
            for likeness in confirm(text, flood[place + 1 :])
        ]

        assert share(found) > 0.96

    def test_share_a_band_by_which_an_index_finds_them(self, floods):
        found = []
        for flood in floods:
            of_each = [set(bands(signature(text))) for text in flood]
            found += [bool(one & other) for one, other in combinations(of_each, 2)]

        assert share(found) > 0.9

    @pytest.mark.parametrize("language", DIFFERENT)
    def test_are_found_in_every_language(self, language):
        text = DIFFERENT[language][1]
        copy = copied(text, language, chance=random.Random(3))

        assert confirm(text, [copy])[0] > ALIKE
        assert similar(signature(text), signature(copy)) > ALIKE
        assert set(bands(signature(text))) & set(bands(signature(copy)))

    def test_are_the_same_but_for_numbers_capitals_stops_and_hidden_marks(self):
        text = "मेरा नंबर +91 98765 43210 है। Please help!"
        other = "\u200bमेरा नंबर 91-11111-222 है  please HELP"

        assert confirm(text, [other]) == [1.0]
        assert signature(text) == signature(other)


class TestTextsOfDifferentPeople:
    def test_are_never_called_alike(self):
        for texts in DIFFERENT.values():
            for one, other in combinations(texts, 2):
                assert confirm(one, [other])[0] < 0.3 < ALIKE

    def test_seldom_share_a_band(self, floods):
        firsts = [set(bands(signature(flood[0]))) for flood in floods]

        assert share([bool(one & other) for one, other in combinations(firsts, 2)]) < 0.05


class TestASignature:
    def test_has_its_numbers_where_there_is_a_letter(self):
        assert len(signature("a")) == POSITIONS
        assert len(bands(signature("a"))) == BANDS

    @pytest.mark.parametrize("text", ["", "  ", "?! …", "🙂"])
    def test_is_none_where_there_is_none(self, text):
        assert signature(text) == bands(signature(text)) == []
        assert similar(signature(text), signature("words")) == 0.0
        assert confirm(text, ["words", text]) == [0.0, 0.0]

    def test_says_nothing_without_the_key(self, settings):
        text = DIFFERENT["en"][0]
        here = signature(text)
        settings.FIELD_KEYS = [b"x" * 32]

        assert similar(here, signature(text)) == 0.0

    def test_stays_when_a_new_key_is_put_in_front(self, settings):
        before = signature("words")
        settings.FIELD_KEYS = [b"n" * 32, *settings.FIELD_KEYS]

        assert signature("words") == before

    @given(st.text(max_size=200))
    def test_fits_the_columns_it_is_kept_in(self, text):
        numbers = signature(text)

        assert all(0 <= each < 2**32 for each in numbers)
        assert all(-(2**63) <= each < 2**63 for each in bands(numbers))

    @given(st.text(max_size=100), st.text(max_size=100))
    def test_tells_about_how_alike_two_texts_are(self, one, other):
        exact = confirm(one, [other])[0]

        assert abs(similar(signature(one), signature(other)) - exact) < 0.35
