import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewapp.kernel.checks import clean_text


class TestCleanText:
    @pytest.mark.parametrize(
        "text", ["", "plain", "नमस्ते 🙂", "two\nlines\tand a tab\r\n", "a\u200db"]
    )
    def test_leaves_good_text_as_it_is(self, text):
        assert clean_text(text, max_length=100) == text

    @pytest.mark.parametrize(
        ("value", "sentence"),
        [
            (7, "Must be text."),
            (None, "Must be text."),
            (b"bytes", "Must be text."),
            ("x" * 101, "Is 101 characters long; 100 are allowed."),
            ("ab\0", "Holds a NUL character at position 3."),
            ("a\ud800", "Holds half of a surrogate pair at position 2."),
            ("\x1b[31m", "Holds the control character U+001B at position 1."),
            ("a\x85", "Holds the control character U+0085 at position 2."),
        ],
    )
    def test_says_exactly_what_is_wrong(self, value, sentence):
        with pytest.raises(ValueError, match=rf"\A{re.escape(sentence)}\Z"):
            clean_text(value, max_length=100)

    @given(st.text(st.characters()))
    def test_lets_through_only_what_utf8_and_the_database_can_hold(self, text):
        try:
            cleaned = clean_text(text, max_length=1_000)
        except ValueError:
            return
        assert cleaned == text
        assert "\0" not in cleaned
        assert cleaned.encode().decode() == text
