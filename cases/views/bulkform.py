"""The page on which many cases are decided at once: who, what, and what that would mean."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from cases import bulking
from cases.bulking import Impact
from cases.casefile.counting import counted
from cases.enums import Action, Confidence, Outcome
from cases.forms import BulkForm
from cases.models import Case
from cases.views.decisionform import (
    CONFIDENCE_KEYS,
    OUTCOME_KEYS,
    actions_of,
    choices_of,
    clauses_of,
    days_of,
)
from cases.views.finding import signed_in
from cases.views.lines import lines_of
from reviewapp.kernel.refs import BadRef, parse_ref
from reviewapp.web.numbers import whole_number

# A verdict that is given on many is never the one that frees what stands.
_OUTCOMES = [choice for choice in Outcome.choices if choice[0] != Outcome.DUPLICATE]


def chosen_cases(request: HttpRequest) -> list[tuple[Case, int]]:
    """The cases that were ticked, in their order, each with the version that was shown.

    A value is a ref, or `ref@version` once a page has shown it. Any other names no case.
    """
    versions: dict[str, int | None] = {}
    for value in request.POST.getlist("case")[: bulking.MOST + 1]:
        ref, shown, version = value.partition("@")
        seen = whole_number(version)
        if shown and seen is None:
            continue
        try:
            versions[parse_ref(ref, "C")] = seen
        except BadRef:
            continue
    found = {
        case.ref: case
        for case in Case.objects.visible_to(signed_in(request)).filter(ref__in=versions).for_lines()
    }
    return [
        (found[ref], found[ref].version if version is None else version)
        for ref, version in versions.items()
        if ref in found
    ]


def form_of(request: HttpRequest, cases: Sequence[tuple[Case, int]], *, now: datetime) -> BulkForm:
    refs = [case.ref for case, _ in cases]
    return BulkForm(request.POST, refs=refs, now=now, offered=offered_on(cases))


def offered_on(cases: Sequence[tuple[Case, int]]) -> list[Action]:
    """The actions that the queue of any of `cases` offers, mildest first."""
    offered = {action for case, _ in cases for action in case.queue.offers()}
    return [action for action in Action if action in offered]


def left_out(form: BulkForm) -> set[str]:
    """The refs that are ticked as exceptions."""
    return set(form.data.getlist("leave"))  # type: ignore[attr-defined]


def impact_for(
    request: HttpRequest, cases: Sequence[tuple[Case, int]], form: BulkForm, *, now: datetime
) -> Impact:
    """What the form as it stands would do to the cases that are not left out."""
    leave = left_out(form)
    within = [case for case, _ in cases if case.ref not in leave]
    violation = form.data.get("outcome") == Outcome.VIOLATION
    action = form.data.get("action", "") if violation else ""
    return bulking.impact_of(within, action=action, by=signed_in(request), now=now)


def seal_of(cases: Sequence[tuple[Case, int]], form: BulkForm) -> str:
    """What a preview was of. Pressing decides only what a preview has shown."""
    leave = left_out(form)
    parts = [
        form.data.get("outcome", ""),
        form.data.get("action", ""),
        *sorted(case.ref for case, _ in cases if case.ref not in leave),
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def impact_context(impact: Impact, seal: str, *, approval_size: int) -> dict[str, Any]:
    """`impact` for `cases/_bulk_impact.html`."""
    countries = ", ".join(f"{country} {number:,}" for country, number in impact.countries[:8])
    facts = [
        ("Cases", f"{impact.cases:,}", ""),
        ("Accounts banned that are not now", f"{impact.accounts_banned:,}", ""),
        ("Countries", countries or "–", ""),
        ("People they reached in 30 days", f"{impact.reach:,}", ""),
        ("Businesses", f"{impact.businesses:,}", "due" if impact.businesses else ""),
        ("Contested", f"{impact.contested:,}", "due" if impact.contested else ""),
        (
            "Released by somebody else before",
            f"{impact.released:,}",
            "bad" if impact.released else "",
        ),
        ("Cleared or protected", f"{impact.cleared:,}", "bad" if impact.cleared else ""),
    ]
    return {
        "seal": seal,
        "facts": [{"label": label, "value": value, "tone": tone} for label, value, tone in facts],
        "second": f"From {approval_size:,} cases on a second person has to approve."
        if impact.cases >= approval_size
        else "",
        "title": f"What it would do to {counted(impact.cases, 'case')}",
    }


def page_context(
    request: HttpRequest,
    cases: Sequence[tuple[Case, int]],
    form: BulkForm,
    *,
    returned: bool,
    notice: str,
    approval_size: int,
    now: datetime,
) -> dict[str, Any]:
    """Everything that `cases/bulk_preview.html` wants."""
    user = signed_in(request)
    everything = [case for case, _ in cases]
    doubts = bulking.impact_of(everything, action="PERMANENT_BAN", by=user, now=now).concerns
    leave = left_out(form) if returned else _grave(everything, doubts)
    lines = lines_of(everything, user=user, now=now)
    suggested, other = clauses_of(
        {policy for case in everything for policy in case.policies},
        set(form.data.getlist("clauses")),  # type: ignore[attr-defined]
        "en",
        now,
    )
    return {
        "form": form,
        "returned": returned,
        "notice": notice,
        "post_url": reverse("cases:bulks"),
        "preview_url": reverse("cases:bulk_preview"),
        "impact_url": reverse("cases:bulk_impact"),
        "rows": [
            {
                "line": line,
                "value": f"{case.ref}@{version}",
                "leave": case.ref in leave,
                "concerns": doubts.get(case.pk, []),
            }
            for line, (case, version) in zip(lines, cases, strict=True)
        ],
        "outcomes": choices_of(form, "outcome", _OUTCOMES, OUTCOME_KEYS),
        "actions": actions_of(form, offered_on(cases)),
        "confidences": choices_of(form, "confidence", Confidence.choices, CONFIDENCE_KEYS),
        "suggested_clauses": suggested,
        "other_clauses": other,
        "days": days_of(form),
        "ends_on": form.data.get("ends_on", ""),
        "impact": impact_context(
            impact_for(request, cases, form, now=now),
            seal_of(cases, form),
            approval_size=approval_size,
        ),
    }


def _grave(cases: Sequence[Case], concerns: Any) -> set[str]:
    """Left out to begin with: what would be passed over, and whom somebody released."""
    return {
        case.ref for case in cases if any(concern.grave for concern in concerns.get(case.pk, ()))
    }
