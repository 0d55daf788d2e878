"""What goes on about a case while its page is open: one fragment, asked for every few seconds."""

from datetime import datetime
from hashlib import blake2b
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from cases.casefile import Address
from cases.casefile.before import decision_on
from cases.casefile.deliveries import asked_of_platform, delivery
from cases.casefile.places import zone_of
from cases.casefile.pulse import Pulse, pulse_of
from cases.casefile.why import why_here
from cases.enums import CaseState
from cases.models import Case, Presence
from cases.views.decided import decided_context
from cases.views.face import case_face, case_url, why_context
from cases.views.finding import find_case, note_look, signed_in
from cases.views.holding import claim_panel
from cases.views.news import Seen, is_lost, news_of
from cases.views.presence import person_present
from reviewapp.staff.models import User
from reviewapp.web.access import may
from reviewapp.web.htmx import is_fragment, page_asking


@may("read_cases")
@require_safe
@vary_on_headers("HX-Request")
def live(request: HttpRequest, ref: str) -> HttpResponseBase:
    """What is new about a case since its page was drawn, for that page alone."""
    found, now, user = find_case(request, ref), timezone.now(), signed_in(request)
    if not is_fragment(request):
        return redirect("cases:case", found.ref)
    Presence.objects.renew(case=found, user=user, at=now)
    pulse = pulse_of(found, reader=user, now=now)
    seen = Seen.read(request.GET, now=Seen.of(found, pulse, form=False))
    here = _looked_at(request, found) if seen.items != pulse.items else ""
    tag = _tag(found, pulse, seen, user=user, now=now, here=here)
    unchanged = get_conditional_response(request, etag=tag)
    if unchanged is not None:
        return unchanged
    note_look(case=found, account=found.account, by=user, now=now)
    context = _drawn(found, pulse, seen, user=user, now=now, here=here)
    context["live"]["tag"] = tag
    response = render(request, "cases/_live.html", context)
    response["ETag"] = tag
    return response


@may("read_cases")
@require_safe
@vary_on_headers("HX-Request")
def why(request: HttpRequest, ref: str) -> HttpResponse:
    """Why the case is here as of now, for a page that is open; others are led to the case."""
    found = find_case(request, ref)
    if not is_fragment(request):
        return redirect("cases:case", found.ref)
    note_look(case=found, account=found.account, by=signed_in(request), now=timezone.now())
    read = why_here(found.account, case=found, address=Address.read(case_url(found), {}))
    zone = zone_of(found.account.country, at=timezone.now())
    context = {
        "why": why_context(found, read),
        "timeline": {"tz": zone.tz, "zone": zone.words},
    }
    return render(request, "cases/_why.html", context)


def live_context(
    case: Case,
    *,
    user: User,
    now: datetime,
    form: bool,
) -> dict[str, Any]:
    """`live` as the page begins with it: nothing is new. One query."""
    pulse = pulse_of(case, reader=user, now=now)
    seen = Seen.of(case, pulse, form=form)
    return {
        "url": reverse("cases:live", args=[case.ref]),
        "tag": _tag(case, pulse, seen, user=user, now=now, here=""),
        "people": _people(pulse, now=now),
        "news": [],
        "seen": seen,
        "lost": False,
    }


def _tag(case: Case, pulse: Pulse, seen: Seen, *, user: User, now: datetime, here: str) -> str:
    """What tells this answer from another one."""
    holder = pulse.holder(now=now)
    # One's own lease is renewed all the time, and the page counts it down by itself.
    until = pulse.expires_at if holder not in (None, user.pk) else None
    parts = (
        case.state,
        case.version,
        case.detection_count,
        holder,
        until and until.replace(second=0, microsecond=0),
        pulse.claim,
        pulse.ending,
        pulse.items,
        pulse.notes,
        pulse.deliveries,
        pulse.present,
        seen,
        here,
    )
    return f'"{blake2b(repr(parts).encode(), digest_size=12).hexdigest()}"'


def _drawn(
    case: Case, pulse: Pulse, seen: Seen, *, user: User, now: datetime, here: str
) -> dict[str, Any]:
    """The fragment: who is here, what came, and what stands where nothing can be typed."""
    decision = decision_on(case) if case.is_settled else None
    context: dict[str, Any] = {
        "live": {
            "url": reverse("cases:live", args=[case.ref]),
            "people": _people(pulse, now=now),
            "news": news_of(case, pulse, seen, decision, user=user, now=now, here=here),
            "lost": seen.form and is_lost(pulse, user=user, now=now),
        },
        "case": case_face(case, now=now),
        "claim": claim_panel(case, user=user, now=now),
        "approval": case.state == CaseState.AWAITING_APPROVAL,
        "decision": seen.form,
        "deliveries": [],
    }
    if decision is not None:
        context["decided"] = decided_context(decision, user=user)
    else:
        asked = asked_of_platform().filter(account=case.account).under_way()
        may_replay = user.may("replay_enforcements")
        context["deliveries"] = [delivery(row, may_replay=may_replay) for row in asked]
    return context


def _people(pulse: Pulse, *, now: datetime) -> list[dict[str, Any]]:
    holder = pulse.holder(now=now)
    return [person_present(name, holds=key == holder) for key, name in pulse.present]


def _looked_at(request: HttpRequest, case: Case) -> str:
    """The address of the page that asks, with the part of the timeline it looks at."""
    url = case_url(case)
    path, _, query = page_asking(request).partition("?")
    return f"{url}?{query}" if query and path == url else url
