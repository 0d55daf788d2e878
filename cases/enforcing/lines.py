"""What the ledger says of an enforcement."""

from datetime import datetime
from typing import Any

from cases.models import Enforcement
from reviewapp.ledger.recording import Entry


def line(row: Enforcement, kind: str, actor: str, at: datetime, **particulars: Any) -> Entry:
    account, decision = row.account, row.decision
    return Entry(
        kind=kind,
        actor=actor,
        happened_at=at,
        account=account.ref,
        case=decision.case.ref if decision.case else "",
        country_prefix=account.country_prefix,
        surface=account.surface,
        policy=row.policy,
        action=row.action,
        outcome=row.state,
        maker=decision.maker,
        particulars={
            "enforcement": row.ref,
            "decision": decision.ref,
            "sequence": row.sequence,
            **particulars,
        },
    )
