"""Where an account is from, in words, and what its clocks say."""

import tomllib
from datetime import UTC, datetime, tzinfo
from functools import cache
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers
from phonenumbers.tzdata import TIMEZONE_DATA


class Zone(NamedTuple):
    """A time zone and what it is called beside the times it made."""

    tz: tzinfo
    words: str


@cache
def _names() -> dict[str, str]:
    return tomllib.loads((Path(__file__).parent / "countries.toml").read_text())


def country_name(code: str) -> str:
    """The country's English name; a code that is not known stands for itself."""
    return _names().get(code.upper(), code)


def zone_of(country: str, *, at: datetime) -> Zone:
    """The clock of `country` (ISO 3166) around `at`, or UTC where it has several.

    Times are read to judge a day's rhythm: a wrong local time would mislead more than UTC.
    """
    tz = _one_clock(country.upper(), at.year)
    if tz is None:
        return Zone(UTC, "UTC")
    return Zone(tz, f"{country_name(country)} time")


@cache
def _one_clock(country: str, year: int) -> tzinfo | None:
    """The one zone of `country`, if all its zones agree in winter and in summer of `year`."""
    dialling = phonenumbers.country_code_for_region(country)
    try:
        zones = [ZoneInfo(name) for name in TIMEZONE_DATA.get(str(dialling), ())]
    except ZoneInfoNotFoundError:
        # A machine without a time zone database still shows a case file.
        return None
    moments = (datetime(year, 1, 15, tzinfo=UTC), datetime(year, 7, 15, tzinfo=UTC))
    clocks = {tuple(moment.astimezone(zone).utcoffset() for moment in moments) for zone in zones}
    return zones[-1] if len(clocks) == 1 else None
