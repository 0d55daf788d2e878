"""The queues and the settings of each. Nothing is saved that nobody looked at before."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe
from django.views.decorators.vary import vary_on_headers

from cases import foreseeing, queueing
from cases.forms import refuse
from cases.models import Claim, Queue
from cases.placing import Terms
from cases.queuesettings import Settings, changes_between
from cases.routing import Layout
from cases.views.finding import signed_in
from cases.views.foresight import moves_context, order_context, seal_of, seen_by, under_way
from cases.views.queueform import NewQueueForm, QueueForm
from reviewapp.kernel.refusals import Refused
from reviewapp.staff.roles import Role
from reviewapp.web.access import may
from reviewapp.web.htmx import go_to, is_fragment


@may("set_queues")
@require_http_methods(["GET", "HEAD", "POST"])
def queue_list(request: HttpRequest) -> HttpResponse:
    """Every queue in its place; POST adds one, which is not in use yet."""
    form = NewQueueForm(request.POST or None)
    if form.is_valid():
        try:
            queue = queueing.add_queue(
                **form.cleaned_data, by=signed_in(request), at=timezone.now()
            )
        except Refused as refusal:
            refuse(form, refusal)
        else:
            messages.success(request, f"{queue} is there. Say who works it, then put it to use.")
            return go_to(request, "cases:queue_settings", queue.slug)
    context = {
        "queues": [_row(queue) for queue in Queue.objects.all()],
        "form": form,
        "under_way": under_way(),
    }
    refused = form.is_bound and bool(form.errors)
    return render(request, "cases/queue_list.html", context, status=422 if refused else 200)


def _row(queue: Queue) -> dict[str, Any]:
    return {
        "name": queue.name,
        "description": queue.description,
        "url": reverse("cases:queue_settings", args=[queue.slug]),
        "active": queue.active,
        "worked_by": ", ".join(Role(role).label for role in sorted(queue.worked_by)) or "nobody",
        "lease": f"{queue.lease_minutes} min",
        "due": f"{queue.due_hours} h" if queue.due_hours else "",
    }


@may("set_queues")
@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
def queue_settings(request: HttpRequest, slug: str) -> HttpResponse:
    """The settings of a queue: POST shows what they would move, and with `save` saves them."""
    queue, now = get_object_or_404(Queue, slug=slug), timezone.now()
    form = QueueForm(request.POST or None, queue=queue)
    refusal: Refused | None = None
    if form.is_valid() and "save" in request.POST:
        try:
            return _save(request, queue, form, now=now)
        except Refused as refused:
            refuse(form, refused)
            refusal = refused
    context: dict[str, Any] = {
        "queue": {"name": queue.name, "slug": queue.slug},
        "form": form,
        "under_way": under_way(),
    }
    seen = queueing.configuration_seen()
    if form.is_bound and (not form.errors or (refusal and not refusal.pointer)):
        context["preview"] = _preview(queue, form, seen=seen, now=now)
    status = 409 if refusal and not refusal.pointer else 422 if form.errors else 200
    part = is_fragment(request)
    template = "cases/_queue_settings.html" if part else "cases/queue_settings.html"
    return render(request, template, context, status=status)


def _save(request: HttpRequest, queue: Queue, form: QueueForm, *, now: datetime) -> HttpResponse:
    promised = queueing.change_queue(
        queue=queue,
        to=form.settings(),
        due_dates=form.cleaned_data["due_dates"],
        seen=seen_by(request.POST.get("seal", ""), form.proposed()),
        move=bool(request.POST.get("move")),
        by=signed_in(request),
        at=now,
    )
    told = "A worker puts the waiting cases where they belong." if promised else ""
    messages.success(request, f"The settings of {form.settings().name} are saved. {told}".strip())
    return go_to(request, "cases:queue_settings", queue.slug)


def _preview(queue: Queue, form: QueueForm, *, seen: str, now: datetime) -> dict[str, Any]:
    """What saving would move: `preview` of `cases/_queue_preview.html`."""
    was, to = Settings.of(queue), form.settings()
    changes = changes_between(was, to)
    preview: dict[str, Any] = {
        "seal": seal_of(form.proposed(), seen=seen),
        "compare": {
            "title": "What changes",
            "before": "Now",
            "after": "Then",
            "rows": form.changes(changes),
        },
    }
    if changes.keys() & {"weights", "due_hours"}:
        terms = Terms(dict(to.weights), to.due_hours, form.cleaned_data["due_dates"])
        preview["order"] = order_context(
            foreseeing.foresee_order(queue=queue, terms=terms, now=now)
        )
    if changes.keys() & {"after", "active"}:
        moves = foreseeing.foresee_moves(
            before=Layout.read(), after=queueing.layout_with(queue, to), now=now
        )
        preview["moves"] = moves_context(moves)
    if "worked_by" in changes:
        held = Claim.objects.held(now=now).filter(case__queue=queue)
        preview["holds_kept"] = held.exclude(analyst__roles__overlap=to.worked_by).count()
    return preview


@may("set_queues")
@require_safe
def rearrangements(request: HttpRequest) -> HttpResponse:
    """The live part of the pages that set queues: how far a worker has come."""
    return render(request, "cases/_rearrangements.html", {"under_way": under_way()})
