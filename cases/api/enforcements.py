"""Enforcements: read, and confirmed by the platform."""

from typing import Annotated, Literal

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from msgspec import Meta, Struct
from rest_framework.response import Response

from cases import enforcing
from cases.api import asking
from cases.api.answers import Attempt, EnforcementAnswer
from cases.api.schemas import StructSchema
from cases.intake.checking import text_fault, time_check
from cases.intake.sent import Moment
from cases.models import Enforcement
from reviewapp.web.access import key_with
from reviewapp.web.api import ApiView, Request, problem, read_json, refused

_DETAIL_LENGTH = 1_000


class Confirmation(Struct, forbid_unknown_fields=True):
    """What became of an enforcement on the platform, and when."""

    outcome: Literal["APPLIED", "FAILED"]
    at: Moment
    detail: Annotated[str, Meta(extra_json_schema={"maxLength": _DETAIL_LENGTH})] = ""


@key_with("read")
class OneEnforcement(ApiView):
    """What the platform was asked to do."""

    schema = StructSchema()

    @extend_schema(
        operation_id="read_enforcement",
        summary="Read an enforcement",
        description="By its ref, or by its id as the platform is given it.",
        responses={200: EnforcementAnswer},
    )
    def get(self, request: Request, enforcement: str) -> Response:
        return Response(_told(_find(enforcement)))


@key_with("platform")
class EnforcementConfirmation(ApiView):
    """The platform's word on an enforcement."""

    schema = StructSchema()

    @extend_schema(
        operation_id="confirm_enforcement",
        summary="Confirm an enforcement",
        description="Saying the same again changes nothing. What was never sent, or has ended,"
        " cannot be confirmed.",
        request=Confirmation,
        responses={
            200: EnforcementAnswer,
            (409, "application/problem+json"): {"$ref": "#/components/schemas/Problem"},
        },
    )
    def post(self, request: Request, enforcement: str) -> HttpResponse | Response:
        said = read_json(request, Confirmation)
        now = timezone.now()
        faults = [
            fault
            for fault in (
                time_check(now)(said.at, "/at"),
                text_fault(said.detail, "/detail", max_length=_DETAIL_LENGTH),
            )
            if fault
        ]
        if faults:
            errors = [{"pointer": fault.pointer, "detail": fault.detail} for fault in faults]
            return problem(422, "Some values are wrong.", errors=errors)
        try:
            confirmed = enforcing.confirm(
                enforcement=_find(enforcement),
                outcome=said.outcome,
                at=said.at,
                detail=said.detail,
                by=request.auth.source.actor,
                now=now,
            )
        except enforcing.CannotConfirm as refusal:
            return refused(refusal, status=409)
        return Response(_told(_whole().get(pk=confirmed.pk)))


def _whole() -> "QuerySet[Enforcement]":
    return Enforcement.objects.select_related(
        "account", "decision__case", "lifts"
    ).prefetch_related("attempts")


def _find(name: str) -> Enforcement:
    return get_object_or_404(_whole(), **asking.ref_or_uuid(name, "E"))


def _told(row: Enforcement) -> EnforcementAnswer:
    return EnforcementAnswer(
        id=str(row.pk),
        enforcement=row.ref,
        account=row.account.external_id,
        decision=row.decision.ref,
        case=row.decision.case.ref if row.decision.case else None,
        sequence=row.sequence,
        action=row.action,
        policy=row.policy,
        until=row.until,
        state=row.state,
        lifts=row.lifts.ref if row.lifts else None,
        requested_at=row.requested_at,
        acknowledged_at=row.acknowledged_at,
        applied_at=row.applied_at,
        ended_at=row.ended_at,
        detail=row.detail,
        attempts=[
            Attempt(
                number=each.number,
                attempted_at=each.attempted_at,
                took_ms=each.took_ms,
                status=each.status,
                answer=each.answer,
                result=each.result,
            )
            for each in sorted(row.attempts.all(), key=lambda each: each.number)
        ],
    )
