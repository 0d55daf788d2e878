"""What detectors measured, in words, against their thresholds."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from cases.casefile.counting import span
from cases.intake.checking import LARGEST

# The names detectors send; others are shown as they came, spelt out.
_NAMES = {
    "REG_IP_COUNTRY_MISMATCH": "Network in another country than the number",
    "REG_CARRIER_TYPE": "Kind of carrier",
    "REG_NETWORK_ABUSE_SCORE": "Banned accounts on the same network",
    "REG_NETWORK_KNOWN_ACCOUNTS": "Accounts known on the same network",
    "REG_SIMILAR_NUMBER_ABUSED": "Similar numbers abused",
    "REG_NUMBER_RANGE_FRAUD": "Number range with fraud before",
    "REG_CODE_REQUESTS": "One-time codes asked for",
    "REG_BURST_SAME_NETWORK": "Registrations from the same network",
    "REG_BANNED_PROFILE_MATCH": "Things shared with a banned account",
    "REG_BANNED_NEIGHBOURS": "Banned accounts that share them",
    "MSG_RATE_PER_MIN": "Messages a minute",
    "MSG_BURST_MAX_15S": "Messages in the busiest 15 s",
    "MSG_MAX_1H": "Messages in the busiest hour",
    "MSG_COUNT_24H": "Messages in a day",
    "MSG_CORRESPONDENTS": "People written to in that time",
    "MSG_AGE_AT_FIRST_BURST_S": "Age at the first burst",
    "MSG_UNIQUE_RECIPIENTS_24H": "People written to in a day",
    "MSG_STRANGER_RECIPIENT_RATIO": "Recipients without this contact",
    "MSG_NO_TYPING_RATIO": "Messages without typing shown",
    "MSG_INTERVAL_IRREGULARITY": "Irregularity of the intervals",
    "MSG_REPLY_RATE": "Messages that were answered",
    "MSG_GROUPS_CREATED_1H": "Groups created in an hour",
    "MSG_GROUP_ADDS_24H": "People added to groups in a day",
    "MSG_GROUP_ADDS_STRANGER_RATIO": "Strangers among them",
    "MSG_NETWORK_ABUSE_SCORE": "Abuse from the same network",
    "MSG_LINKS_AFTER_DEVICE_CHANGE": "Messages with links after the move",
    "MSG_CLIENT_UNOFFICIAL": "Unofficial client",
    "MSG_DEVICE_MULTI_ACCOUNT": "Accounts on the same device",
    "MSG_EMULATOR": "Emulator",
    "FB_REPORTS_7D": "Reports in 7 days",
    "FB_REPORTS_FIRST_MESSAGE_7D": "Reports in 7 days, on a first message",
    "FB_BLOCKS_7D": "Blocks in 7 days",
    "FB_REPORTER_INITIATED_RATIO": "Reporters who wrote first",
    "FB_REPORTED_AFTER_WRITING_FIRST": "Reported by people who wrote first",
    "FB_COORDINATED_REPORT_SCORE": "Reports that came together",
    "FB_REPORT_TOPIC": "Topic of the reports",
}
FLAGS = {"REG_IP_COUNTRY_MISMATCH", "MSG_CLIENT_UNOFFICIAL", "MSG_EMULATOR"}


@dataclass(frozen=True, slots=True)
class Gauge:
    """How far a value goes and where its threshold stands, in percent of the gauge."""

    fill: float
    mark: float | None
    crossed: bool


@dataclass(frozen=True, slots=True)
class DrawnSignal:
    name: str
    value: str
    threshold: str
    gauge: Gauge | None


def drawn(signal: dict[str, Any]) -> DrawnSignal:
    """A signal as a page shows it."""
    name = str(signal.get("name", ""))
    unit = str(signal.get("unit") or "")
    value, threshold = signal.get("value"), signal.get("threshold")
    flag = name in FLAGS and threshold is None and value in (0, 1)
    return DrawnSignal(
        name=signal_name(name),
        value=("yes" if value else "no") if flag else figure(value, unit),
        threshold="" if threshold is None else figure(threshold, unit),
        gauge=_gauge(value, threshold, unit),
    )


def signal_name(name: str) -> str:
    """`Messages in a day`: what a signal is called."""
    return _NAMES.get(name) or _spelt_out(name)


def _spelt_out(name: str) -> str:
    words = name.replace("_", " ").replace("-", " ").strip()
    words = words.lower() if words.isupper() else words
    return words[:1].upper() + words[1:]


def figure(value: Any, unit: str = "") -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, int | float):
        return str(value)
    if not -LARGEST <= value <= LARGEST:
        return "more than can be shown"
    if unit in ("share", "ratio"):
        return f"{value * 100:.0f} %"
    if unit == "s":
        return span(timedelta(seconds=value)) if 0 <= value < 10**9 else f"{value:,.0f} s"
    figure = f"{value:,}" if isinstance(value, int) else f"{value:,.2f}".rstrip("0").rstrip(".")
    return f"{figure} {unit}" if unit in ("%", "h", "min", "days") else figure


def _gauge(value: Any, threshold: Any, unit: str) -> Gauge | None:
    if not _is_number(value) or not _is_number(threshold) or value < 0 or threshold <= 0:
        return None
    most = 1.0 if unit in ("share", "ratio") else max(value, threshold * 1.25)
    most = max(most, threshold, value)
    return Gauge(
        fill=round(value / most * 100, 1),
        mark=round(min(threshold / most, 0.995) * 100, 1),
        crossed=value >= threshold,
    )


def _is_number(value: Any) -> bool:
    """Whether a gauge can be drawn of it. Python keeps whole numbers that no float can hold."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    return -LARGEST <= value <= LARGEST
