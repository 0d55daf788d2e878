"""Accounts: sent in batches, read one by one."""

from contextlib import suppress
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from cases.api import asking
from cases.api.answers import AccountAnswer, Link, Standing, TimelineItem, TimelinePage
from cases.api.batches import answer, batch_of, read_batch
from cases.api.schemas import StructSchema, query
from cases.enums import Stage
from cases.intake import Receipt, SentAccount, receive_accounts
from cases.intake.accounts import BATCH
from cases.models import Account, AccountLink, Case, Enforcement, EvidenceItem
from reviewapp.kernel.encryption import Erased
from reviewapp.ledger.recording import Entry, record
from reviewapp.staff.models import ApiKey, Scope
from reviewapp.web.access import key_with
from reviewapp.web.api import ApiView, Request
from reviewapp.web.paging import Keyset

MASK = "•••"


@key_with("intake")
class Accounts(ApiView):
    """Accounts as a source knows them."""

    schema = StructSchema()

    @extend_schema(
        operation_id="send_accounts",
        summary="Send accounts",
        description="An upsert, field by field: what is left out stays, null clears. At most"
        f" {BATCH:,} items; of two about one account the later wins. Links only ever add up.",
        request=batch_of(SentAccount),
        responses={200: Receipt},
    )
    def post(self, request: Request) -> HttpResponse | Response:
        items = read_batch(request, SentAccount, most=BATCH)
        now = timezone.now()
        return answer(receive_accounts(source=request.auth.source, items=items, at=now))


@key_with("read")
class OneAccount(ApiView):
    """An account and where it stands."""

    schema = StructSchema()

    @extend_schema(
        operation_id="read_account",
        summary="Read an account",
        description="By the messenger's id. The reading is logged.",
        responses={200: AccountAnswer},
    )
    def get(self, request: Request, external_id: str) -> Response:
        account = get_object_or_404(Account, external_id=asking.external_id(external_id))
        note_reading(account, by=request.auth, at=timezone.now())
        return Response(_told(account, personal=request.auth.has(Scope.PERSONAL)))


@key_with("read")
class Timeline(ApiView):
    """The evidence of an account."""

    schema = StructSchema()

    @extend_schema(
        operation_id="read_timeline",
        summary="Read an account's evidence",
        description="In the order in which it happened. The reading is logged.",
        parameters=[
            query("after", "The cursor `next` of the page before."),
            query("stage", "Evidence of this stage alone.", enum=Stage.values),
            query("limit", f"Items on the page, at most {asking.MOST}.", kind=int),
        ],
        responses={200: TimelinePage},
    )
    def get(self, request: Request, external_id: str) -> Response:
        account = get_object_or_404(Account, external_id=asking.external_id(external_id))
        stage = asking.one_of(request, "stage", Stage.values)
        items = EvidenceItem.objects.of(account.pk)
        page = Keyset(
            (items.filter(stage=stage) if stage else items).select_related("source"),
            order=("occurred_at", "id", "source_id"),
            after=asking.text(request, "after") or None,
            size=asking.number(request, "limit", default=asking.PAGE, low=1, high=asking.MOST),
        )
        note_reading(account, by=request.auth, at=timezone.now())
        personal = request.auth.has(Scope.PERSONAL)
        return Response(
            TimelinePage([_item(item, account, personal) for item in page.items], page.next)
        )


def note_reading(account: Account, *, by: ApiKey, at: datetime) -> None:
    """Log that a machine read an account."""
    record(
        Entry(
            kind="account.viewed",
            actor=by.source.actor,
            happened_at=at,
            account=account.ref,
            country_prefix=account.country_prefix,
            surface=account.surface,
            particulars={"key": by.prefix, "personal": by.has(Scope.PERSONAL)},
        ),
        at=at,
    )


def standing(row: Enforcement) -> Standing:
    """An enforcement in short."""
    return Standing(
        enforcement=row.ref,
        action=row.action,
        state=row.state,
        policy=row.policy,
        until=row.until,
        requested_at=row.requested_at,
        applied_at=row.applied_at,
    )


def _told(account: Account, *, personal: bool) -> AccountAnswer:
    case = Case.objects.unsettled().filter(account=account).first()
    links = list(account.links.order_by("kind", "pk"))
    shared = AccountLink.shared_counts(links)
    return AccountAnswer(
        id=account.external_id,
        ref=account.ref,
        country=account.country,
        country_prefix=account.country_prefix,
        registered_at=account.registered_at,
        surface=account.surface,
        kind=account.kind,
        locale=account.locale,
        links=[
            Link(link.kind, _link_value(link, account) if personal else None, shared[link.pk])
            for link in links
        ],
        standing=[standing(row) for row in account.enforcements.standing().order_by("sequence")],
        open_case=case.ref if case else None,
        **_personal(account, unmasked=personal),
    )


def _personal(account: Account, *, unmasked: bool) -> dict[str, Any]:
    try:
        name, attributes = account.display_name(), account.attributes()
        return {
            "phone": (account.phone() if unmasked else account.masked_phone()) or None,
            "display_name": (name if unmasked else name and MASK) or None,
            "attributes": attributes if unmasked else None,
        }
    except Erased:
        return {"phone": None, "display_name": None, "attributes": None}


def _link_value(link: AccountLink, account: Account) -> str | None:
    try:
        return account.unseal(link.value_sealed, context=f"account.link.{link.kind}")
    except Erased:
        return None


def _item(item: EvidenceItem, account: Account, personal: bool) -> TimelineItem:
    data, withheld = item.data, item.sealed is not None
    if withheld and personal:
        with suppress(Erased):
            data, withheld = {**data, **item.sealed_data(account)}, False
    return TimelineItem(
        id=item.sender_id,
        source=item.source.name,
        stage=item.stage,
        kind=item.kind,
        occurred_at=item.occurred_at,
        recorded_at=item.recorded_at,
        origin=item.origin,
        data=data,
        withheld=withheld,
        corrects=item.corrects or None,
    )
