"""An appeal as whoever filed it sees it: where it stands, what was said, more to say, taking it
back.
"""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from appeals import asking, filing, withdrawing, wording
from appeals.cleaning import LONGEST_TEXT, EmptyText
from appeals.enums import AppealState, Channel
from appeals.models import Appeal
from appeals.portal import said
from appeals.portal.entering import ANYBODY
from appeals.portal.filling import Written, errors_of, read
from appeals.portal.pages import guarded, page, problem
from appeals.portal.speech import Speech
from appeals.portal.visiting import ACTOR, Visit, inside
from appeals.withdrawing import ClosedAlready
from cases.models import Account
from reviewapp.kernel.refusals import Refused
from reviewapp.web.access import public

# What was just done, said once on the page that follows.
DONE = ("filed", "repeated", "added", "answered", "withdrawn")


@public(ANYBODY)
@guarded
@inside
@require_safe
def ticket(
    request: HttpRequest, language: str, ref: str, visit: Visit, account: Account
) -> HttpResponse:
    appeal = _appeal(visit, account, ref)
    if appeal is None:
        return problem(request, language, "missing", status=404)
    return _page(request, language, appeal, Written())


@public(ANYBODY)
@guarded
@inside
@require_POST
def statements(
    request: HttpRequest, language: str, ref: str, visit: Visit, account: Account
) -> HttpResponse:
    """Answers what staff asked, or adds something; which it is, the appeal itself says."""
    appeal = _appeal(visit, account, ref)
    if appeal is None:
        return problem(request, language, "missing", status=404)
    written = read(request)
    asked = appeal.state == AppealState.AWAITING_APPELLANT
    try:
        if not appeal.is_open:
            raise ClosedAlready
        if written.is_empty:
            raise EmptyText
        if asked:
            _answer(appeal, written)
        else:
            _add(appeal, written, request)
    except Refused as refusal:
        errors = errors_of(refusal, written, language)
        return _page(request, language, appeal, written, errors=errors, status=422)
    return _done(language, appeal, "answered" if asked else "added")


@public(ANYBODY)
@guarded
@inside
@require_http_methods(["GET", "HEAD", "POST"])
def withdrawal(
    request: HttpRequest, language: str, ref: str, visit: Visit, account: Account
) -> HttpResponse:
    """Taking an appeal back: GET asks whether that is meant, POST does it."""
    appeal = _appeal(visit, account, ref)
    if appeal is None:
        return problem(request, language, "missing", status=404)
    if request.method == "POST":
        try:
            withdrawing.withdraw(
                appeal=appeal, channel=Channel.WEB_FORM, at=timezone.now(), by=ACTOR
            )
        except Refused as refusal:
            errors = errors_of(refusal, Written(), language)
            return _page(request, language, appeal, Written(), errors=errors, status=422)
        return _done(language, appeal, "withdrawn")
    speech = Speech.to(account, language)
    context = {
        "ticket": said.ticket_link(appeal, language),
        "until": speech.day(appeal.window_ends_at),
    }
    return page(request, language, "portal/withdrawal.html", context, entered=True)


def _answer(appeal: Appeal, written: Written) -> None:
    asking.answer(
        ticket=appeal,
        text=written.text,
        files=written.files,
        channel=Channel.WEB_FORM,
        at=timezone.now(),
        by=ACTOR,
    )


def _add(appeal: Appeal, written: Written, request: HttpRequest) -> None:
    at = timezone.now()
    filing.file(
        account=appeal.account,
        enforcement=appeal.enforcement,
        channel=Channel.WEB_FORM,
        text=written.text,
        files=written.files,
        identity_checked=True,
        received_at=at,
        at=at,
        by=ACTOR,
        address=request.META.get("REMOTE_ADDR", ""),
    )


def _appeal(visit: Visit, account: Account, ref: str) -> Appeal | None:
    found: Appeal | None = (
        visit.appeals_of(account)
        .filter(ref=ref)
        .select_related(
            "account",
            "enforcement__account",
            "enforcement__decision__account",
            "decision__decision",
        )
        .first()
    )
    return found


def _page(
    request: HttpRequest,
    language: str,
    appeal: Appeal,
    written: Written,
    *,
    errors: list[dict[str, str]] | None = None,
    status: int = 200,
) -> HttpResponse:
    speech = Speech.to(appeal.account, language)
    statements = list(appeal.statements.prefetch_related("attachments"))
    for each in statements:
        # Their texts and files' names are sealed under the account's key, which is loaded here.
        each.appeal = appeal
        for file in each.attachments.all():
            file.statement = each
    context = {
        "ticket": said.ticket(appeal, statements, speech),
        "thread": said.thread(statements, speech),
        "done": next((each for each in DONE if each in request.GET), ""),
        "decision_url": reverse("portal:decision", args=[language, appeal.enforcement.ref]),
        "written": written,
        "text_limit": wording.number(LONGEST_TEXT, language=language),
        "files": said.files(language),
        "errors": errors,
        "wrong": {each["at"]: True for each in errors or ()},
    }
    return page(request, language, "portal/ticket.html", context, entered=True, status=status)


def _done(language: str, appeal: Appeal, done: str) -> HttpResponse:
    where = reverse("portal:ticket", args=[language, appeal.ref])
    return HttpResponseRedirect(f"{where}?{done}")
