from datetime import UTC, datetime

import pytest

from appeals import wording
from cases.notifying import texts

AT = datetime(2026, 11, 15, 12, 34, tzinfo=UTC)


class TestTheLanguages:
    def test_are_those_that_people_are_notified_in(self) -> None:
        assert set(wording.LOCALES) == set(wording.OWN_NAMES) == set(texts())


class TestAMoment:
    """Said as the language says it, on the clock of the person's country, which is named."""

    @pytest.mark.parametrize(
        ("language", "country", "said"),
        [
            ("en", "IN", "15 November 2026, 18:04 (India)"),
            ("hi", "IN", "15 नवंबर 2026, 18:04 (भारत)"),
            ("pt", "BR", "15 de novembro de 2026, 09:34 (Horário de Brasília)"),
            ("es", "MX", "15 de noviembre de 2026, 06:34 (hora central)"),
            ("es", "IN", "15 de noviembre de 2026, 18:04 (India)"),
            ("en", "ID", "15 November 2026, 19:34 (Jakarta)"),
            ("en", "", "15 November 2026, 12:34 (UTC)"),
            ("hi", "ZZ", "15 नवंबर 2026, 12:34 (UTC)"),
        ],
    )
    def test_names_its_clock(self, language: str, country: str, said: str) -> None:
        assert wording.moment(AT, language=language, country=country) == said

    def test_falls_on_the_day_of_that_clock(self) -> None:
        late = AT.replace(hour=20)

        assert wording.day(late, language="en", country="IN") == "16 November 2026"
        assert wording.day(late, language="en", country="BR") == "15 November 2026"

    @pytest.mark.parametrize("language", wording.LOCALES)
    @pytest.mark.parametrize("country", sorted(wording._MOST_LIVE_BY))
    def test_is_said_where_a_country_has_several_clocks(self, language: str, country: str) -> None:
        clock = wording.clock_of(country, language=language)

        assert clock.tz is not UTC
        assert "(" not in clock.words
        assert "/" not in clock.words


class TestASize:
    @pytest.mark.parametrize(
        ("language", "said"),
        [("en", "2.6 MB"), ("hi", "2.6 MB"), ("pt", "2,6 MB"), ("es", "2,6 MB")],
    )
    def test_has_the_marks_of_its_language(self, language: str, said: str) -> None:
        assert wording.file_size(2_700_000, language=language) == said

    @pytest.mark.parametrize(
        ("size", "said"), [(0, "1 kB"), (1_500, "1 kB"), (999_400, "976 kB"), (5 << 20, "5 MB")]
    )
    def test_is_said_in_what_suits_it(self, size: int, said: str) -> None:
        assert wording.file_size(size, language="en") == said


class TestAFile:
    def test_is_read_by_dotted_keys(self) -> None:
        table = {"code": {"wrong": "No.", "deep": {"er": "Yes."}}, "title": "A title"}

        assert dict(wording.flat(table)) == {
            "code.wrong": "No.",
            "code.deep.er": "Yes.",
            "title": "A title",
        }
