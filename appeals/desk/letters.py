"""Letters: which did not reach a person, what can be done about it, and all of the newest."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from appeals import posting
from appeals.desk.lines import ticket_url
from appeals.desk.tabs import desk_tabs
from appeals.enums import LetterState, Via
from appeals.models import Letter, LetterAttempt
from cases.casefile.deliveries import Attempted
from cases.views.backlog import COUNTED_TO, capped
from cases.views.finding import signed_in
from cases.views.pages import page_urls
from reviewapp.kernel.refusals import Refused
from reviewapp.web.access import may
from reviewapp.web.htmx import go_to, is_fragment
from reviewapp.web.paging import Keyset

SIZE = 50
ALL = "all"
_TONES = {
    LetterState.WAITING: "quiet",
    LetterState.RETRYING: "due",
    LetterState.SENT: "good",
    LetterState.FAILED: "bad",
    LetterState.UNCERTAIN: "due",
    LetterState.BOUNCED: "bad",
    LetterState.CANCELLED: "quiet",
}
# What somebody who sees it in this state should know or do.
_ADVICE: dict[str, str] = {
    LetterState.RETRYING: "Tried again by itself; now, where what was in its way is gone.",
    LetterState.FAILED: "Nobody tries again. Mend what the answer names, then send it again.",
    LetterState.UNCERTAIN: (
        "The connection broke while it was handed over. Ask the mail server's log; sent again, "
        "the person may have it twice."
    ),
    LetterState.BOUNCED: (
        "The mailbox sent it back. A full one can be tried again later; a wrong address can't: "
        "tell the person another way."
    ),
}
_FAILED_IN_APP = (
    "The platform does not take it. Mend what its answer names, then send it again under the same "
    "key."
)


@dataclass(frozen=True, slots=True)
class LetterLine:
    """A letter as `appeals/_letter_rows.html` wants it: nothing of what it says, or to whom."""

    ref: str
    ticket: str
    ticket_url: str
    kind: str
    via: str
    state: str
    tone: str
    detail: str
    advice: str
    requested_at: datetime
    next_at: datetime | None
    attempts: list[Attempted]
    resend_url: str


@may("read_grievances")
@require_safe
@vary_on_headers("HX-Request")
def letters(request: HttpRequest) -> HttpResponse:
    """What needs somebody first; everything behind a tab."""
    user = signed_in(request)
    shown = ALL if request.GET.get("show") == ALL else ""
    visible = Letter.objects.all().visible_to(user)
    order: tuple[str, ...] = ("-requested_at", "id")
    rows = visible.needing_attention()
    if shown == ALL:
        # Their keys tell the time: newest first along the primary key.
        rows, order = visible, ("-id",)
    loaded = rows.select_related("appeal", "grievance").prefetch_related("attempts")
    page = Keyset.or_first(loaded, order=order, after=request.GET.get("after"), size=SIZE)
    may_resend = user.may("resend_letters")
    context: dict[str, Any] = {
        "desk_tabs": desk_tabs(user, current="appeals:letters"),
        "tabs": _tabs(visible, shown),
        "letters": [letter_line(each, may_resend=may_resend) for each in page.items],
        "all_shown": shown == ALL,
        **page_urls(request, page),
    }
    fragment = "appeals/_letter_rows.html"
    return render(request, fragment if is_fragment(request) else "appeals/letters.html", context)


@may("resend_letters")
@require_POST
def letter_resending(request: HttpRequest, ref: str) -> HttpResponse:
    """Send a letter once more."""
    user = signed_in(request)
    letter = get_object_or_404(Letter.objects.all().visible_to(user), ref=ref)
    try:
        posting.resend(letter=letter, by=user, at=timezone.now())
    except Refused as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, f"{ref} is sent again.")
    return go_to(request, "appeals:letters")


def letter_line(letter: Letter, *, may_resend: bool) -> LetterLine:
    """`letter` in words. Needs its ticket and attempts loaded."""
    state = LetterState(letter.state)
    ticket: Any = letter.ticket
    advice = _ADVICE.get(state, "")
    if state == LetterState.FAILED and letter.via == Via.PLATFORM:
        advice = _FAILED_IN_APP
    resendable = may_resend and letter.needs_attention
    return LetterLine(
        ref=letter.ref,
        ticket=ticket.ref,
        ticket_url=ticket_url(ticket),
        kind=letter.get_kind_display(),
        via=letter.get_via_display(),
        state=state.label,
        tone=_TONES.get(state, ""),
        detail=_detail(letter),
        advice=advice,
        requested_at=letter.requested_at,
        next_at=letter.due_at if state == LetterState.RETRYING else None,
        attempts=[
            Attempted(each.attempted_at, _attempt_words(each))
            for each in sorted(letter.attempts.all(), key=lambda each: each.number)
        ],
        resend_url=reverse("appeals:letter_resending", args=[letter.ref]) if resendable else "",
    )


def _detail(letter: Letter) -> str:
    # What could not be written as a mail names the address that was at fault.
    return "It can't be written as a mail." if "@" in letter.detail else letter.detail


def _attempt_words(attempt: LetterAttempt) -> str:
    """The answer's code and no more: mail servers repeat the address in theirs."""
    said = "no answer" if attempt.status is None else f"answered {attempt.status}"
    return said + (f" after {attempt.took_ms / 1000:.1f} s" if attempt.took_ms >= 100 else "")


def _tabs(visible: Any, shown: str) -> list[dict[str, Any]]:
    url = reverse("appeals:letters")
    waiting = len(visible.needing_attention().values_list("pk")[: COUNTED_TO + 1])
    return [
        {
            "words": "Needs attention",
            "url": url,
            "current": shown != ALL,
            "count": capped(waiting) if waiting else "",
        },
        {"words": "All", "url": f"{url}?show={ALL}", "current": shown == ALL, "count": ""},
    ]
