"""What was decided about an account, and asking for a review of it."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from appeals import filing, wording
from appeals.cleaning import LONGEST_TEXT
from appeals.enums import Channel
from appeals.models import Appeal
from appeals.portal import decided, said
from appeals.portal.entering import ANYBODY
from appeals.portal.filling import Written, contact_of, errors_of, ground_of, read
from appeals.portal.pages import guarded, page, problem
from appeals.portal.speech import Speech
from appeals.portal.visiting import ACTOR, Visit, inside, remember
from cases.models import Account, Enforcement
from reviewapp.kernel.refusals import Refused
from reviewapp.web.access import public

# The newest of an account's; nobody was ever restricted as often.
MOST_SHOWN = 50


class LateWithoutReason(Refused):
    """Tell us what kept you from asking in time."""


@public(ANYBODY)
@guarded
@inside
@require_safe
def decisions(request: HttpRequest, language: str, visit: Visit, account: Account) -> HttpResponse:
    """All that stands against an account, and what was appealed; straight on where it is one."""
    found = list(visit.enforcements_of(account, at=timezone.now())[:MOST_SHOWN])
    if len(found) == 1:
        return HttpResponseRedirect(reverse("portal:decision", args=[language, found[0].ref]))
    speech = Speech.to(account, language)
    entries = decided.entries(found, list(visit.appeals_of(account)), speech)
    return page(request, language, "portal/decisions.html", {"decisions": entries}, entered=True)


@public(ANYBODY)
@guarded
@inside
@require_http_methods(["GET", "HEAD", "POST"])
def decision(
    request: HttpRequest, language: str, ref: str, visit: Visit, account: Account
) -> HttpResponse:
    """One decision. GET shows it with how to contest it; POST asks for a review."""
    enforcement = (
        visit.enforcements_of(account, at=timezone.now())
        .select_related("account", "decision__account")
        .filter(ref=ref)
        .first()
    )
    if enforcement is None:
        return problem(request, language, "missing", status=404)
    if request.method != "POST":
        return _page(request, language, enforcement, visit, Written())
    written = read(request)
    try:
        filed = _file(request, language, enforcement, written)
    except Refused as refusal:
        errors = errors_of(refusal, written, language)
        return _page(request, language, enforcement, visit, written, errors=errors, status=422)
    done = "filed" if filed.is_new else "repeated"
    where = reverse("portal:ticket", args=[language, filed.appeal.ref])
    response = HttpResponseRedirect(f"{where}?{done}")
    remember(response, visit.with_appeal(filed.appeal))
    return response


def _file(
    request: HttpRequest, language: str, enforcement: Enforcement, written: Written
) -> filing.Filed:
    at = timezone.now()
    ground, contact = ground_of(written), contact_of(written)
    account = enforcement.account
    standing = decided.standing(enforcement, Speech.to(account, language), at=at)
    if standing.name == "late" and written.is_empty:
        raise LateWithoutReason(pointer="text")
    return filing.file(
        account=account,
        enforcement=enforcement,
        channel=Channel.WEB_FORM,
        ground=ground,
        text=written.text,
        files=written.files,
        contact=contact,
        locale=language,
        # By a link or a code, both of which reach the account alone.
        identity_checked=True,
        received_at=at,
        at=at,
        by=ACTOR,
        address=request.META.get("REMOTE_ADDR", ""),
    )


def _page(
    request: HttpRequest,
    language: str,
    enforcement: Enforcement,
    visit: Visit,
    written: Written,
    *,
    errors: list[dict[str, str]] | None = None,
    status: int = 200,
) -> HttpResponse:
    at = timezone.now()
    speech = Speech.to(enforcement.account, language)
    standing = decided.standing(enforcement, speech, at=at)
    appeals = list(
        visit.appeals_of(enforcement.account)
        .filter(enforcement=enforcement)
        .order_by("received_at", "id")
    )
    context: dict[str, Any] = {
        "decided": decided.decided(enforcement, speech),
        "standing": standing.name,
        "until": speech.day(standing.ends_at),
        "by": decided.answered_by(speech, at=at) if standing.name == "open" else "",
        "asked": _last(appeals, language, is_open=True),
        "answered": _last(appeals, language, is_open=False),
        "grounds": decided.grounds(written.ground),
        "written": written,
        "text_limit": wording.number(LONGEST_TEXT, language=language),
        "files": said.files(language),
        "errors": errors,
        "wrong": {each["at"]: True for each in errors or ()},
    }
    return page(request, language, "portal/decision.html", context, entered=True, status=status)


def _last(appeals: list[Appeal], language: str, *, is_open: bool) -> dict[str, str] | None:
    found = [each for each in appeals if each.is_open == is_open]
    return said.ticket_link(found[-1], language) if found else None
