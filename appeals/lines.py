"""What the ledger says of appeals, grievances and orders."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q

from appeals.enums import Jurisdiction
from appeals.models import Appeal, Grievance, Order
from cases.enums import LabelValue
from cases.models import Decision, Detection, Label
from reviewapp.ledger.recording import Entry

INDIA = "+91"


@dataclass(frozen=True, slots=True)
class Finding:
    """The detection that a decision is filed under: what reports group its appeals by."""

    stage: str = ""
    detector: str = ""
    version: str = ""


def finding_behind(decision: Decision) -> Finding:
    """The newest detection that `decision` bears out, else the newest of its case.

    An automated decision's own is what it was made of. One query.
    """
    about = Q(decision=decision)
    if decision.case_id is not None:
        about |= Q(case=decision.case_id)
    borne_out = Label.objects.filter(
        detection=OuterRef("pk"), decision=decision, value=LabelValue.VIOLATION
    )
    found = (
        Detection.objects.filter(about, account=decision.account_id)
        .annotate(borne_out=Exists(borne_out))
        .order_by("-borne_out", "-received_at", "-id")
        .values_list("stage", "detector__name", "version")
        .first()
    )
    return Finding(*found) if found else Finding()


def line(
    ticket: Appeal | Grievance | Order,
    kind: str,
    actor: str,
    at: datetime,
    *,
    outcome: str = "",
    finding: Finding | None = None,
    **particulars: Any,
) -> Entry:
    """A line about `ticket`, with everything that reports group by.

    Needs `account` loaded, and of an appeal `enforcement__decision__case`. The outcome is the
    ticket's state unless said. `finding` is of the decision in question, where a report asks.
    """
    if isinstance(ticket, Appeal):
        return _of_an_appeal(ticket, kind, actor, at, outcome, finding or Finding(), particulars)
    account = ticket.account
    named = {"grievance": ticket.ref} if isinstance(ticket, Grievance) else {"order": ticket.ref}
    return Entry(
        kind=kind,
        actor=actor,
        happened_at=at,
        account=account.ref if account else "",
        country_prefix=prefix_of(ticket),
        surface=account.surface if account else "",
        outcome=outcome or (ticket.state if isinstance(ticket, Grievance) else ""),
        particulars={**named, **particulars},
    )


def _of_an_appeal(
    appeal: Appeal,
    kind: str,
    actor: str,
    at: datetime,
    outcome: str,
    finding: Finding,
    particulars: dict[str, Any],
) -> Entry:
    account, enforcement = appeal.account, appeal.enforcement
    decision = enforcement.decision
    return Entry(
        kind=kind,
        actor=actor,
        happened_at=at,
        account=account.ref,
        case=decision.case.ref if decision.case else "",
        country_prefix=account.country_prefix,
        surface=account.surface,
        stage=finding.stage,
        detector=finding.detector,
        detector_version=finding.version,
        policy=enforcement.policy,
        action=enforcement.action,
        outcome=outcome or appeal.state,
        maker=decision.maker,
        particulars={"appeal": appeal.ref, **particulars},
    )


def prefix_of(ticket: Grievance | Order) -> str:
    """Whose report it belongs in: by the account's number, else by the rules it falls under."""
    if ticket.account:
        return ticket.account.country_prefix
    return INDIA if ticket.jurisdiction == Jurisdiction.INDIA else ""
