from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from reviewapp.kernel.moments import BadDay, BadMoment, beginning_of, near_day, read_moment


class TestAMoment:
    @pytest.mark.parametrize(
        ("text", "at"),
        [
            ("2026-03-10T12:00:00Z", datetime(2026, 3, 10, 12, tzinfo=UTC)),
            ("2026-03-10T12:00:00+05:30", datetime(2026, 3, 10, 6, 30, tzinfo=UTC)),
            ("1970-01-01T00:00:00Z", datetime(1970, 1, 1, tzinfo=UTC)),
            ("2999-12-31T23:59:59Z", datetime(2999, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ],
    )
    def test_is_read_in_utc(self, text: str, at: datetime) -> None:
        found = read_moment(text)

        assert found == at
        assert found.tzinfo is UTC

    @pytest.mark.parametrize(
        "text",
        [
            "", "yesterday", "2026-03-10", "2026-03-10T12:00:00", "2026-02-30T12:00:00Z",
            "2026-03-10T12:00:00+16:00", "2026-03-10T12:00:00-23:59",
            "0001-01-01T00:00:00+23:59", "0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-23:59",
            "9999-12-31T23:59:59-00:01", "1970-01-01T00:00:00+01:00", "2999-12-31T23:59:59-01:00",
            "2026-03-10T12:00:00Z\0", "2026-03-10T12:00:00Z" * 1000,
        ],
    )  # fmt: skip
    def test_is_refused_by_name(self, text: str) -> None:
        with pytest.raises(BadMoment):
            read_moment(text)


class TestADay:
    def test_begins_at_midnight_utc_or_on_the_clocks_of_a_place(self) -> None:
        kolkata = ZoneInfo("Asia/Kolkata")

        assert beginning_of(date(2026, 3, 10)) == datetime(2026, 3, 10, tzinfo=UTC)
        assert beginning_of(date(2026, 3, 10), kolkata) == datetime(2026, 3, 9, 18, 30, tzinfo=UTC)

    def test_is_near(self) -> None:
        assert near_day(date(2026, 3, 10)) == date(2026, 3, 10)

    @pytest.mark.parametrize("day", [date.min, date.max, date(1969, 12, 31), date(3000, 1, 1)])
    def test_is_refused_by_name(self, day: date) -> None:
        with pytest.raises(BadDay):
            near_day(day)
