"""Previews as pages show them, and the seal that a preview hands to the button that saves it."""

from typing import Any

from django.core import signing
from django.urls import reverse

from cases import queueing
from cases.foreseeing import COMPARED, FARTHEST, LOOKED_AT, Moves, Order, Placed
from cases.models import Queue, Rearrangement
from reviewapp.kernel.refusals import Refused

# A preview of what waited long ago says little.
PREVIEW_HOLDS = 30 * 60
_SALT = "cases.queue-preview"


class LookAgain(Refused):
    """You changed something after the preview. It has been made anew: look at it, then save."""


def seal_of(proposed: Any, *, seen: str) -> str:
    """What a preview of `proposed` hands to the button that saves it."""
    return signing.dumps([seen, queueing.digest(proposed)], salt=_SALT)


def seen_by(seal: str, proposed: Any) -> str:
    """The configuration that the preview under `seal` was made of.

    Raises LookAgain unless it was a preview of `proposed`, made within PREVIEW_HOLDS.
    """
    try:
        seen, looked_at = signing.loads(seal, salt=_SALT, max_age=PREVIEW_HOLDS)
    except signing.SignatureExpired as late:
        raise LookAgain("The preview is old. It has been made anew: look at it.") from late
    except (signing.BadSignature, ValueError, TypeError) as forged:
        raise LookAgain("Look at the preview before saving.") from forged
    if looked_at != queueing.digest(proposed):
        raise LookAgain
    return str(seen)


def order_context(order: Order) -> dict[str, Any]:
    """`order` of `cases/_queue_preview.html`."""
    return {
        "waiting": order.waiting,
        "compared": min(COMPARED, order.waiting),
        "replaced": order.replaced,
        "head": [_placed(each) for each in order.head],
        "leaving": [_placed(each) for each in order.leaving],
        "overdue_before": order.overdue_before,
        "overdue_after": order.overdue_after,
        "redated": order.redated,
    }


def _placed(case: Placed) -> dict[str, Any]:
    far = f"beyond {FARTHEST:,}"
    words, tone = "stays", "quiet"
    if case.before is None:
        words, tone = "up", "good"
    elif case.after is None:
        words, tone = "down", "due"
    elif case.after < case.before:
        words, tone = f"up {case.before - case.after}", "good"
    elif case.after > case.before:
        words, tone = f"down {case.after - case.before}", "due"
    return {
        "ref": case.ref,
        "url": reverse("cases:case", args=[case.ref]),
        "before": case.before or far,
        "after": case.after or far,
        "moved": words,
        "tone": tone,
        "priority_before": f"{case.priority_before:.1f}",
        "priority_after": f"{case.priority_after:.1f}",
    }


def moves_context(moves: Moves) -> dict[str, Any]:
    """`moves` of `cases/_moves_preview.html`."""
    names = dict(Queue.objects.values_list("slug", "name"))
    return {
        "total": moves.total,
        "looked_at": moves.looked_at,
        "most": LOOKED_AT,
        "more": moves.more,
        "rows": [
            {
                "origin": names.get(each.origin, each.origin),
                "destination": names.get(each.destination, each.destination),
                "count": each.count,
                "cases": [
                    {"ref": ref, "url": reverse("cases:case", args=[ref])} for ref in each.refs
                ],
            }
            for each in moves.moving
        ],
    }


def under_way() -> list[dict[str, Any]]:
    """What a worker still carries out (components/_progress.html), the oldest first. One query."""
    return [
        {
            "words": f"Putting {task.queue} in its new order"
            if task.queue
            else "Moving cases to where the rules send them",
            "done": min(task.seen, task.expected),
            "whole": task.expected or None,
            "small": f"Asked for by {task.asked_by}. {task.changed:,} changed so far.",
            "state": "",
        }
        for task in Rearrangement.objects.unfinished()
        .select_related("queue", "asked_by")
        .order_by("asked_at")
    ]
