"""The decision log as a file."""

from typing import cast

from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from reviewapp.ledger.heads import latest_head
from reviewapp.ledger.models import LedgerEntry
from reviewapp.ledger.recording import Entry, record
from reviewapp.reports.csvfile import Tally, stream
from reviewapp.reports.filters import LogFilter
from reviewapp.staff.models import User
from reviewapp.web.access import may


@may("export_log")
@require_GET
def csv(request: HttpRequest) -> HttpResponseBase:
    """The log, narrowed as the page was, streamed as CSV; see Note [What the file is].

    The header X-Ledger-Head takes along the head of the newest seal, which vouches for the ledger
    up to a moment before the file was made: see `verify_ledger --against`.
    """
    filtered = LogFilter(request.GET, queryset=LedgerEntry.objects.using("replica"))
    if not filtered.is_valid():
        # The page says what is wrong beside the field.
        return redirect(f"{reverse('reports:log')}?{request.GET.urlencode()}")
    user, begun = cast(User, request.user), timezone.now()
    head = str(latest_head() or "")

    def finished(tally: Tally) -> None:
        now = timezone.now()
        record(
            Entry(
                kind="export.downloaded",
                actor=user.actor,
                happened_at=now,
                particulars={
                    "what": "decision_log",
                    "format": "csv",
                    "rows": tally.rows,
                    "complete": tally.complete,
                    "sha256": tally.digest.hexdigest(),
                    "head": head,
                    "filters": filtered.chosen,
                },
            ),
            at=now,
        )

    response = StreamingHttpResponse(
        stream(filtered.qs, finished=finished),
        content_type="text/csv; charset=utf-8; header=present",
    )
    response["Content-Disposition"] = (
        f'attachment; filename="decisions-{begun:%Y-%m-%dT%H%M%SZ}.csv"'
    )
    response["Cache-Control"] = "no-store"
    if head:
        response["X-Ledger-Head"] = head
    return response
