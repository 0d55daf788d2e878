"""Detections: sent in batches."""

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from cases.api.batches import answer, batch_of, read_batch
from cases.api.schemas import StructSchema
from cases.intake import Receipt, SentDetection, receive_detections
from cases.intake.screening import BATCH
from reviewapp.staff.models import Scope
from reviewapp.web.access import key_with
from reviewapp.web.api import ApiView, Request


@key_with("intake")
class Detections(ApiView):
    """What detectors found."""

    schema = StructSchema()

    @extend_schema(
        operation_id="send_detections",
        summary="Send detections",
        description=f"At most {BATCH:,} items. REVIEW joins the account's open case or opens one,"
        " unless the account is banned; ENFORCED reports what was done and needs the scope"
        " enforced. Where people have cleared the account of the policy's family until a date, or"
        " protected it, a REVIEW within what they saw is accepted with no case and `held_back`"
        " true; one that exceeds it by the margin they stated opens a case as ever."
        " A detector belongs to the source that first used it. Signals are kept readable:"
        " a value is a number within ±10^15, yes or no, or one word; sentences go into reasons,"
        " which are sealed under the account's key.",
        request=batch_of(SentDetection),
        responses={200: Receipt},
    )
    def post(self, request: Request) -> HttpResponse | Response:
        items = read_batch(request, SentDetection, most=BATCH)
        return answer(
            receive_detections(
                source=request.auth.source,
                items=items,
                at=timezone.now(),
                may_enforce=request.auth.has(Scope.ENFORCED),
            )
        )
