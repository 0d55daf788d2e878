"""A case itself, in words, and where what can be done with it is done."""

from datetime import datetime
from typing import Any

from django.urls import reverse

from cases import priority
from cases.casefile.why import Why, origin_words
from cases.enums import CaseState
from cases.models import Case
from cases.views.lines import due_words


def case_face(found: Case, *, now: datetime) -> dict[str, Any]:
    """The case itself, in words, and the addresses of what can be done with it."""
    due, tone = due_words(found, now=now)
    return {
        "ref": found.ref,
        "url": case_url(found),
        "state": found.get_state_display(),
        "state_tone": "" if found.state == CaseState.OPEN else "quiet",
        "settled": found.is_settled,
        "queue": found.queue.name,
        "opened_at": found.opened_at,
        "due": due,
        "due_tone": tone,
        "claim_url": reverse("cases:claim", args=[found.ref]),
        "renewal_url": reverse("cases:claim_renewal", args=[found.ref]),
        "decision_url": reverse("cases:decision", args=[found.ref]),
    }


def why_context(found: Case, why: Why) -> dict[str, Any]:
    """`why` for `cases/_why.html`. Needs `opened_by` and `account` loaded."""
    return {
        **priority_context(found),
        "origin": origin_words(found, found.opened_by),
        "seen": found.detection_count,
        "version": found.version,
        **why.context(),
    }


def priority_context(found: Case) -> dict[str, Any]:
    """`priority` and the `parts` that it is the sum of. Needs `queue` loaded."""
    return {
        "priority": f"{found.priority:.0f}",
        "parts": [
            {"words": part.label, "points": f"{part.points:.1f}", "why": part.why}
            for part in priority.explain(found)
        ],
    }


def case_url(found: Case) -> str:
    return reverse("cases:case", args=[found.ref])
