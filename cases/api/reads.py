"""Reading accounts and cases. Who read an account is recorded."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema

from cases.api.answers import (
    AccountAnswer,
    CaseAnswer,
    CaseFileAnswer,
    EvidenceAnswer,
    page_of,
)
from cases.enums import CaseState, Stage
from cases.models import Account, Case, Detection, EvidenceItem
from reviewapp.kernel.refs import parse_ref
from reviewapp.kernel.refusals import Refused
from reviewapp.ledger.recording import Entry, record
from reviewapp.web.access import key_with
from reviewapp.web.api import ApiView, Request, Response
from reviewapp.web.paging import Keyset, page_size

AFTER = OpenApiParameter("after", str, description="`next` of the page before.")
LIMIT = OpenApiParameter("limit", int, description="Rows on a page, 1 to 500; 100 unless said.")
PAGE = 100


class UnknownChoice(Refused):
    """There is no such value."""


def chosen(request: Request, name: str, values: list[str]) -> str:
    """The query parameter `name`, one of `values` or empty. Raises UnknownChoice."""
    value = request.query_params.get(name, "")
    if value and value not in values:
        raise UnknownChoice(f"{name} is one of {', '.join(values)}.", pointer=name)
    return value


@key_with("read")
class AccountView(ApiView):
    """One account."""

    @extend_schema(
        operation_id="account", responses=AccountAnswer,
        parameters=[OpenApiParameter("external_id", OpenApiTypes.STR, OpenApiParameter.PATH)],
    )  # fmt: skip
    def get(self, request: Request, external_id: str) -> Response:
        """An account, where it stands, and its open case. Reading it is recorded."""
        account = get_object_or_404(Account, external_id=external_id)
        note_reading(request, account)
        return Response(AccountAnswer(_account(account, personal=personal(request))).data)


@key_with("read")
class TimelineView(ApiView):
    """The evidence of one account."""

    @extend_schema(
        operation_id="timeline",
        responses=page_of(EvidenceAnswer),
        parameters=[
            OpenApiParameter("external_id", OpenApiTypes.STR, OpenApiParameter.PATH),
            OpenApiParameter("stage", str, enum=Stage.values),
            AFTER,
            LIMIT,
        ],
    )
    def get(self, request: Request, external_id: str) -> Response:
        """An account's evidence, oldest first. Reading it is recorded."""
        account = get_object_or_404(Account, external_id=external_id)
        items = EvidenceItem.objects.of(account.pk).select_related("source")
        stage = chosen(request, "stage", Stage.values)
        if stage:
            items = items.filter(stage=stage)
        page: Keyset[EvidenceItem] = Keyset(
            items,
            order=("occurred_at", "id"),
            after=request.query_params.get("after"),
            size=page_size(request.query_params.get("limit"), default=PAGE),
        )
        note_reading(request, account)
        shown = personal(request)
        rows = [_item(item, account, personal=shown) for item in page.items]
        return Response({"items": EvidenceAnswer(rows, many=True).data, "next": page.next})


@key_with("read")
class CasesView(ApiView):
    """Cases."""

    @extend_schema(
        operation_id="cases",
        responses=page_of(CaseAnswer),
        parameters=[
            OpenApiParameter("state", str, enum=CaseState.values),
            OpenApiParameter("queue", str, description="A queue's slug."),
            AFTER,
            LIMIT,
        ],
    )
    def get(self, request: Request) -> Response:
        """Cases in the order they were opened."""
        cases = Case.objects.select_related("account", "queue")
        state = chosen(request, "state", CaseState.values)
        if state:
            cases = cases.filter(state=state)
        if queue := request.query_params.get("queue"):
            cases = cases.filter(queue__slug=queue)
        page: Keyset[Case] = Keyset(
            cases,
            order=("opened_at", "id"),
            after=request.query_params.get("after"),
            size=page_size(request.query_params.get("limit"), default=PAGE),
        )
        rows = [_case(case) for case in page.items]
        return Response({"items": CaseAnswer(rows, many=True).data, "next": page.next})


