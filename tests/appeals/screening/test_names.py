import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appeals.screening import Kind
from appeals.screening.names import LONGEST, cleaned_name, shown_name


class TestAName:
    @pytest.mark.parametrize(
        ("given_name", "kind", "name"),
        [
            ("letter.pdf", Kind.PDF, "letter.pdf"),
            ("photo.JPEG", Kind.JPEG, "photo.jpg"),
            ("photo.png", Kind.JPEG, "photo.png.jpg"),
            ("run.bat", Kind.TEXT, "run.bat.txt"),
            ("../../etc/passwd", Kind.TEXT, "passwd.txt"),
            ("C:\\Users\\ada\\letter.pdf", Kind.PDF, "letter.pdf"),
            ("gpj.\u202eexe.png", Kind.PNG, "gpj.exe.png"),
            ("in\u200bvoice\x00\x1b.pdf", Kind.PDF, "invoice.pdf"),
            ("two\nlines.pdf", Kind.PDF, "two lines.pdf"),
            ('a"b<c>|d.pdf', Kind.PDF, "a_b_c__d.pdf"),
            ("मेरा पत्र.pdf", Kind.PDF, "मेरा पत्र.pdf"),
            ("CON", Kind.PDF, "file_CON.pdf"),
            ("nul.txt", Kind.TEXT, "file_nul.txt"),
            ("", Kind.PNG, "file.png"),
            ("...", Kind.PNG, "file.png"),
            (".htaccess", Kind.TEXT, "htaccess.txt"),
            ("x/", Kind.PNG, "file.png"),
            ("\ud800.png", Kind.PNG, "png.png"),
        ],
    )
    def test_is_cleaned(self, given_name, kind, name):
        assert shown_name(given_name, kind) == name

    @given(st.text(st.characters(), max_size=300), st.sampled_from(Kind))
    def test_is_one_short_line_that_ends_as_its_content_does(self, given_name, kind):
        name = shown_name(given_name, kind)

        assert len(name) <= LONGEST
        assert name.endswith(f".{kind.extension}")
        assert not set(name) & set('/\\"<>|:*?')
        assert all(unicodedata.category(letter)[0] != "C" for letter in name)
        assert cleaned_name(name) == name
