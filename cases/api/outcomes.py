"""What came of it: enforcements and their confirmation, the decision log, labels."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers as s

from cases import enforcing
from cases.api.answers import DecisionAnswer, EnforcementAnswer, LabelAnswer, page_of
from cases.api.reads import AFTER, LIMIT, PAGE
from cases.models import Account, Enforcement, Label
from reviewapp.kernel.refs import parse_ref
from reviewapp.kernel.refusals import Refused
from reviewapp.ledger.feed import entries_after
from reviewapp.ledger.models import LedgerEntry
from reviewapp.web.access import key_with
from reviewapp.web.api import ApiView, Request, Response, problem, read_json
from reviewapp.web.paging import Keyset, page_size

MOST_LABELS = 1_000


class BadMoment(Refused):
    """Give a time as RFC 3339 has it, with an offset."""


class BadSequence(Refused):
    """`after` is a sequence number: 0, or one that was answered before."""


class Confirmation(msgspec.Struct, forbid_unknown_fields=True):
    outcome: Literal["APPLIED", "FAILED"]
    at: Annotated[datetime, msgspec.Meta(tz=True)]
    detail: Annotated[str, msgspec.Meta(max_length=1_000)] = ""


class ConfirmationRequest(s.Serializer):
    outcome = s.ChoiceField(["APPLIED", "FAILED"])
    at = s.DateTimeField(help_text="When, by the platform's clock, with an offset.")
    detail = s.CharField(required=False, max_length=1_000)


@key_with("read")
class EnforcementView(ApiView):
    """One enforcement."""

    @extend_schema(operation_id="enforcement", responses=EnforcementAnswer)
    def get(self, request: Request, ref: str) -> Response:
        """An enforcement, its state, and every attempt to deliver it."""
        return Response(EnforcementAnswer(_enforcement(_found(ref))).data)


@key_with("platform")
class ConfirmationView(ApiView):
    """The platform's word on an enforcement."""

    @extend_schema(operation_id="confirm", request=ConfirmationRequest, responses=EnforcementAnswer)
    def post(self, request: Request, ref: str) -> Response:
        """Confirm that an enforcement was applied, or failed. Saying it again changes nothing."""
        said = read_json(request, Confirmation)
        enforcement = _found(ref)
        if "\x00" in said.detail:
            return problem(
                422, "The detail holds a NUL character.", errors=[("/detail", "Remove it.")]
            )
        try:
            enforcing.confirm(
                enforcement=enforcement,
                outcome=said.outcome,
                at=said.at,
                detail=said.detail,
                by=request.auth.source.actor,
                now=timezone.now(),
            )
        except enforcing.CannotConfirm as refusal:
            return problem(409, str(refusal))
        return Response(EnforcementAnswer(_enforcement(_found(ref))).data)


@key_with("read")
class DecisionsView(ApiView):
    """The decision log."""

    @extend_schema(
        operation_id="decisions",
        responses=page_of(DecisionAnswer),
        parameters=[
            OpenApiParameter("from", s.DateTimeField, description="Recorded then or later."),
            OpenApiParameter("to", s.DateTimeField, description="Recorded before then."),
            AFTER,
            LIMIT,
        ],
    )
    def get(self, request: Request) -> Response:
        """Decisions in the order they were recorded."""
        lines = LedgerEntry.objects.filter(kind="decision.made")
        if since := _moment(request, "from"):
            lines = lines.filter(recorded_at__gte=since)
        if until := _moment(request, "to"):
            lines = lines.filter(recorded_at__lt=until)
        page: Keyset[LedgerEntry] = Keyset(
            lines,
            order=("recorded_at", "id"),
            after=request.query_params.get("after"),
            size=page_size(request.query_params.get("limit"), default=PAGE),
        )
        rows = _decisions(page.items)
        return Response({"items": DecisionAnswer(rows, many=True).data, "next": page.next})


@key_with("feedback")
class LabelsView(ApiView):
    """What people said of detections."""

    @extend_schema(
        operation_id="labels",
        responses=page_of(LabelAnswer),
        parameters=[
            OpenApiParameter("after", int, description="The last `seq` you have; 0 to begin."),
            LIMIT,
        ],
    )
    def get(self, request: Request) -> Response:
        """Labels by their place in the ledger, which misses none however late it committed."""
        after = request.query_params.get("after", "0")
        if not (after.isascii() and after.isdigit() and len(after) < 19):
            raise BadSequence(pointer="after")
        limit = page_size(request.query_params.get("limit"), default=PAGE, most=MOST_LABELS)
        found = entries_after(int(after), kinds=["label.given"], limit=limit)
        rows = list(_labels(found))
        return Response(
            {
                "items": LabelAnswer(rows, many=True).data,
                "next": str(found[-1][0]) if len(found) == limit else None,
            }
        )


def _found(ref: str) -> Enforcement:
    found: Enforcement = get_object_or_404(
        Enforcement.objects.select_related("account", "decision", "lifts").prefetch_related(
            "attempts"
        ),
        ref=parse_ref(ref, "E"),
    )
    return found


def _moment(request: Request, name: str) -> datetime | None:
    text = request.query_params.get(name, "")
    if not text:
        return None
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise BadMoment(f"{name} is a time as RFC 3339 has it, with an offset.", pointer=name)
    return moment


def _enforcement(row: Enforcement) -> dict[str, Any]:
    return {
        "enforcement": row.ref,
        "account": row.account.external_id,
        "decision": row.decision.ref,
        "sequence": row.sequence,
        "action": row.action,
        "policy": row.policy or None,
        "until": row.until,
        "lifts": row.lifts.ref if row.lifts else None,
        "state": row.state,
        "detail": row.detail or None,
        "requested_at": row.requested_at,
        "acknowledged_at": row.acknowledged_at,
        "applied_at": row.applied_at,
        "ended_at": row.ended_at,
        "attempts": sorted(row.attempts.all(), key=lambda attempt: attempt.number),
    }


def _decisions(lines: list[LedgerEntry]) -> list[dict[str, Any]]:
    refs = {line.account for line in lines}
    ids = dict(Account.objects.filter(ref__in=refs).values_list("ref", "external_id"))
    return [
        {
            "decision": line.particulars.get("decision", ""),
            "account": ids.get(line.account, line.account),
            "case": line.case_ref or None,
            "maker": line.maker,
            "outcome": line.outcome,
            "action": line.action or None,
            "policy": line.policy or None,
            "stage": line.stage or None,
            "detector": line.detector or None,
            "version": line.detector_version or None,
            "country_prefix": line.country_prefix or None,
            "surface": line.surface or None,
            "decided_at": line.happened_at,
            "recorded_at": line.recorded_at,
        }
        for line in lines
    ]


def _labels(found: list[tuple[int, LedgerEntry]]) -> Iterable[dict[str, Any]]:
    labels = Label.objects.select_related(
        "detection__account", "detection__detector", "detection__source"
    ).in_bulk([UUID(line.particulars["label"]) for _, line in found])
    for sequence, line in found:
        label = labels[UUID(line.particulars["label"])]
        detection = label.detection
        yield {
            "seq": sequence,
            "detection": detection.sender_id,
            "source_of_detection": detection.source.name,
            "account": detection.account.external_id,
            "detector": detection.detector.name,
            "version": detection.version,
            "score": detection.score,
            "label": label.value,
            "source": label.source,
            "at": label.given_at,
        }
