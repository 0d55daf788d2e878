"""Numbers, shares and lengths of time, as people say them."""

from datetime import timedelta

_SPANS = (
    (timedelta(days=365), "year"),
    (timedelta(days=1), "day"),
    (timedelta(hours=1), "h"),
    (timedelta(minutes=1), "min"),
    (timedelta(seconds=1), "s"),
)


def counted(number: int, one: str, many: str = "") -> str:
    """`1 message`, `1,904 messages`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def percent(part: float, whole: float) -> str:
    """`94 %`. Only what is all says 100, and only what is none says 0."""
    share = part / whole * 100 if whole else 0.0
    if 99.5 <= share < 100:
        return "over 99 %"
    if 0 < share < 0.5:
        return "under 1 %"
    return f"{share:.0f} %"


def span(length: timedelta) -> str:
    """`3 h 24 min`, `27 days`: the two largest parts that tell something."""
    parts: list[str] = []
    for unit, name in _SPANS:
        number = length // unit
        if number == 0:
            if parts:
                break
            continue
        length -= number * unit
        word = name + ("s" if name in ("year", "day") and number != 1 else "")
        parts.append(f"{number:,} {word}")
        if len(parts) == 2 or (name == "day" and number >= 3):
            break
    return " ".join(parts) or "less than a second"


def listed(words: list[str]) -> str:
    """`a, b and c`."""
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)
