"""The decision log, read page by page."""

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from cases.api import asking
from cases.api.answers import DecisionPage, LoggedDecision
from cases.api.schemas import StructSchema, query
from cases.models import Account
from reviewapp.ledger.models import LedgerEntry
from reviewapp.web.access import key_with
from reviewapp.web.api import ApiView, Request
from reviewapp.web.paging import Keyset


@key_with("read")
class Decisions(ApiView):
    """Every decision, by people and by automation."""

    schema = StructSchema()

    @extend_schema(
        operation_id="list_decisions",
        summary="Read the decision log",
        description="In the order in which decisions were recorded.",
        parameters=[
            query("from", "Recorded at this time or later, like 2026-03-01T00:00:00Z."),
            query("to", "Recorded before this time."),
            query("after", "The cursor `next` of the page before."),
            query("limit", f"Decisions on the page, at most {asking.MOST}.", kind=int),
        ],
        responses={200: DecisionPage},
    )
    def get(self, request: Request) -> Response:
        entries = LedgerEntry.objects.filter(kind="decision.made")
        if begin := asking.moment(request, "from"):
            entries = entries.filter(recorded_at__gte=begin)
        if end := asking.moment(request, "to"):
            entries = entries.filter(recorded_at__lt=end)
        page = Keyset(
            entries,
            order=("recorded_at", "id"),
            after=asking.text(request, "after") or None,
            size=asking.number(request, "limit", default=asking.PAGE, low=1, high=asking.MOST),
        )
        ids = dict(
            Account.objects.filter(ref__in={entry.account for entry in page.items}).values_list(
                "ref", "external_id"
            )
        )
        return Response(
            DecisionPage(
                [_told(entry, ids.get(entry.account, "")) for entry in page.items], page.next
            )
        )


def _told(entry: LedgerEntry, account: str) -> LoggedDecision:
    said = entry.particulars
    return LoggedDecision(
        decision=said.get("decision", ""),
        account=account,
        case=entry.case_ref or None,
        decided_at=entry.happened_at,
        recorded_at=entry.recorded_at,
        actor=entry.actor,
        maker=entry.maker,
        outcome=entry.outcome,
        action=entry.action or None,
        policy=entry.policy,
        clauses=said.get("clauses", []),
        until=said.get("until"),
        stage=entry.stage,
        detector=entry.detector,
        detector_version=entry.detector_version,
        surface=entry.surface,
        country_prefix=entry.country_prefix,
        user_reports_before=said.get("user_reports_before"),
    )
