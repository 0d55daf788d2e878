"""Detectors of whom an account writes to, and how it is held."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import fmean, pstdev

from reviewapp.demo.detectors.findings import Detector, Finding, Signal
from reviewapp.demo.detectors.limits import Limits
from reviewapp.demo.detectors.looks import hourly_look
from reviewapp.demo.detectors.neighbourhood import Neighbourhood
from reviewapp.demo.detectors.seen import Message, Seen
from reviewapp.demo.detectors.windows import windows

DAY = timedelta(days=1)
# Shares are of messages that have settled; a burst is over by then, and another detector's.
SETTLED = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Day:
    """The 24 hours of messages up to one of them."""

    at: datetime
    messages: list[Message]

    @property
    def people(self) -> int:
        return len({message.recipient for message in self.messages})

    @property
    def stranger_share(self) -> float:
        strangers = Counter(message.stranger for message in self.messages)
        return strangers[True] / len(self.messages)

    @property
    def untyped_share(self) -> float:
        return sum(message.typing is False for message in self.messages) / len(self.messages)

    @property
    def irregularity(self) -> float:
        """How much the gaps between messages differ, as a share of their mean."""
        times = [message.at.timestamp() for message in self.messages]
        gaps = [later - earlier for earlier, later in pairwise(times)]
        return pstdev(gaps) / (fmean(gaps) or 1) if gaps else 1.0


def days(messages: list[Message], *, at_least: float) -> Iterator[Day]:
    """The day up to each message, where it holds at least so many messages."""
    for window in windows([message.at for message in messages], DAY):
        if window.count >= at_least:
            yield Day(messages[window.end - 1].at, messages[window.first : window.end])


def stranger_ratio(seen: Seen, limits: Limits, around: Neighbourhood) -> Finding | None:
    """A new account writes to dozens of people who do not have it in their contacts."""
    people, share, age = (
        limits["recipients_in_a_day"],
        limits["share"],
        limits["account_age"],
    )
    most: Day | None = None
    action = ""
    for day in days(seen.messages, at_least=people.review):
        seconds_old = seen.age_at(day.at).total_seconds()
        if seconds_old > age.review:
            break
        reached = day.people
        if reached < people.review or day.stranger_share < share.review:
            continue
        if most is None or reached > most.people:
            most = day
        if (
            reached >= people.certain
            and day.stranger_share >= share.certain
            and seconds_old <= age.certain
        ):
            most, action = day, "PERMANENT_BAN"
            break
    if most is None:
        return None
    strangers = round(most.stranger_share, 3)
    return Finding(
        at=most.at + SETTLED if action else hourly_look(most.at),
        score=0.98 if action else people.score(most.people),
        policy="BULK_MESSAGING",
        reasons=[
            f"Wrote to {most.people} people within a day.",
            f"{strangers:.0%} of the messages went to people who do not have it in their contacts.",
        ],
        signals=[
            Signal("MSG_UNIQUE_RECIPIENTS_24H", most.people, people.review, people.unit),
            Signal("MSG_STRANGER_RECIPIENT_RATIO", strangers, share.review, share.unit),
        ],
        action=action,
    )


def no_typing(seen: Seen, limits: Limits, around: Neighbourhood) -> Finding | None:
    """Sends continually and never shows the typing indicator."""
    share, many = limits["share"], limits["messages_in_a_day"]
    regular, unknown = limits["irregularity"], limits["stranger_share"]
    worst: Day | None = None
    action = ""
    messages = [message for message in seen.messages if message.typing is not None]
    for day in days(messages, at_least=many.review):
        if day.untyped_share < share.review:
            continue
        if worst is None or len(day.messages) > len(worst.messages):
            worst = day
        if (
            len(day.messages) >= many.certain
            and day.untyped_share >= share.certain
            and day.stranger_share >= unknown.certain
            and day.irregularity <= regular.certain
        ):
            worst, action = day, "PERMANENT_BAN"
            break
    if worst is None:
        return None
    untyped, irregularity = round(worst.untyped_share, 3), round(worst.irregularity, 3)
    reasons = [f"{untyped:.0%} of {len(worst.messages)} messages in a day were never typed."]
    if irregularity <= regular.certain:
        reasons.append("They were sent at regular intervals, as by a clock.")
    return Finding(
        at=worst.at + SETTLED if action else hourly_look(worst.at),
        score=0.97 if action else many.score(len(worst.messages)),
        policy="AUTOMATED_MESSAGING",
        reasons=reasons,
        signals=[
            Signal("MSG_NO_TYPING_RATIO", untyped, share.review, share.unit),
            Signal("MSG_COUNT_24H", len(worst.messages), many.review, many.unit),
            Signal("MSG_INTERVAL_IRREGULARITY", irregularity, regular.certain, regular.unit),
        ],
        action=action,
    )


STRANGER_RATIO = Detector(
    "stranger-ratio",
    "MESSAGING",
    stranger_ratio,
    needs=frozenset({"message.sent.recipient", "message.sent.strangers", "account.registered_at"}),
)
NO_TYPING = Detector(
    "no-typing",
    "MESSAGING",
    no_typing,
    needs=frozenset({"message.sent.typing", "message.sent.strangers"}),
)
