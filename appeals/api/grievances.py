"""Grievances: received one by one, and read."""

from django.db.models import Prefetch
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from appeals import complaining
from appeals.api.answers import GrievanceAnswer, grievance_answer
from appeals.api.sent import (
    Answer,
    Received,
    SentGrievance,
    account_of,
    answering,
    check,
    due_of,
    sent,
)
from appeals.enums import Channel, ClockName
from appeals.lines import line
from appeals.models import Grievance, Statement
from cases.api import asking
from cases.api.schemas import StructSchema
from reviewapp.ledger.recording import record
from reviewapp.staff.models import Scope
from reviewapp.web.access import key_with
from reviewapp.web.api import ApiView, Request, read_json

_PROBLEM = {"$ref": "#/components/schemas/Problem"}


@key_with("appeals")
class Grievances(ApiView):
    """What people complain of."""

    schema = StructSchema()

    @extend_schema(
        operation_id="receive_grievance",
        summary="Send a grievance",
        description="With the moment at which it was received: that chooses the rule whose clocks"
        " run. One of the category BAN_APPEAL about an account contains an appeal, which is opened,"
        " or joined where one is open; both are answered once. `acknowledge_by` and `resolve_by`"
        " are null where no limit was in force. Sent again it is answered as before, with 200.",
        request=SentGrievance,
        responses={
            201: Received,
            200: Received,
            (409, "application/problem+json"): _PROBLEM,
        },
    )
    @answering
    def post(self, request: Request) -> Answer:
        row = read_json(request, SentGrievance)
        now = timezone.now()
        check(row, now=now)
        received = complaining.receive(
            channel=row.channel,
            category=row.category,
            rule_kind=row.rule_kind,
            text=row.text,
            locale=row.locale,
            contact=row.contact,
            account=account_of(row.account) if row.account is not None else None,
            received_at=row.received_at,
            # Only in the app does whoever sends it know whose the account is.
            identity_checked=row.channel == Channel.IN_APP,
            sent=sent(row, request),
            at=now,
            by=request.auth.source.actor,
        )
        grievance = received.grievance
        clocks = list(grievance.clocks.all())
        told = Received(
            grievance=grievance.ref,
            state=grievance.state,
            acknowledge_by=due_of(clocks, ClockName.ACK),
            resolve_by=due_of(clocks, ClockName.RESOLVE),
            appeal=grievance.appeal.ref if grievance.appeal else None,
        )
        return Response(told, status=201 if received.is_new else 200)


@key_with("appeals")
class OneGrievance(ApiView):
    """A grievance and its history."""

    schema = StructSchema()

    @extend_schema(
        operation_id="read_grievance",
        summary="Read a grievance",
        description="By its ref. The reading is logged.",
        responses={200: GrievanceAnswer},
    )
    def get(self, request: Request, ref: str) -> Response:
        statements = Statement.objects.select_related("grievance").prefetch_related("attachments")
        found = get_object_or_404(
            Grievance.objects.select_related(
                "account", "appeal", "duplicate_of", "decision"
            ).prefetch_related("clocks__rule", Prefetch("statements", statements)),
            ref=asking.ref(ref, "G"),
        )
        now, personal = timezone.now(), request.auth.has(Scope.PERSONAL)
        viewed = line(
            found, "grievance.viewed", request.auth.source.actor, now,
            key=request.auth.prefix, personal=personal,
        )  # fmt: skip
        record(viewed, at=now)
        return Response(grievance_answer(found, personal=personal, now=now))
