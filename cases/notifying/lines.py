"""What the ledger says of a notification."""

from datetime import datetime

from cases.models import Notification
from reviewapp.ledger.recording import Entry


def line(row: Notification, kind: str, actor: str, at: datetime) -> Entry:
    decision = row.decision
    return Entry(
        kind=kind,
        actor=actor,
        happened_at=at,
        account=row.account.ref,
        case=decision.case.ref if decision.case else "",
        country_prefix=row.account.country_prefix,
        surface=row.account.surface,
        action=decision.action,
        outcome=row.state,
        maker=decision.maker,
        particulars={
            "notification": row.ref,
            "decision": decision.ref,
            "locale": row.locale,
            "attempts": row.attempts_made,
        },
    )
