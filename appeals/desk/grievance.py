"""One grievance: what somebody complains of, by when it is owed an answer, and the answer."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from appeals import asking, resolving, sorting
from appeals.actioning import decisions_since
from appeals.desk.answerform import AnswerForm, Offered, QuestionForm, SortForm
from appeals.desk.claims import find_ticket
from appeals.desk.face import account_of, clock_lines, hold_of
from appeals.desk.lines import due_words, ticket_url
from appeals.desk.said import said_on
from appeals.enums import LetterKind
from appeals.lines import line
from appeals.models import Grievance
from appeals.repeating import earlier_ones, saying_the_same
from appeals.resolving import Answer
from appeals.writing import ways_of
from cases.casefile.counting import listed
from cases.notifying import language_of
from cases.views.finding import note_once, note_phone_search, signed_in
from reviewapp.kernel.encryption import Erased
from reviewapp.kernel.refusals import Refused
from reviewapp.web.access import may
from reviewapp.web.htmx import go_to, is_fragment

_LOADED = ("appeal", "decision", "duplicate_of", "resolved_by")


@may("read_grievances")
@require_safe
def grievance(request: HttpRequest, ref: str) -> HttpResponse:
    """The grievance, and the forms of whoever holds it."""
    return _page(request, _found(request, ref), now=timezone.now())


@may("read_grievances")
@require_http_methods(["GET", "HEAD", "POST"])
def grievance_answer(request: HttpRequest, ref: str) -> HttpResponseBase:
    """POST answers, or with `preview` shows what that would tell; GET leads to the grievance."""
    if request.method == "POST":
        return _answer(request, ref)
    return redirect("appeals:grievance", _found(request, ref).ref)


@may("work_grievances")
@require_POST
def grievance_preview(request: HttpRequest, ref: str) -> HttpResponse:
    """What the person would be told: alone for htmx, else the page with the form as it was."""
    found, now = _found(request, ref), timezone.now()
    form = _answer_form(request, found, now=now, data=request.POST)
    preview = _preview(found, form, now=now)
    if is_fragment(request):
        _note_look(request, found, now=now)
        return render(request, "appeals/_told.html", {"preview": preview})
    return _page(request, found, now=now, form=form, preview=preview)


@may("work_grievances")
@require_POST
def grievance_sorting(request: HttpRequest, ref: str) -> HttpResponse:
    """Say anew what it is about."""
    found, user, now = _found(request, ref), signed_in(request), timezone.now()
    note_phone_search(request.POST.get("account", ""), by=user, now=now)
    form = SortForm(request.POST, user=user)
    if not form.is_valid():
        return _page(request, found, now=now, sort=form, status=422)
    try:
        sorting.sort(grievance=found, by=user, at=now, **form.cleaned_data)
    except Refused as refusal:
        return _page(request, _found(request, ref), now=now, refusal=str(refusal), status=409)
    messages.success(request, f"{found.ref} is sorted.")
    return go_to(request, "appeals:grievance", found.ref)


@may("work_grievances")
@require_POST
def grievance_appeal(request: HttpRequest, ref: str) -> HttpResponse:
    """File the appeal that it contains."""
    found, now = _found(request, ref), timezone.now()
    try:
        filed = sorting.turn_into_appeal(
            grievance=found, by=signed_in(request), at=now, seen_version=_version(request)
        )
    except Refused as refusal:
        return _page(request, _found(request, ref), now=now, refusal=str(refusal), status=409)
    messages.success(request, f"{filed.appeal.ref} answers {found.ref} with it.")
    return go_to(request, "appeals:grievance", found.ref)


@may("work_grievances")
@require_POST
def grievance_question(request: HttpRequest, ref: str) -> HttpResponse:
    """Ask the person something."""
    found, now = _found(request, ref), timezone.now()
    form = QuestionForm(request.POST)
    if not form.is_valid():
        return _page(request, found, now=now, question=form, status=422)
    try:
        asking.ask(
            ticket=found, by=signed_in(request), text=form.cleaned_data["text"], at=timezone.now()
        )
    except Refused as refusal:
        form.add_error("text" if refusal.pointer == "text" else None, str(refusal))
        return _page(request, _found(request, ref), now=now, question=form, status=409)
    messages.success(request, f"{found.ref} waits for the person's answer.")
    return go_to(request, "appeals:grievance", found.ref)


@may("work_grievances")
def _answer(request: HttpRequest, ref: str) -> HttpResponse:
    found, now = _found(request, ref), timezone.now()
    form = _answer_form(request, found, now=now, data=request.POST)
    if not form.is_valid():
        return _page(request, found, now=now, form=form, status=422)
    try:
        resolving.resolve(
            grievance=found,
            by=signed_in(request),
            at=now,
            seen_version=form.cleaned_data["seen_version"],
            answer=form.cleaned_data["answer"],
        )
    except Refused as refusal:
        fresh = _found(request, ref)
        names = {"duplicate_of": "other", "decision": "resolution"}
        name = names.get(refusal.pointer or "", refusal.pointer or "")
        if name in form.fields:
            form.add_error(name, str(refusal))
            return _page(request, fresh, now=now, form=form, status=422)
        return _page(request, fresh, now=now, form=form, refusal=str(refusal), status=409)
    messages.success(request, f"{found.ref} is answered.")
    return go_to(request, "appeals:grievance", found.ref)


# The page


def _page(
    request: HttpRequest,
    found: Grievance,
    *,
    now: datetime,
    form: AnswerForm | None = None,
    sort: SortForm | None = None,
    question: QuestionForm | None = None,
    preview: dict[str, Any] | None = None,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    user = signed_in(request)
    _note_look(request, found, now=now)
    hold = hold_of(found, user=user, now=now)
    due, due_tone = due_words(found, now=now)
    context: dict[str, Any] = {
        "ticket": {
            "ref": found.ref,
            "url": ticket_url(found),
            "due": due,
            "due_tone": due_tone,
            "state": found.get_state_display(),
            "category": found.get_category_display(),
            "rule": found.get_rule_kind_display(),
            "channel": found.get_channel_display(),
            "jurisdiction": found.get_jurisdiction_display(),
            "received_at": found.received_at,
            "reached": _reached(found),
        },
        "account": account_of(found),
        "identity_checked": found.identity_checked_at is not None,
        "appeal": {"ref": found.appeal.ref, "url": ticket_url(found.appeal)}
        if found.appeal
        else None,
        "no_appeal": found.get_no_appeal_display() if found.no_appeal else "",
        "said": said_on(found),
        "clocks": clock_lines(found, now=now),
        "hold": hold,
        "refusal": refusal,
        "kept": form.data.get("reason", "") if form is not None and not hold["mine"] else "",
    }
    if not found.is_open:
        context["answered"] = _answered(found)
    if hold["mine"]:
        context |= _forms(request, found, form, sort, question, preview, now=now)
    return render(request, "appeals/grievance.html", context, status=status)


def _forms(
    request: HttpRequest,
    found: Grievance,
    form: AnswerForm | None,
    sort: SortForm | None,
    question: QuestionForm | None,
    preview: dict[str, Any] | None,
    *,
    now: datetime,
) -> dict[str, Any]:
    user = signed_in(request)
    returned = form is not None
    form = form or _answer_form(request, found, now=now)
    if form.is_bound:
        # What was typed stays; the page it is typed into is the newest.
        form.data = form.data.copy()  # type: ignore[attr-defined]
        form.data["seen_version"] = str(found.version)  # type: ignore[index]
    account = found.account.ref if found.account else ""
    names = {"category": found.category, "rule_kind": found.rule_kind, "account": account}
    sorted_as = sort or SortForm(None, user=user, initial={**names, "seen_version": found.version})
    return {
        "answer": {
            "form": form,
            "choices": form.choices(),
            "returned": returned,
            "url": ticket_url(found, "answer"),
            "preview_url": ticket_url(found, "preview"),
            "preview": preview,
        },
        "panels": [
            {
                "form": question or QuestionForm(),
                "open": question is not None,
                "url": ticket_url(found, "question"),
                "words": "Ask the person",
                "key": "a",
                "key_words": "Ask the person something",
                "note": "It leaves your hands until they answer, or until the answer is too late.",
                "submit": "Ask",
            },
            {
                "form": sorted_as,
                "open": sort is not None,
                "url": ticket_url(found, "sorting"),
                "words": "Say what it is about",
                "key": "o",
                "key_words": "Category, rule and account",
                "note": "Another rule has its clocks run anew from its receipt.",
                "submit": "Keep it so",
            },
        ],
        "appeal_url": ticket_url(found, "appeal") if found.account else "",
        "version": found.version,
    }


def _answered(found: Grievance) -> dict[str, Any]:
    try:
        words = found.answer()
    except Erased:
        words = "Erased."
    decision, other = found.decision, found.duplicate_of
    return {
        "resolution": found.get_resolution_display(),
        "actioned": found.is_actioned,
        "by": found.resolved_by.name if found.resolved_by else "",
        "at": found.closed_at,
        "words": words,
        "language": language_of(found.locale),
        "decision": decision.ref if decision else "",
        "duplicate_of": {"ref": other.ref, "url": ticket_url(other)} if other else None,
    }


def _reached(found: Grievance) -> str:
    """By which ways whoever wrote can be told something."""
    try:
        ways = [way.label.lower() for way in ways_of(found, kind=LetterKind.QUESTION)]
        return listed(ways) if ways else "no way: no account shown to be theirs, and no address"
    except Erased:
        return "no way: erased"


def _answer_form(
    request: HttpRequest, found: Grievance, *, now: datetime, data: Any = None
) -> AnswerForm:
    earlier = earlier_ones(found)
    offered = Offered(
        decisions_since(found, at=now), earlier, saying_the_same(found, earlier) if earlier else ()
    )
    account = found.account
    language = language_of(found.locale or (account.locale if account else ""))
    return AnswerForm(
        data,
        grievance=found,
        offered=offered,
        user=signed_in(request),
        initial={"seen_version": found.version, "locale": language},
    )


def _preview(found: Grievance, form: AnswerForm, *, now: datetime) -> dict[str, Any]:
    if not form.is_valid():
        return {"missing": "Choose what came of it first; then what they are told is shown here."}
    answer: Answer = form.cleaned_data["answer"]
    try:
        resolution = answer.check(found, at=now)
    except Refused as refusal:
        return {"missing": str(refusal)}
    return {"told": resolving.told(found, answer, resolution)}


def _found(request: HttpRequest, ref: str) -> Grievance:
    found: Grievance = find_ticket(request, Grievance, ref, *_LOADED)
    return found


def _version(request: HttpRequest) -> int:
    typed = request.POST.get("seen_version", "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else 0


def _note_look(request: HttpRequest, found: Grievance, *, now: datetime) -> None:
    note_once(line(found, "grievance.viewed", signed_in(request).actor, now))
