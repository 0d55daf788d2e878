"""The routing rules, drafted as a whole: what would move is shown before they are saved."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from cases import foreseeing, queueing
from cases.enums import AccountKind, Stage, Surface
from cases.models import PolicyClause, Queue
from cases.routing import Layout
from cases.views.finding import signed_in
from cases.views.foresight import moves_context, seal_of, seen_by, under_way
from cases.views.ruleform import RuleForm
from reviewapp.kernel.refusals import Refused
from reviewapp.web.access import may
from reviewapp.web.htmx import go_to, is_fragment

# Note [A draft in the session]
# Rules only mean something together and in their order, so they are changed in a draft of one's
# own, which the session keeps, as often as one likes; then the whole takes the place of the whole.
_DRAFT = "routing_draft"


@may("set_queues")
@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
def routing(request: HttpRequest) -> HttpResponse:
    """The rules, or one's draft of them with what it would move; POST saves the draft."""
    now, refusal = timezone.now(), ""
    if request.method == "POST":
        try:
            return _save(request, now=now)
        except Refused as refused:
            refusal = str(refused)
    context = _context(request, refusal, now=now)
    template = "cases/_routing.html" if is_fragment(request) else "cases/routing.html"
    return render(request, template, context, status=409 if refusal else 200)


def _save(request: HttpRequest, *, now: datetime) -> HttpResponse:
    drafted = request.session.get(_DRAFT)
    if drafted is None:
        messages.info(request, "There is no draft to save.")
        return go_to(request, "cases:routing")
    promised = queueing.change_rules(
        rules=drafted,
        seen=seen_by(request.POST.get("seal", ""), drafted),
        move=bool(request.POST.get("move")),
        by=signed_in(request),
        at=now,
    )
    request.session.pop(_DRAFT)
    told = " A worker moves the cases that belong elsewhere." if promised else ""
    messages.success(request, f"The rules are saved; they hold for what arrives now.{told}")
    return go_to(request, "cases:routing")


@may("set_queues")
@require_POST
def routing_draft(request: HttpRequest) -> HttpResponse:
    """A step on the draft: `up`, `down` or `remove` with a rule's number, or `discard`."""
    rules = _drafted(request)
    step, _, number = request.POST.get("step", "").partition(":")
    if step == "discard":
        request.session.pop(_DRAFT, None)
        return go_to(request, "cases:routing")
    at = _place(number, rules)
    if step == "remove":
        del rules[at]
    elif step in {"up", "down"}:
        to = at - 1 if step == "up" else at + 1
        if 0 <= to < len(rules):
            rules[at], rules[to] = rules[to], rules[at]
    else:
        raise Http404
    _keep(request, rules)
    if is_fragment(request):
        return render(request, "cases/_routing.html", _context(request, "", now=timezone.now()))
    return go_to(request, "cases:routing")


@may("set_queues")
@require_http_methods(["GET", "HEAD", "POST"])
def routing_rules(request: HttpRequest) -> HttpResponse:
    """A rule to be added to the draft, behind the others."""
    return _rule_page(request, None)


@may("set_queues")
@require_http_methods(["GET", "HEAD", "POST"])
def routing_rule(request: HttpRequest, number: int) -> HttpResponse:
    """A rule of the draft, by its place."""
    return _rule_page(request, _place(str(number), _drafted(request)))


def _rule_page(request: HttpRequest, at: int | None) -> HttpResponse:
    rules = _drafted(request)
    rule = rules[at] if at is not None else None
    form = RuleForm(request.POST or None, now=timezone.now(), rule=rule)
    if form.is_valid():
        if at is None:
            rules.append(form.rule())
        else:
            rules[at] = form.rule()
        _keep(request, rules)
        return go_to(request, "cases:routing")
    context = {"form": form, "number": at + 1 if at is not None else None}
    refused = form.is_bound and bool(form.errors)
    return render(request, "cases/routing_rule.html", context, status=422 if refused else 200)


def _drafted(request: HttpRequest) -> list[dict[str, Any]]:
    drafted = request.session.get(_DRAFT)
    return list(drafted) if drafted is not None else Layout.read().rules


def _keep(request: HttpRequest, rules: list[dict[str, Any]]) -> None:
    """Keep the draft, unless it has come back to what holds."""
    if rules == Layout.read().rules:
        request.session.pop(_DRAFT, None)
    else:
        request.session[_DRAFT] = rules


def _place(number: str, rules: list[dict[str, Any]]) -> int:
    """The index of the rule with that number. Raises Http404."""
    numbers = [str(each) for each in range(1, len(rules) + 1)]
    if number not in numbers:
        raise Http404
    return numbers.index(number)


def _context(request: HttpRequest, refusal: str, *, now: datetime) -> dict[str, Any]:
    standing = Layout.read()
    drafted = request.session.get(_DRAFT)
    rules = standing.rules if drafted is None else drafted
    clauses = PolicyClause.objects.current(at=now).values_list("code", "title")
    words = {
        "queues": {queue.slug: queue for queue in Queue.objects.all()},
        "policies": dict(clauses),
        "stages": dict(Stage.choices),
        "surfaces": dict(Surface.choices),
        "kinds": dict(AccountKind.choices),
    }
    context: dict[str, Any] = {
        "rules": [
            _rule_words(rule, number, words, fresh=rule not in standing.rules)
            for number, rule in enumerate(rules, start=1)
        ],
        "otherwise": next(
            (each.name for each in reversed(words["queues"].values()) if each.active), ""
        ),
        "refusal": refusal,
        "under_way": under_way(),
        "drafted": drafted is not None,
    }
    if drafted is not None:
        context["gone"] = [
            _rule_words(rule, number, words)
            for number, rule in enumerate(standing.rules, start=1)
            if rule not in rules
        ]
        moves = foreseeing.foresee_moves(
            before=standing, after=Layout(standing.queues, rules), now=now
        )
        context["moves"] = moves_context(moves)
        context["seal"] = seal_of(rules, seen=queueing.configuration_seen())
    return context


_ASKED = (
    ("policies", "under"),
    ("stages", "at"),
    ("detectors", "by"),
    ("countries", "from"),
    ("surfaces", "on"),
    ("kinds", "of"),
)


def _rule_words(
    rule: dict[str, Any], number: int, words: Mapping[str, Any], *, fresh: bool = False
) -> dict[str, Any]:
    """A rule as a sentence in parts: what it asks for, and where it sends what has all of it."""
    asks = []
    for name, before in _ASKED:
        if rule[name]:
            known = words.get(name, {})
            values = " or ".join(known.get(each, each) for each in rule[name])
            asks.append({"before": before, "words": values})
    if (rule["score_from"], rule["score_to"]) != (0, 1):
        asks.append({"before": "score", "words": f"{rule['score_from']:g}–{rule['score_to']:g}"})
    queue = words["queues"].get(rule["queue"])
    return {
        "number": number,
        "key": queueing.digest(rule)[:8],
        "asks": asks,
        "queue": queue.name if queue else rule["queue"],
        "passed_over": queue is None or not queue.active,
        "fresh": fresh,
        "url": reverse("cases:routing_rule", args=[number]),
    }
