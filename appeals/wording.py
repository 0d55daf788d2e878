"""The languages that people are written to in: words from files, days and times as they say."""

import tomllib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, tzinfo
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale
from babel.core import get_global
from babel.dates import format_date, format_time, get_timezone_location, get_timezone_name
from babel.numbers import format_decimal

# How each writes its days and numbers, and what it calls itself.
LOCALES = {"en": "en_GB", "hi": "hi", "pt": "pt_BR", "es": "es"}
OWN_NAMES = {"en": "English", "hi": "हिन्दी", "pt": "Português", "es": "Español"}
_KILOBYTE, _MEGABYTE = 1024, 1024 * 1024

# Where a country has several clocks, the one that most people there live by. It is always named
# beside the time, so whoever lives by another one can tell.
_MOST_LIVE_BY = {
    "AR": "America/Buenos_Aires",
    "AU": "Australia/Sydney",
    "BR": "America/Sao_Paulo",
    "CA": "America/Toronto",
    "CD": "Africa/Kinshasa",
    "CL": "America/Santiago",
    "CN": "Asia/Shanghai",
    "CY": "Asia/Nicosia",
    "DE": "Europe/Berlin",
    "EC": "America/Guayaquil",
    "ES": "Europe/Madrid",
    "ID": "Asia/Jakarta",
    "KZ": "Asia/Almaty",
    "MX": "America/Mexico_City",
    "MY": "Asia/Kuala_Lumpur",
    "NZ": "Pacific/Auckland",
    "PT": "Europe/Lisbon",
    "RU": "Europe/Moscow",
    "UA": "Europe/Kiev",
    "US": "America/New_York",
    "UZ": "Asia/Tashkent",
}


class Clock(NamedTuple):
    """A country's clock, and what it is called beside the times that it shows."""

    tz: tzinfo
    words: str


# Words


def read(path: Path) -> dict[str, str]:
    """The words of a TOML file by dotted key: `code.wrong` is `wrong` in the table `code`."""
    return dict(flat(tomllib.loads(path.read_text())))


def flat(table: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    """Every text of a nested table, by its dotted key."""
    for name, value in table.items():
        if isinstance(value, dict):
            yield from flat(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", str(value)


# Days, times and numbers


@cache
def clock_of(country: str, *, language: str) -> Clock:
    """The clock of `country` (ISO 3166), called as `language` calls it; UTC where none is known."""
    code = country.upper()
    zones = get_global("territory_zones").get(code, ())
    name = _MOST_LIVE_BY.get(code) or (zones[0] if len(zones) == 1 else "")
    locale = Locale.parse(LOCALES[language])
    try:
        tz = ZoneInfo(name) if name else None
    except ZoneInfoNotFoundError:
        tz = None
    if tz is None:
        return Clock(UTC, "UTC")
    if len(zones) == 1:
        return Clock(tz, locale.territories.get(code, code))
    words = get_timezone_name(tz, width="long", zone_variant="generic", locale=locale)
    if "(" in words:
        # Nobody has a name for it, so it was put together of country and city: the city says it.
        words = get_timezone_location(tz, locale, return_city=True).rpartition("/")[2]
    return Clock(tz, words)


def moment(at: datetime, *, language: str, country: str = "") -> str:
    """`at` on the clocks of `country`, which is named: “15 November 2026, 18:04 (India)”."""
    clock = clock_of(country, language=language)
    time = format_time(at, "HH:mm", tzinfo=clock.tz, locale=LOCALES[language])
    return f"{day(at, language=language, country=country)}, {time} ({clock.words})"


def day(at: datetime, *, language: str, country: str = "") -> str:
    """The day that `at` falls on in `country`: “15 November 2026”."""
    local = at.astimezone(clock_of(country, language=language).tz)
    return format_date(local, "long", locale=LOCALES[language])


def number(value: float, *, language: str) -> str:
    return format_decimal(value, locale=LOCALES[language])


def file_size(size: int, *, language: str) -> str:
    """`size` in bytes as people read it: “2.5 MB”, “120 kB”."""
    if size < _MEGABYTE:
        return f"{number(max(1, round(size / _KILOBYTE)), language=language)} kB"
    return f"{number(round(size / _MEGABYTE, 1), language=language)} MB"
