"""Detectors of how much an account sends, and how fast."""

from datetime import timedelta

from reviewapp.demo.detectors.findings import Detector, Finding, Signal
from reviewapp.demo.detectors.limits import Limits
from reviewapp.demo.detectors.looks import hourly_look
from reviewapp.demo.detectors.neighbourhood import Neighbourhood
from reviewapp.demo.detectors.seen import Seen
from reviewapp.demo.detectors.windows import busiest, first_to_reach

BURST = timedelta(seconds=15)
HOUR = timedelta(hours=1)


def message_burst(seen: Seen, limits: Limits, around: Neighbourhood) -> Finding | None:
    """More messages in 15 seconds than a person sends; certain where the account is new, too."""
    rate, age = limits["in_15_seconds"], limits["account_age"]
    times = seen.sent_at
    certain = first_to_reach(times, BURST, rate.certain)
    if certain and seen.age_at(times[certain.first]).total_seconds() <= age.certain:
        window, at, action = certain, times[certain.first] + BURST, "PERMANENT_BAN"
    else:
        window, action = busiest(times, BURST), ""
        if window.count < rate.review:
            return None
        at = hourly_look(times[window.end - 1])
    seconds_old = int(seen.age_at(times[window.first]).total_seconds())
    return Finding(
        at=at,
        score=0.99 if action else rate.score(window.count),
        policy="BULK_MESSAGING",
        reasons=[
            f"{window.count} messages within 15 seconds.",
            f"The account was {_age(seconds_old)} old when it began to.",
        ],
        signals=[
            Signal("MSG_BURST_MAX_15S", window.count, rate.review, rate.unit),
            Signal("MSG_AGE_AT_FIRST_BURST_S", seconds_old, age.certain, age.unit),
        ],
        action=action,
    )


def hourly_rate(seen: Seen, limits: Limits, around: Neighbourhood) -> Finding | None:
    """Many messages within a sliding hour, whoever they went to."""
    limit = limits["messages_in_an_hour"]
    times = seen.sent_at
    window = busiest(times, HOUR)
    if window.count < limit.review:
        return None
    # Windows end with their last moment and are open at the beginning: exactly an hour is not one.
    correspondents = {message.recipient for message in seen.messages if message.recipient}
    reasons = [f"{window.count} messages within an hour."]
    signals = [Signal("MSG_MAX_1H", window.count, limit.review, limit.unit)]
    if correspondents:
        reasons.append(f"All its messages went to {_people(len(correspondents))}.")
        signals.append(Signal("MSG_CORRESPONDENTS", len(correspondents), unit="people"))
    return Finding(
        at=hourly_look(times[window.end - 1]),
        score=limit.score(window.count),
        policy="BULK_MESSAGING",
        reasons=reasons,
        signals=signals,
    )


def _people(count: int) -> str:
    return "one person" if count == 1 else f"{count} people"


def _age(seconds: int) -> str:
    for size, name in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            count = seconds // size
            return f"{count} {name}{'' if count == 1 else 's'}"
    return f"{seconds} seconds"


MESSAGE_BURST = Detector(
    "message-burst",
    "MESSAGING",
    message_burst,
    needs=frozenset({"message.sent", "account.registered_at"}),
)
HOURLY_RATE = Detector("hourly-rate", "MESSAGING", hourly_rate, needs=frozenset({"message.sent"}))
