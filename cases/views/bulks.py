"""Deciding many cases at once: choosing, seeing what it would do, and what became of it."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from cases import bulking
from cases.casefile.counting import span
from cases.casefile.deliveries import action_words
from cases.casefile.person import masked
from cases.enums import ApprovalCause, BulkRowState, BulkState
from cases.models import Bulk, BulkRow
from cases.views.bulkform import (
    chosen_cases,
    form_of,
    impact_context,
    impact_for,
    left_out,
    page_context,
    seal_of,
)
from cases.views.finding import signed_in
from cases.views.pages import page_urls
from reviewapp.kernel.refs import BadRef, parse_ref
from reviewapp.kernel.refusals import Refused
from reviewapp.staff.models import User
from reviewapp.web.access import may
from reviewapp.web.htmx import go_to, is_fragment
from reviewapp.web.paging import Keyset

SIZE = 50
_ROW_TONES = {
    BulkRowState.DECIDED: "good",
    BulkRowState.REFUSED: "bad",
    BulkRowState.EXCEPTED: "quiet",
    BulkRowState.UNDONE: "due",
}
_TONES = {BulkState.DONE: "good", BulkState.AWAITING_APPROVAL: "due", BulkState.DROPPED: "quiet"}
_MOVING = (BulkState.RUNNING, BulkState.UNDOING)


@may("read_cases")
@require_http_methods(["GET", "HEAD", "POST"])
def bulks(request: HttpRequest) -> HttpResponse:
    """What was decided in bulk, newest first; POST asks for another, as its preview showed it."""
    if request.method == "POST":
        return _ask(request)
    rows = Bulk.objects.select_related("asked_by")
    page = Keyset.or_first(
        rows, order=("-asked_at", "-id"), after=request.GET.get("after"), size=SIZE
    )
    context = {
        "bulks": [
            {
                "ref": each.ref,
                "url": reverse("cases:bulk", args=[each.ref]),
                "words": _words(each),
                "asked_by": each.asked_by.name,
                "at": each.asked_at,
                "size": f"{each.size:,}",
                "state": each.get_state_display(),
                "state_tone": _TONES.get(BulkState(each.state), "accent"),
            }
            for each in page.items
        ],
        **page_urls(request, page),
    }
    return render(request, "cases/bulks.html", context)


@may("work_cases")
@require_http_methods(["GET", "HEAD", "POST"])
def preview(request: HttpRequest) -> HttpResponse:
    """The chosen cases with the form to decide them all, and what that would do."""
    if request.method != "POST":
        return go_to(request, "cases:queue")
    return _form_page(request)


@may("work_cases")
@require_POST
def impact(request: HttpRequest) -> HttpResponse:
    """What the form as it stands would do: a part of the page, for htmx."""
    now, cases = timezone.now(), chosen_cases(request)
    form = form_of(request, cases, now=now)
    shown = impact_context(
        impact_for(request, cases, form, now=now),
        seal_of(cases, form),
        approval_size=settings.BULK_APPROVAL_SIZE,
    )
    return render(request, "cases/_bulk_impact.html", {"impact": shown})


def _form_page(
    request: HttpRequest, *, form: Any = None, notice: str = "", status: int = 200
) -> HttpResponse:
    now, cases = timezone.now(), chosen_cases(request)
    if not cases:
        messages.warning(request, "Tick the cases that you want to decide together first.")
        return go_to(request, "cases:queue")
    if len(cases) > bulking.MOST:
        messages.warning(request, f"At most {bulking.MOST:,} cases at once. Choose fewer.")
        return go_to(request, "cases:queue")
    returned = form is not None or "previewed" in request.POST
    context = page_context(
        request, cases, form or form_of(request, cases, now=now), returned=returned,
        notice=notice, approval_size=settings.BULK_APPROVAL_SIZE, now=now,
    )  # fmt: skip
    context["checked"] = form is not None
    return render(request, "cases/bulk_preview.html", context, status=status)


def _ask(request: HttpRequest) -> HttpResponse:
    user, now = signed_in(request), timezone.now()
    if not user.may("work_cases"):
        raise PermissionDenied
    cases = chosen_cases(request)
    form = form_of(request, cases, now=now)
    if not form.is_valid():
        return _form_page(request, form=form, status=422)
    if request.POST.get("previewed") != seal_of(cases, form):
        notice = "This is what it would do. Look at it, then press again."
        return _form_page(request, form=form, notice=notice)
    leave = left_out(form)
    try:
        asked = bulking.ask(
            cases=cases,
            excepted=[case for case, _ in cases if case.ref in leave],
            verdict=form.verdict(),
            by=user,
            at=now,
            approval_size=settings.BULK_APPROVAL_SIZE,
        )
    except Refused as refusal:
        form.refuse(refusal)
        return _form_page(request, form=form, status=422)
    return go_to(request, "cases:bulk", asked.ref)


@may("read_cases")
@require_safe
@vary_on_headers("HX-Request")
def bulk(request: HttpRequest, ref: str) -> HttpResponse:
    """One bulk: how far it is and what became of each case. htmx asks for that part again."""
    return _bulk_page(request, _find(ref))


@may("approve_decisions")
@require_POST
def approval(request: HttpRequest, ref: str) -> HttpResponse:
    """Let a bulk that waits for a second person run."""
    found = _find(ref)
    try:
        bulking.start(bulk=found, by=signed_in(request), at=timezone.now())
    except Refused as refusal:
        return _bulk_page(request, _find(ref), refusal=str(refusal), status=409)
    return go_to(request, "cases:bulk", found.ref)


@may("work_cases")
@require_POST
def approval_return(request: HttpRequest, ref: str) -> HttpResponse:
    """Send a waiting bulk back, as its second person, or withdraw it, as who asked for it."""
    found, user = _find(ref), signed_in(request)
    if user.pk != found.asked_by_id and not user.may("approve_decisions"):
        raise PermissionDenied
    try:
        bulking.drop(bulk=found, by=user, at=timezone.now())
    except Refused as refusal:
        return _bulk_page(request, _find(ref), refusal=str(refusal), status=409)
    return go_to(request, "cases:bulk", found.ref)


@may("work_cases")
@require_POST
def withdrawal(request: HttpRequest, ref: str) -> HttpResponse:
    """Take all of a bulk back."""
    found = _find(ref)
    try:
        bulking.undo(bulk=found, by=signed_in(request), at=timezone.now())
    except Refused as refusal:
        return _bulk_page(request, _find(ref), refusal=str(refusal), status=409)
    return go_to(request, "cases:bulk", found.ref)


def _find(ref: str) -> Bulk:
    try:
        parsed = parse_ref(ref, "B")
    except BadRef as wrong:
        raise Http404 from wrong
    rows = Bulk.objects.select_related("asked_by", "undone_by", "approval__answered_by")
    return get_object_or_404(rows, ref=parsed)


def _bulk_page(
    request: HttpRequest, found: Bulk, *, refusal: str = "", status: int = 200
) -> HttpResponse:
    user, now = signed_in(request), timezone.now()
    rows = found.rows.select_related("case__account", "decision").prefetch_related(
        "decision__enforcements"
    )
    page = Keyset.or_first(rows, order=("position",), after=request.GET.get("after"), size=SIZE)
    context = {
        "bulk": _state(found, user=user, now=now),
        "rows": [_row(row) for row in page.items],
        "refusal": refusal,
        **page_urls(request, page),
    }
    if is_fragment(request):
        return render(request, "cases/_bulk_state.html", {**context, "swapped": True})
    return render(request, "cases/bulk.html", context, status=status)


def _state(found: Bulk, *, user: User, now: datetime) -> dict[str, Any]:
    tally = dict(found.rows.order_by().values_list("state").annotate(count=Count("id")))
    waiting = found.state == BulkState.AWAITING_APPROVAL
    own = found.asked_by_id == user.pk
    leads = user.may("lead_cases")
    may_undo = found.state in (BulkState.RUNNING, BulkState.DONE) and (own or leads)
    unsent = found.effective_at is None or found.effective_at > now
    # What was taken back in time never goes; nor does what asks the platform for nothing.
    in_time = bool(found.undone_at and found.effective_at and found.undone_at < found.effective_at)
    asks = bool(found.action) and not in_time
    undoing = found.state in (BulkState.UNDOING, BulkState.UNDONE)
    done = found.size - tally.get(BulkRowState.DECIDED if undoing else BulkRowState.WAITING, 0)
    approved = getattr(found, "approval", None)
    return {
        "ref": found.ref,
        "url": reverse("cases:bulk", args=[found.ref]),
        "state": found.get_state_display(),
        "state_tone": _TONES.get(BulkState(found.state), "accent"),
        "moving": found.state in _MOVING,
        "progress": {
            "words": "Taken back" if undoing else "Decided or passed over",
            "done": done,
            "whole": found.size,
            "state": "" if found.state in _MOVING or waiting else "finished",
        },
        "tally": [
            {"words": state.label, "count": tally[state]}
            for state in BulkRowState
            if state in tally
        ],
        "causes": [cause.label for cause in _causes(approved)] if waiting else [],
        "may_approve": waiting and not own and user.may("approve_decisions"),
        "may_withdraw": waiting and own,
        "approval_url": reverse("cases:bulk_approval", args=[found.ref]),
        "return_url": reverse("cases:bulk_return", args=[found.ref]),
        "undo_url": reverse("cases:bulk_withdrawal", args=[found.ref]) if may_undo else "",
        "undo_note": "Nothing has reached the platform yet: every case is open again afterwards."
        if unsent
        else "What it did is lifted, and a new case is opened on each account.",
        "effective_at": found.effective_at if asks else None,
        "waits_to_be_sent": unsent,
        "facts": _facts(found, approved),
    }


def _causes(approved: Any) -> list[Any]:
    return [ApprovalCause(cause) for cause in approved.causes] if approved else []


def _facts(found: Bulk, approved: Any) -> list[dict[str, str]]:
    facts = [
        ("What", _words(found)),
        ("Rules", "\n".join(str(clause) for clause in found.clauses.all())),
        ("Told", found.reason or (found.action and "the rule, in each person's language")),
        ("Why", found.rationale),
        ("How sure", found.get_confidence_display()),
        ("By", f"{found.asked_by.name}, {found.asked_at:%-d %b %H:%M} UTC"),
    ]
    if approved and approved.answered_by:
        words = approved.get_answer_display()
        facts.append(
            (words, f"{approved.answered_by.name}, {approved.answered_at:%-d %b %H:%M} UTC")
        )
    if found.undone_by and found.undone_at:
        facts.append(("Undone", f"{found.undone_by.name}, {found.undone_at:%-d %b %H:%M} UTC"))
    return [{"label": label, "value": value} for label, value in facts if value]


def _words(found: Bulk) -> str:
    if not found.action:
        return found.get_outcome_display()
    lasts = f" for {span(found.lasts)}" if found.lasts else ""
    until = f" until {found.until:%-d %b %Y}" if found.until else ""
    return f"{found.get_outcome_display()} · {action_words(found.action)}{lasts}{until}"


def _row(row: BulkRow) -> dict[str, Any]:
    asked = list(row.decision.enforcements.all()) if row.decision else []
    made = asked[-1].get_state_display().lower() if asked else ""
    return {
        "ref": row.case.ref,
        "url": reverse("cases:case", args=[row.case.ref]),
        "person": masked(row.case.account),
        "state": row.get_state_display(),
        "state_tone": _ROW_TONES.get(BulkRowState(row.state), ""),
        "words": row.refusal or (f"on the platform: {made}" if made else ""),
    }
