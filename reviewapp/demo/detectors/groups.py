"""The detector of groups that people are put into."""

from datetime import timedelta

from reviewapp.demo.detectors.findings import Detector, Finding, Signal
from reviewapp.demo.detectors.limits import Limits
from reviewapp.demo.detectors.looks import hourly_look
from reviewapp.demo.detectors.neighbourhood import Neighbourhood
from reviewapp.demo.detectors.seen import Seen
from reviewapp.demo.detectors.windows import busiest, windows


def group_adds(seen: Seen, limits: Limits, around: Neighbourhood) -> Finding | None:
    """Hundreds of people added to groups in a day, or dozens of groups in an hour."""
    many, quick = limits["added_in_a_day"], limits["groups_in_an_hour"]
    strange = limits["stranger_share"]
    adds = seen.of("group.added")
    most, strangers, at, action = 0, 0, None, ""
    for window in windows([item.at for item in adds], timedelta(days=1)):
        day = adds[window.first : window.end]
        added = sum(int(item.data.get("added", 0)) for item in day)
        if added <= most:
            continue
        most, at = added, day[-1].at
        strangers = sum(int(item.data.get("strangers", 0)) for item in day)
        if added >= many.certain and strangers >= strange.certain * added:
            action = "TEMPORARY_BAN"
            break
    created = [item.at for item in seen.of("group.created")]
    groups = busiest(created, timedelta(hours=1))
    if groups.count >= quick.review and at is None:
        at = created[groups.end - 1]
    if at is None or (most < many.review and groups.count < quick.review):
        return None
    share = round(strangers / most, 3) if most else 0.0
    return Finding(
        at=at if action else hourly_look(at),
        score=0.97 if action else max(many.score(most), quick.score(groups.count)),
        policy="MASS_GROUP_ABUSE",
        reasons=[
            f"Added {most} people to groups within a day.",
            f"{share:.0%} of them do not have it in their contacts.",
            f"Created {groups.count} groups within an hour.",
        ],
        signals=[
            Signal("MSG_GROUP_ADDS_24H", most, many.review, many.unit),
            Signal("MSG_GROUP_ADDS_STRANGER_RATIO", share, strange.certain, strange.unit),
            Signal("MSG_GROUPS_CREATED_1H", groups.count, quick.review, quick.unit),
        ],
        action=action,
        lasts=timedelta(days=14) if action else None,
    )


GROUP_ADDS = Detector(
    "group-adds", "MESSAGING", group_adds, needs=frozenset({"group.added.strangers"})
)
