"""The decision log on screen."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from cases.casefile.deliveries import action_words, delivery_tone
from cases.casefile.handling import actor_names, came_to
from cases.casefile.why import clause_titles
from cases.enums import EnforcementState, Maker, Outcome
from cases.models import Enforcement, Withdrawal
from reviewapp.ledger.heads import latest_head
from reviewapp.ledger.kinds import words_for
from reviewapp.ledger.models import LedgerEntry
from reviewapp.reports.filters import DECISION, LogFilter
from reviewapp.web.access import may
from reviewapp.web.htmx import is_fragment
from reviewapp.web.paging import Keyset

SIZE = 50
_ORDER = ("-recorded_at", "-id")
_WITHDRAWN = "Withdrawn"
_TONES = {Outcome.NO_VIOLATION: "good", Outcome.VIOLATION: "bad"}


@may("read_log")
@require_safe
@vary_on_headers("HX-Request")
def log(request: HttpRequest) -> HttpResponse:
    """What was decided, newest first, or whatever else of the ledger is asked for."""
    filtered = LogFilter(request.GET, queryset=LedgerEntry.objects.all())
    rows = filtered.qs if filtered.is_valid() else LedgerEntry.objects.none()
    page = Keyset.or_first(rows, order=_ORDER, after=request.GET.get("after"), size=SIZE)
    asked = request.GET.copy()
    asked.pop("after", None)
    user: Any = request.user
    may_export = user.may("export_log")
    context = {
        "filter": filtered,
        "filtered": bool(filtered.chosen),
        "decisions": _lines(page.items),
        "csv_url": f"{reverse('reports:csv')}?{asked.urlencode()}"
        if may_export and filtered.is_valid()
        else "",
        "head": latest_head() if may_export else None,
        "may_read_cases": user.may("read_cases"),
        "next_url": _url(request, page.next),
        "previous_url": _url(request, page.previous),
    }
    template = "reports/_log_rows.html" if is_fragment(request) else "reports/log.html"
    return render(request, template, context)


def _lines(entries: list[LedgerEntry]) -> list[dict[str, Any]]:
    """Entries in words. Four queries, however many they are."""
    names = actor_names(entry.actor for entry in entries)
    states = _states(entries)
    titles = clause_titles({entry.policy for entry in entries})
    return [_line(entry, names, states, titles) for entry in entries]


def _line(
    entry: LedgerEntry, names: dict[str, str], states: dict[str, str], titles: dict[str, str]
) -> dict[str, Any]:
    state = states.get(str(entry.particulars.get("decision", "")), "")
    outcome = Outcome(entry.outcome) if entry.outcome in Outcome.values else None
    is_decision = entry.kind == DECISION
    return {
        "at": entry.recorded_at,
        "account_ref": entry.account,
        "account_url": reverse("cases:account", args=[entry.account]) if entry.account else "",
        "case_ref": entry.case_ref,
        "case_url": reverse("cases:case", args=[entry.case_ref]) if entry.case_ref else "",
        "outcome": outcome.label if is_decision and outcome else words_for(entry.kind),
        "tone": _TONES.get(outcome, "") if is_decision and outcome else "quiet",
        "action": _action(entry) if is_decision else " · ".join(came_to(entry)),
        "is_decision": is_decision,
        "clauses": titles.get(entry.policy, entry.policy),
        "maker": _maker(entry, names),
        "state": EnforcementState(state).label if state in EnforcementState.values else state,
        "state_tone": delivery_tone(state) if state in EnforcementState.values else "quiet",
    }


def _action(entry: LedgerEntry) -> str:
    return action_words(entry.action) if entry.action else ""


def _maker(entry: LedgerEntry, names: dict[str, str]) -> str:
    """The person, or the detector that acted alone."""
    if entry.maker == Maker.AUTOMATED and entry.detector:
        return f"{entry.detector} {entry.detector_version}".strip()
    return names[entry.actor]


def _states(entries: list[LedgerEntry]) -> dict[str, str]:
    """Where the platform stands with each decision among `entries`, by the decision's ref."""
    refs = {str(e.particulars["decision"]) for e in entries if e.particulars.get("decision")}
    found = Enforcement.objects.filter(decision__ref__in=refs).order_by("sequence")
    states = dict(found.values_list("decision__ref", "state"))
    withdrawn = Withdrawal.objects.filter(decision__ref__in=refs)
    return states | dict.fromkeys(withdrawn.values_list("decision__ref", flat=True), _WITHDRAWN)


def _url(request: HttpRequest, cursor: str | None) -> str:
    if cursor is None:
        return ""
    asked = request.GET.copy()
    asked["after"] = cursor
    return f"{request.path}?{asked.urlencode()}"
