"""Detectors: every version that has spoken, and how often people agreed with it."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from cases.casefile.lanes import lane_of_stage
from cases.casefile.records import record_of
from cases.casefile.reversals import Reversals, reversed_beyond_chance
from cases.intake import registering
from cases.models import AgreementCount, Detector
from cases.views.finding import signed_in
from cases.views.pages import page_urls
from reviewapp.web.access import may
from reviewapp.web.htmx import go_to
from reviewapp.web.paging import Keyset

SIZE = 100


@may("read_detectors")
@require_safe
def detectors(request: HttpRequest) -> HttpResponse:
    """Every detector and version, by name."""
    versions = AgreementCount.objects.select_related("detector__source")
    order = ("detector__name", "version")
    page = Keyset.or_first(versions, order=order, after=request.GET.get("after"), size=SIZE)
    may_acknowledge = signed_in(request).may("configure")
    reversals = reversed_beyond_chance()
    context = {
        "detectors": [
            _version(row, reversals.get((row.detector.name, row.version)), may_acknowledge)
            for row in page.items
        ],
        **page_urls(request, page),
    }
    return render(request, "cases/detectors.html", context)


@may("configure")
@require_POST
def detector_acknowledgement(request: HttpRequest, name: str) -> HttpResponse:
    """An admin has looked at a new detector: it is new no more."""
    detector = get_object_or_404(Detector, name=name)
    registering.acknowledge(detector=detector, by=signed_in(request), at=timezone.now())
    messages.success(request, f"{detector} is acknowledged.")
    return go_to(request, "cases:detectors")


def _version(
    row: AgreementCount, reversals: Reversals | None, may_acknowledge: bool
) -> dict[str, Any]:
    detector = row.detector
    is_new = detector.acknowledged_at is None
    return {
        "name": detector.name,
        "version": row.version,
        "source": detector.source.name,
        "lane": lane_of_stage(row.stage) if row.stage else "handling",
        "stage": row.get_stage_display(),
        "is_new": is_new,
        "first_seen_at": row.first_seen_at or detector.first_seen_at,
        "record": record_of(row.agreed, row.decided),
        "reversals": reversals,
        "acknowledge_url": reverse("cases:detector_acknowledgement", args=[detector.name])
        if is_new and may_acknowledge
        else "",
    }
