"""Appeals: filed one by one, and read."""

from django.db.models import Prefetch
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from appeals import filing
from appeals.api.answers import AppealAnswer, appeal_answer
from appeals.api.sent import (
    Answer,
    Filed,
    SentAppeal,
    account_of,
    answering,
    check,
    now_of,
    sent,
)
from appeals.enums import Channel
from appeals.lines import line
from appeals.models import Appeal, Statement
from cases.api import asking
from cases.api.schemas import StructSchema
from cases.models import Account, Enforcement
from reviewapp.ledger.recording import record
from reviewapp.staff.models import Scope
from reviewapp.web.access import key_with
from reviewapp.web.api import ApiView, Request, read_json
from reviewapp.web.problems import Unfit

_PROBLEM = {"$ref": "#/components/schemas/Problem"}


@key_with("appeals")
class Appeals(ApiView):
    """What people ask for in the app."""

    schema = StructSchema()

    @extend_schema(
        operation_id="file_appeal",
        summary="File an appeal",
        description="Against `enforcement`, or against what stands. Whoever sends it vouches that"
        " the account is the writer's. 201 for a new appeal; 200 where it joined the open appeal"
        " of the account, which asking again moves nowhere, or where the same was sent before. 409"
        " where nothing stands that could be looked at again, or where something else was sent"
        " under the same id. An appeal after its window has the state OUT_OF_TIME until a person"
        " admits it.",
        request=SentAppeal,
        responses={
            201: Filed,
            200: Filed,
            (409, "application/problem+json"): _PROBLEM,
            (410, "application/problem+json"): _PROBLEM,
        },
    )
    @answering
    def post(self, request: Request) -> Answer:
        row = read_json(request, SentAppeal)
        received_at, now = now_of(row)
        check(row, now=now)
        account = account_of(row.account)
        filed = filing.file(
            account=account,
            enforcement=_enforcement(row.enforcement, account),
            channel=Channel.IN_APP,
            ground=row.ground,
            text=row.text,
            locale=row.locale,
            contact=row.contact,
            received_at=received_at,
            identity_checked=True,
            sent=sent(row, request),
            at=now,
            by=request.auth.source.actor,
        )
        appeal = filed.appeal
        told = Filed(appeal.ref, appeal.state, appeal.due_at, joined=filed.joined)
        return Response(told, status=201 if filed.is_new else 200)


@key_with("appeals")
class OneAppeal(ApiView):
    """An appeal and its history."""

    schema = StructSchema()

    @extend_schema(
        operation_id="read_appeal",
        summary="Read an appeal",
        description="By its ref. The reading is logged.",
        responses={200: AppealAnswer},
    )
    def get(self, request: Request, ref: str) -> Response:
        statements = Statement.objects.select_related("appeal__account").prefetch_related(
            "attachments"
        )
        found = get_object_or_404(
            Appeal.objects.select_related(
                "account", "enforcement__decision__case", "group", "decision__decision"
            ).prefetch_related(
                "clocks__rule",
                "decision__decision__enforcements",
                Prefetch("statements", statements),
            ),
            ref=asking.ref(ref, "AP"),
        )
        now, personal = timezone.now(), request.auth.has(Scope.PERSONAL)
        viewed = line(
            found, "appeal.viewed", request.auth.source.actor, now,
            key=request.auth.prefix, personal=personal,
        )  # fmt: skip
        record(viewed, at=now)
        return Response(appeal_answer(found, personal=personal, now=now))


def _enforcement(named: str | None, account: Account) -> Enforcement | None:
    """What `named` (a ref, or its id as the platform has it) is. Raises Unfit."""
    if not named:
        return None
    found = Enforcement.objects.filter(
        account=account, **asking.ref_or_uuid(asking.external_id(named), "E")
    ).first()
    if found is None:
        raise Unfit("There is no such enforcement against this account.", pointer="/enforcement")
    return found
