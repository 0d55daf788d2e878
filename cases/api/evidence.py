"""Evidence: sent in batches."""

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from cases.api.batches import answer, batch_of, read_batch
from cases.api.schemas import StructSchema
from cases.intake import Receipt, SentEvidence, receive_evidence
from cases.intake.evidence import BATCH
from reviewapp.web.access import key_with
from reviewapp.web.api import JSON, NDJSON, ApiView, Request


@key_with("intake")
class Evidence(ApiView):
    """What happened, as a source saw it."""

    accepts = (JSON, NDJSON)
    schema = StructSchema()

    @extend_schema(
        operation_id="send_evidence",
        summary="Send evidence",
        description=f"At most {BATCH:,} items. The same item again is a duplicate and changes"
        " nothing; other content under its id is rejected. An item is known by its id and its"
        " time: the same id at another time is another item, except within one batch. In data,"
        " people and what they share (device, payee, group) become pseudonyms; figures and single"
        " words of the documented fields stay readable; everything else is sealed under the"
        " account's key. Numbers lie within ±10^15.",
        request={
            JSON: batch_of(SentEvidence),
            NDJSON: {"type": "string", "description": "One item a line."},
        },
        responses={200: Receipt},
    )
    def post(self, request: Request) -> HttpResponse | Response:
        items = read_batch(request, SentEvidence, most=BATCH)
        now = timezone.now()
        return answer(receive_evidence(source=request.auth.source, items=items, at=now))
