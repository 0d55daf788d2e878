"""What the ledger is told of clearings."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from cases.models import Account, Clearing
from reviewapp.ledger.recording import Entry

if TYPE_CHECKING:
    from reviewapp.staff.models import User


def ended(
    clearing: Clearing,
    account: Account,
    *,
    by: "User",
    at: datetime,
    particulars: Mapping[str, Any] | None = None,
) -> Entry:
    return entry("clearing.revoked", clearing, account, by=by, at=at, particulars=particulars)


def entry(
    kind: str,
    clearing: Clearing,
    account: Account,
    *,
    by: "User",
    at: datetime,
    case: str = "",
    particulars: Mapping[str, Any] | None = None,
) -> Entry:
    return Entry(
        kind=kind,
        actor=by.actor,
        happened_at=at,
        account=account.ref,
        case=case,
        country_prefix=account.country_prefix,
        surface=account.surface,
        particulars={
            "clearing": str(clearing.pk),
            "family": clearing.family or None,
            **(particulars or {}),
        },
    )
