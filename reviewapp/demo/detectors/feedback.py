"""Detectors of what others say about an account, and of whether they may be believed."""

from collections import Counter
from datetime import timedelta

from reviewapp.demo.detectors.findings import Detector, Finding, Signal
from reviewapp.demo.detectors.limits import Limits
from reviewapp.demo.detectors.looks import hourly_look
from reviewapp.demo.detectors.neighbourhood import Neighbourhood
from reviewapp.demo.detectors.seen import Seen
from reviewapp.demo.detectors.windows import busiest, first_to_reach

POLICY_OF_TOPIC = {
    "scam": "PYRAMID_OR_INVESTMENT_SCAM",
    "harassment": "HARASSMENT",
    "impersonation": "IMPERSONATION",
}
WEEK = timedelta(days=7)


def report_rate(seen: Seen, limits: Limits, around: Neighbourhood) -> Finding | None:
    """Reports of a week; certain where many are of the first message from an unknown number."""
    limit, first = (
        limits["reports_in_a_week"],
        limits["first_message_reports_in_a_week"],
    )
    reports = seen.of("user.reported")
    times = [item.at for item in reports]
    firsts = [item.at for item in reports if item.data.get("first_message")]
    certain = first_to_reach(firsts, WEEK, first.certain)
    if certain:
        at = firsts[certain.first + int(first.certain) - 1]
        week = [item for item in reports if at - WEEK < item.at <= at]
    else:
        window = busiest(times, WEEK)
        if window.count < limit.review:
            return None
        week = reports[window.first : window.end]
        at = hourly_look(week[-1].at)
    first_messages = sum(bool(item.data.get("first_message")) for item in week)
    blocks = sum(at - WEEK < item.at <= at for item in seen.of("user.blocked"))
    topic = Counter(str(item.data.get("topic", "spam")) for item in week).most_common(1)[0][0]
    return Finding(
        at=at,
        score=0.98 if certain else limit.score(len(week)),
        policy=POLICY_OF_TOPIC.get(topic, "BULK_MESSAGING"),
        reasons=[
            f"Reported {len(week)} times within a week, mostly for {topic}.",
            f"{first_messages or 'None'} of them on its first message to the person.",
        ],
        signals=[
            Signal("FB_REPORTS_7D", len(week), limit.review, limit.unit),
            Signal("FB_REPORTS_FIRST_MESSAGE_7D", first_messages, first.certain, first.unit),
            Signal("FB_BLOCKS_7D", blocks, unit="blocks"),
        ],
        action="PERMANENT_BAN" if certain else "",
    )


def coordinated_reports(seen: Seen, limits: Limits, around: Neighbourhood) -> Finding | None:
    """Reports that look arranged: for the reported, and against those who take part twice."""
    return _speaks_for(seen, limits) or _speaks_against(seen, limits, around)


def _speaks_for(seen: Seen, limits: Limits) -> Finding | None:
    wrote_first, together = (
        limits["reporters_who_wrote_first"],
        limits["reports_in_an_hour"],
    )
    reports = seen.of("user.reported")
    window = busiest([item.at for item in reports], timedelta(hours=1))
    hour = reports[window.first : window.end]
    if len(hour) < together.review:
        return None
    share = sum(bool(item.data.get("reporter_wrote_first")) for item in hour) / len(hour)
    if share < wrote_first.review:
        return None
    return Finding(
        at=hourly_look(hour[-1].at),
        # Low: this detector doubts that the reported account did anything.
        score=0.1,
        policy="COORDINATED_FALSE_REPORTING",
        reasons=[
            f"{len(hour)} reports came within an hour, {share:.0%} from people who wrote first.",
            "The reports look arranged: look at the reporters before this account.",
        ],
        signals=[
            Signal(
                "FB_REPORTER_INITIATED_RATIO",
                round(share, 3),
                wrote_first.review,
                "share",
            ),
            Signal("FB_COORDINATED_REPORT_SCORE", len(hour), together.review, together.unit),
        ],
    )


def _speaks_against(seen: Seen, limits: Limits, around: Neighbourhood) -> Finding | None:
    limit = limits["rounds_of_a_reporter"]
    rounds = around.rounds_of(seen.id)
    if len(rounds) < limit.review:
        return None
    return Finding(
        at=hourly_look(max(rounds.values())),
        score=0.8,
        policy="COORDINATED_FALSE_REPORTING",
        reasons=[
            f"Wrote first to {len(rounds)} people and then reported each of them.",
            "The same accounts reported the same people within minutes.",
        ],
        signals=[Signal("FB_REPORTED_AFTER_WRITING_FIRST", len(rounds), limit.review, limit.unit)],
    )


REPORT_RATE = Detector(
    "report-rate",
    "NEGATIVE_FEEDBACK",
    report_rate,
    needs=frozenset({"user.reported.first_message"}),
)
COORDINATED_REPORTS = Detector(
    "coordinated-reports",
    "NEGATIVE_FEEDBACK",
    coordinated_reports,
    needs=frozenset({"user.reported.reporter_wrote_first"}),
)
