"""Cases: read one by one and in lists."""

from django.db.models import Prefetch
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from cases.api import asking
from cases.api.accounts import standing
from cases.api.answers import (
    CaseAnswer,
    CaseDecision,
    CaseDetection,
    CasePage,
    CaseSummary,
    PriorityParts,
)
from cases.api.schemas import StructSchema, query
from cases.enums import CaseState
from cases.models import Case, Claim, Decision, Detection, Label
from reviewapp.ledger.recording import Entry, record
from reviewapp.web.access import key_with
from reviewapp.web.api import ApiView, Request
from reviewapp.web.paging import Keyset


@key_with("read")
class Cases(ApiView):
    """Cases, open and settled."""

    schema = StructSchema()

    @extend_schema(
        operation_id="list_cases",
        summary="List cases",
        description="The newest first.",
        parameters=[
            query("state", "Cases in this state alone.", enum=CaseState.values),
            query("queue", "Cases of the queue with this slug alone."),
            query("after", "The cursor `next` of the page before."),
            query("limit", f"Cases on the page, at most {asking.MOST}.", kind=int),
        ],
        responses={200: CasePage},
    )
    def get(self, request: Request) -> Response:
        cases = Case.objects.select_related("account", "queue")
        if state := asking.one_of(request, "state", CaseState.values):
            cases = cases.filter(state=state)
        if queue := asking.text(request, "queue"):
            cases = cases.filter(queue__slug=queue)
        page = Keyset(
            cases,
            order=("-opened_at", "-id"),
            after=asking.text(request, "after") or None,
            size=asking.number(request, "limit", default=asking.PAGE, low=1, high=asking.MOST),
        )
        return Response(CasePage([_summary(case) for case in page.items], page.next))


@key_with("read")
class OneCase(ApiView):
    """A case with its reasons and what was decided."""

    schema = StructSchema()

    @extend_schema(
        operation_id="read_case",
        summary="Read a case",
        description="By its ref. The reading is logged.",
        responses={200: CaseAnswer},
    )
    def get(self, request: Request, ref: str) -> Response:
        case = get_object_or_404(
            Case.objects.select_related("account", "queue", "follows"), ref=asking.ref(ref, "C")
        )
        now = timezone.now()
        record(
            Entry(
                kind="case.viewed",
                actor=request.auth.source.actor,
                happened_at=now,
                account=case.account.ref,
                case=case.ref,
                country_prefix=case.account.country_prefix,
                surface=case.surface,
                particulars={"key": request.auth.prefix},
            ),
            at=now,
        )
        held = Claim.objects.held(now=now).filter(case=case).exists()
        return Response(_whole(case, held=held))


def _summary(case: Case) -> CaseSummary:
    return CaseSummary(
        case=case.ref,
        account=case.account.external_id,
        state=case.state,
        queue=case.queue.slug,
        origin=case.origin,
        opened_at=case.opened_at,
        settled_at=case.settled_at,
        due_at=case.due_at,
        priority=case.priority,
        detection_count=case.detection_count,
        stages=case.stages,
        detectors=case.detectors,
        policies=case.policies,
    )


def _whole(case: Case, *, held: bool) -> CaseAnswer:
    newest_label_last = Label.objects.order_by("given_at", "id")
    detections = (
        Detection.objects.filter(case=case)
        .select_related("detector", "source")
        .prefetch_related(Prefetch("labels", newest_label_last))
        .order_by("received_at", "id")
    )
    decisions = (
        Decision.objects.filter(case=case)
        .select_related("withdrawal", "undoes")
        .prefetch_related("clauses", "enforcements")
        .order_by("decided_at", "id")
    )
    return CaseAnswer(
        case=case.ref,
        account=case.account.external_id,
        state=case.state,
        queue=case.queue.slug,
        origin=case.origin,
        opened_at=case.opened_at,
        settled_at=case.settled_at,
        due_at=case.due_at,
        priority=case.priority,
        detection_count=case.detection_count,
        priority_parts=PriorityParts(
            severity=case.severity_points,
            uncertainty=case.uncertainty_points,
            reach=case.reach_points,
            feedback=case.feedback_points,
            joined=case.joined_points,
        ),
        held=held,
        version=case.version,
        follows=case.follows.ref if case.follows else None,
        detections=[_detection(each) for each in detections],
        decisions=[_decision(each) for each in decisions],
    )


def _detection(row: Detection) -> CaseDetection:
    labels = list(row.labels.all())
    return CaseDetection(
        id=row.sender_id,
        source=row.source.name,
        detector=row.detector.name,
        version=row.version,
        stage=row.stage,
        score=row.score,
        policy=row.policy,
        received_at=row.received_at,
        signals=row.signal_values(),
        label=labels[-1].value if labels else None,
    )


def _decision(row: Decision) -> CaseDecision:
    return CaseDecision(
        decision=row.ref,
        outcome=row.outcome,
        action=row.action or None,
        until=row.until,
        maker=row.maker,
        clauses=[clause.code for clause in row.clauses.all()],
        decided_at=row.decided_at,
        effective_at=row.effective_at,
        withdrawn_at=row.withdrawal.withdrawn_at if row.is_withdrawn else None,
        undoes=row.undoes.ref if row.undoes else None,
        enforcements=[standing(each) for each in row.enforcements.all()],
    )
