"""The decision log, read page by page."""

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from cases.api import asking
from cases.api.answers import DecisionPage, LoggedDecision
from cases.api.schemas import StructSchema, query
from cases.models import Account
from reviewapp.ledger.feed import entries_after
from reviewapp.ledger.models import LedgerEntry
from reviewapp.web.access import key_with
from reviewapp.web.api import ApiView, Request

_WITHDRAWN = "decision.withdrawn"


@key_with("read")
class Decisions(ApiView):
    """Every decision, by people and by automation."""

    schema = StructSchema()

    @extend_schema(
        operation_id="list_decisions",
        summary="Read the decision log",
        description="In the order of the ledger: who asks again after the last `seq` they were"
        " given sees every decision exactly once, also one whose transaction took its time."
        " A decision that was withdrawn in its grace has a second line, which says so.",
        parameters=[
            query("from", "Recorded at this time or later, like 2026-03-01T00:00:00Z."),
            query("to", "Recorded before this time."),
            query("after", "The last `seq` that is known already.", kind=int),
            query("limit", f"Decisions on the page, at most {asking.MOST}.", kind=int),
        ],
        responses={200: DecisionPage},
    )
    def get(self, request: Request) -> Response:
        after = asking.number(request, "after", default=0, low=0, high=asking.HIGHEST)
        limit = asking.number(request, "limit", default=asking.PAGE, low=1, high=asking.MOST)
        # One more than asked for tells whether there is another page.
        found = entries_after(
            after,
            kinds=["decision.made", _WITHDRAWN],
            since=asking.moment(request, "from"),
            before=asking.moment(request, "to"),
            limit=limit + 1,
        )
        page, more = found[:limit], len(found) > limit
        ids = dict(
            Account.objects.filter(ref__in={entry.account for _, entry in page}).values_list(
                "ref", "external_id"
            )
        )
        return Response(
            DecisionPage(
                [_told(seq, entry, ids.get(entry.account, "")) for seq, entry in page],
                str(page[-1][0]) if more else None,
            )
        )


def _told(seq: int, entry: LedgerEntry, account: str) -> LoggedDecision:
    said = entry.particulars
    return LoggedDecision(
        seq=seq,
        decision=said.get("decision", ""),
        withdraws=entry.kind == _WITHDRAWN,
        undoes=said.get("undoes"),
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
