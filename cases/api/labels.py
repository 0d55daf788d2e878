"""Labels: what detectors learn from."""

from collections.abc import Sequence

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from cases.api import asking
from cases.api.answers import LabelAnswer, LabelPage
from cases.api.schemas import StructSchema, query
from cases.models import Label
from reviewapp.ledger.feed import entries_after
from reviewapp.ledger.models import LedgerEntry
from reviewapp.web.access import key_with
from reviewapp.web.api import ApiView, Request

MOST = 1_000


@key_with("feedback")
class Labels(ApiView):
    """What people said of detections."""

    schema = StructSchema()

    @extend_schema(
        operation_id="list_labels",
        summary="Read labels",
        description="In the order of the ledger: who asks again after the last `seq` they were"
        " given sees every label exactly once. Of a detection's labels the latest counts.",
        parameters=[
            query("after", "The last `seq` that is known already.", kind=int),
            query("limit", f"Labels on the page, at most {MOST:,}.", kind=int),
        ],
        responses={200: LabelPage},
    )
    def get(self, request: Request) -> Response:
        after = asking.number(request, "after", default=0, low=0, high=asking.HIGHEST)
        limit = asking.number(request, "limit", default=asking.PAGE, low=1, high=MOST)
        # One more than asked for tells whether there is another page.
        found = entries_after(after, kinds=["label.given"], limit=limit + 1)
        last = str(found[limit - 1][0]) if len(found) > limit else None
        return Response(LabelPage(_told(found[:limit]), last))


def _told(entries: Sequence[tuple[int, LedgerEntry]]) -> list[LabelAnswer]:
    labels = Label.objects.select_related(
        "detection__account", "detection__detector", "detection__source"
    ).in_bulk([entry.particulars["label"] for _, entry in entries])
    by_id = {str(pk): label for pk, label in labels.items()}
    return [_one(seq, by_id[entry.particulars["label"]]) for seq, entry in entries]


def _one(seq: int, label: Label) -> LabelAnswer:
    detection = label.detection
    return LabelAnswer(
        seq=seq,
        detection=detection.sender_id,
        sender=detection.source.name,
        account=detection.account.external_id,
        detector=detection.detector.name,
        version=detection.version,
        score=detection.score,
        label=label.value,
        source=label.source,
        at=label.given_at,
    )