@key_with("read")
class CaseView(ApiView):
    """One case."""

    @extend_schema(operation_id="case", responses=CaseFileAnswer)
    def get(self, request: Request, ref: str) -> Response:
        """A case with its detections and decisions. Reading it is recorded."""
        case = get_object_or_404(
            Case.objects.select_related("account", "queue"), ref=parse_ref(ref, "C")
        )
        note_reading(request, case.account, case=case)
        detections = Detection.objects.filter(case=case).select_related("detector", "source")
        row = _case(case) | {
            "priority_parts": {
                "severity": case.severity_points,
                "uncertainty": case.uncertainty_points,
                "reach": case.reach_points,
                "feedback": case.feedback_points,
                "joined": case.joined_points,
            },
            "detections_received": [_detection(each) for each in detections.newest_first()],
            "decisions": list(case.decisions.order_by("decided_at").values_list("ref", flat=True)),
        }
        return Response(CaseFileAnswer(row).data)


def personal(request: Request) -> bool:
    """Whether this key sees personal fields unmasked."""
    return bool(request.auth.has("personal"))


def note_reading(request: Request, account: Account, *, case: Case | None = None) -> None:
    """Everybody who looked is known: machines too."""
    now = timezone.now()
    record(
        Entry(
            kind="account.viewed",
            actor=request.auth.source.actor,
            happened_at=now,
            account=account.ref,
            case=case.ref if case else "",
            particulars={"personal": personal(request), "path": request.resolver_match.route},
        ),
        at=now,
    )


def _account(account: Account, *, personal: bool) -> dict[str, Any]:
    links: dict[str, list[str]] = {}
    if personal:
        for link in account.links.select_related("account"):
            links.setdefault(link.kind, []).append(link.value())
    open_case = account.cases.unsettled().first()
    return {
        "id": account.external_id,
        "account": account.ref,
        "phone": account.phone() if personal else account.masked_phone(),
        "display_name": account.display_name() if personal else "",
        "country": account.country,
        "country_prefix": account.country_prefix,
        "surface": account.surface,
        "kind": account.kind,
        "locale": account.locale,
        "registered_at": account.registered_at,
        "attributes": account.attributes() if personal else {},
        "links": links,
        "standing": [
            {
                "enforcement": standing.ref,
                "action": standing.action,
                "state": standing.state,
                "until": standing.until,
                "requested_at": standing.requested_at,
                "applied_at": standing.applied_at,
            }
            for standing in account.enforcements.standing().order_by("sequence")
        ],
        "open_case": open_case.ref if open_case else None,
    }


def _item(item: EvidenceItem, account: Account, *, personal: bool) -> dict[str, Any]:
    sealed = item.sealed_data(account) if personal else {}
    return {
        "id": item.sender_id,
        "source": item.source.name,
        "stage": item.stage,
        "kind": item.kind,
        "origin": item.origin,
        "occurred_at": item.occurred_at,
        "recorded_at": item.recorded_at,
        "data": item.data | sealed,
        "corrects": item.corrects or None,
    }


def _case(case: Case) -> dict[str, Any]:
    return {
        "case": case.ref,
        "account": case.account.external_id,
        "queue": case.queue.slug,
        "state": case.state,
        "origin": case.origin,
        "priority": case.priority,
        "detections": case.detection_count,
        "stages": case.stages,
        "detectors": case.detectors,
        "policies": case.policies,
        "opened_at": case.opened_at,
        "due_at": case.due_at,
        "settled_at": case.settled_at,
    }


def _detection(detection: Detection) -> dict[str, Any]:
    return {
        "id": detection.sender_id,
        "source": detection.source.name,
        "detector": detection.detector.name,
        "version": detection.version,
        "stage": detection.stage,
        "score": detection.score,
        "policy": detection.policy,
        "verdict": detection.verdict,
        "signals": detection.signals,
        "received_at": detection.received_at,
    }
