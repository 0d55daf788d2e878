import pytest
from hypothesis import given
from hypothesis import strategies as st

from appeals.mailing.markup import words_of

QUOTED = "me\n> you\n> > them\nme"


class TestAPage:
    @pytest.mark.parametrize(
        ("page", "words"),
        [
            ("<p>one</p><p>two <b>bold</b></p>", "one\n\ntwo bold"),
            ("a<br>b<br/>c", "a\nb\nc"),
            ("<div>a\n  b</div><div>c</div>", "a b\nc"),
            ("caf&eacute; &amp; &#2360;&#x938;&nbsp;x", "café & सस x"),
            ("<script>alert(1)</script>a<STYLE>p{}</STYLE >b<!-- c -->d", "abd"),
            ("<title>x</title>a<script>never closed", "anever closed"),
            ("3 < 4 && 5 > 4", "3 < 4 && 5 > 4"),
            ("me<blockquote>you<blockquote>them</blockquote></blockquote>me", QUOTED),
            ("<td>a</td><td>b</td>", "a b"),
            ("&#99999999999999999999;&#xffffffffffffff", "\ufffd\ufffd"),
            ("&#" + "1" * 5_000 + ";", "\ufffd"),
            ("<a href='javascript:alert(1)' onclick=x>here</a>", "here"),
            ("a<b", "a"),
            ("", ""),
        ],
    )
    def test_is_reduced_to_its_words(self, page, words):
        assert words_of(page) == words

    @given(st.text(st.sampled_from("<>/!-&#;ab \n\"'pbr"), max_size=200))
    def test_is_read_whatever_it_is(self, page):
        words_of(page)

    @pytest.mark.parametrize("piece", ["<", "<!--", "<a ", "</", "<script>", "&#1", "<p>", "<![x"])
    def test_of_any_size_is_read_once(self, piece):
        words_of(piece * 200_000)
