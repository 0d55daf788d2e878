import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appeals import cleaning
from appeals.cleaning import LONGEST_TEXT, TextRefused, clean, legible

# Letters with everything that plays tricks among them, so that it often stands together.
TRICKY = st.text(
    st.one_of(
        st.sampled_from("aé\u0301क्षکی👩🏽❤1\n \t\u180b\u1820漢🏴"),
        st.sampled_from("\u200b\u200c\u200d\u200e\u202e\u2066\ufeff\ufe0f\u00ad\u2800\u3164"),
        st.sampled_from("\U000e0067\U000e0062\U000e007f\U000e0101\u0600"),
        st.characters(),
    ),
    max_size=40,
)


class TestWhatIsKept:
    @pytest.mark.parametrize(
        "text",
        [
            "I only wrote to my customers.",
            "Two\nlines\n\n\tand a tab",
            "मेरा खाता क्यों बंद किया गया?",
            "क्\u200dष and क्\u200d alone",
            "नमस्\u200cते",
            "می\u200cخواهم",
            "سنة هـ\u200d",
            "അവന്\u200d",
            "👨\u200d👩\u200d👧\u200d👦 and 👩🏽\u200d⚕️",
            "❤️\u200d🔥 ©️ ‼️ 1️⃣",
            "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
            "葛\U000e0100城",
            "\u0600١٢",
        ],
    )
    def test_is_what_shapes_a_letter(self, text):
        assert clean(text) == unicodedata.normalize("NFC", text)

    @pytest.mark.parametrize(
        ("text", "cleaned"),
        [
            ("  around \r\n", "around"),
            ("a\r\nb\rc\u2028d\x0be", "a\nb\nc\nd\ne"),
            ("cafe\u0301", "café"),
            ("a\u200db\u200cc\u200bd\u2060e\ufefff\u00adg", "abcdefg"),
            ("e\u200b\u0301", "é"),
            ("evil\u202egpj.exe\u202c \u2066x\u2069 \u200ey\u200f", "evilgpj.exe x y"),
            ("می\u200c\u200bخواهم", "می\u200cخواهم"),
            ("क्\u200d\u200d\u200dष", "क्\u200dष"),
            ("खाता\u200c", "खाता"),
            ("x\ufe0f\ufe00\U000e0101", "x"),
            ("🏴\U000e0067\U000e0062", "🏴"),
            ("🔥\u200d", "🔥"),
            ("h\U000e0068\U000e0069i", "hi"),
            ("a" + "\u0316\u0301" * 2_000, "á" + "\u0316" * 5 + "\u0301" * 4),
        ],
    )
    def test_is_without_what_hides_or_turns(self, text, cleaned):
        assert clean(text) == cleaned

    @given(TRICKY)
    def test_changes_no_more_when_cleaned_again(self, text):
        once = legible(text)

        assert legible(once) == once

    @given(TRICKY)
    def test_holds_no_mark_that_turns_or_controls(self, text):
        try:
            cleaned = clean(text)
        except TextRefused:
            return
        assert unicodedata.is_normalized("NFC", cleaned)
        assert cleaned == cleaned.strip() != ""
        assert not set(cleaned) & set("\u200b\u200e\u200f\u202a\u202e\u2066\u2069\u061c\ufeff\0")
        assert cleaned.encode().decode() == cleaned

    @given(st.text(st.characters(categories=["L", "N", "P", "Zs"]), min_size=1, max_size=60))
    def test_is_every_letter_digit_and_stop(self, text):
        fillers = set("\u115f\u1160\u3164\uffa0")
        wanted = "".join(letter for letter in text if letter not in fillers)

        assert legible(text) == unicodedata.normalize("NFC", wanted).strip()


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        ("text", "code"),
        [
            ("", "empty-text"),
            (" \n\t ", "empty-text"),
            ("\u200b\u202e", "invisible-text"),
            ("\u3164 \u2800", "invisible-text"),
            ("\u200d\u200c\ufe0f", "invisible-text"),
            ("a\0b", "unreadable-text"),
            ("\x1b[31m", "unreadable-text"),
            ("\ud800", "unreadable-text"),
            ("x" * (LONGEST_TEXT + 1), "text-too-long"),
            ("x" * 10_000, "text-too-long"),
            ("\u200b" * 10_000_000, "text-too-long"),
        ],
    )
    def test_is_told_why(self, text, code):
        with pytest.raises(TextRefused) as caught:
            clean(text)

        assert caught.value.code == code

    def test_is_counted_in_what_is_seen(self):
        assert len(clean("x\u200b" * LONGEST_TEXT)) == LONGEST_TEXT

    def test_is_told_the_limit_that_holds(self):
        assert f"{LONGEST_TEXT:,}" in str(cleaning.TextTooLong())
