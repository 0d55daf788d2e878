"""Clearing accounts of a family of rules, protecting some from all, and ending that again.

A detection that a person has found harmless would come back with the same rule, daily. A clearing
keeps its further detections from opening a case until a date, while they stay within what was
seen: see Note [What exceeds a clearing] in cases.models.clearings.
"""

from cases.clearing.ending import (
    LONGEST_REASON,
    AlreadyOver,
    CannotRevoke,
    NotYoursToRevoke,
    end_against,
    end_with,
    revoke,
)
from cases.clearing.making import (
    LONGEST,
    MARGINS,
    USUAL_MARGIN,
    CannotClear,
    Terms,
    clear,
    clear_with,
    protect,
)
from cases.clearing.seen import Seen, families_seen
from cases.clearing.standing import standing_on, weigh

__all__ = [
    "LONGEST",
    "LONGEST_REASON",
    "MARGINS",
    "USUAL_MARGIN",
    "AlreadyOver",
    "CannotClear",
    "CannotRevoke",
    "NotYoursToRevoke",
    "Seen",
    "Terms",
    "clear",
    "clear_with",
    "end_against",
    "end_with",
    "families_seen",
    "protect",
    "revoke",
    "standing_on",
    "weigh",
]
