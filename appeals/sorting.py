"""What a grievance is about: its category, the rule that sets its clocks, and whose account."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction

from appeals import claiming, filing, timing
from appeals.enums import GrievanceCategory, GrievanceState, Ground, RuleKind, StatementKind
from appeals.filing import Filed
from appeals.lines import line
from appeals.models import Grievance
from appeals.models.tickets import HOLD
from cases.models import Account
from reviewapp.kernel.refusals import Refused
from reviewapp.ledger.recording import record

if TYPE_CHECKING:
    from reviewapp.staff.models import User


class CannotSort(Refused):
    """This can't be said of the grievance."""


class StalePage(CannotSort):
    """Something changed on this grievance meanwhile. Look at it first."""


def sort(
    *,
    grievance: Grievance,
    by: "User",
    at: datetime,
    seen_version: int,
    category: str,
    rule_kind: str,
    account: Account | None,
) -> Grievance:
    """Say anew what a grievance is about. Another rule has its clocks run anew from its receipt.

    Whoever wrote has shown nothing of an account that is named here. Raises a CannotTake where it
    is not `by`'s, or a CannotSort.
    """
    if category not in GrievanceCategory.values:
        raise CannotSort("There is no such category.", pointer="category")
    if rule_kind not in RuleKind.values:
        raise CannotSort("There is no such rule.", pointer="rule_kind")
    with transaction.atomic():
        grievance = _hold(grievance, by=by, at=at, seen_version=seen_version)
        said = {"category": category, "rule_kind": rule_kind, "account": account}
        changes = {
            name: {"before": _plain(getattr(grievance, name)), "after": _plain(value)}
            for name, value in said.items()
            if getattr(grievance, name) != value
        }
        if not changes:
            return grievance
        if "account" in changes:
            grievance.account, grievance.identity_checked_at = account, None
        grievance.category, grievance.rule_kind = category, rule_kind
        grievance.version += 1
        grievance.save(
            update_fields=["category", "rule_kind", "account", "identity_checked_at", "version"]
        )
        if "rule_kind" in changes:
            timing.choose_again(grievance, kind=rule_kind, at=at)
        record(line(grievance, "grievance.changed", by.actor, at, fields=changes), at=at)
    return grievance


def turn_into_appeal(*, grievance: Grievance, by: "User", at: datetime, seen_version: int) -> Filed:
    """File the appeal that a grievance contains, or join it to the one that is open.

    It counts as received when the grievance was, whose clocks run on; both are answered once. The
    grievance leaves the hands of `by`. Raises a CannotTake, a CannotSort, and what `filing.file`
    raises where there is nothing to appeal.
    """
    if grievance.account is None:
        raise CannotSort("Say first which account it is about.", pointer="account")
    with transaction.atomic():
        # Everywhere the account is locked before its tickets.
        account = Account.objects.select_for_update(no_key=True).get(pk=grievance.account.pk)
        grievance = _hold(grievance, by=by, at=at, seen_version=seen_version)
        said = grievance.statements.filter(kind=StatementKind.FILED).earliest("said_at", "id")
        is_theirs = grievance.identity_checked_at is not None
        filed = filing.file(
            account=account,
            channel=grievance.channel,
            ground=Ground.NO_GROUND_GIVEN,
            text=grievance.unseal(said.text_sealed, context="statement.text"),
            locale=grievance.locale,
            # See Note [A grievance and the appeal it contains] in complaining.
            contact=grievance.contact() if is_theirs else "",
            received_at=grievance.received_at,
            identity_checked=is_theirs,
            entered_by=by,
            at=at,
            by=by.actor,
        )
        before = grievance.category
        grievance.category = GrievanceCategory.BAN_APPEAL
        grievance.state, grievance.appeal = GrievanceState.IN_APPEAL, filed.appeal
        grievance.no_appeal = ""
        grievance.version += 1
        grievance.let_go()
        grievance.save(update_fields=["category", "state", "appeal", "no_appeal", "version", *HOLD])
        fields = {"category": {"before": before, "after": grievance.category}}
        changed = line(
            grievance, "grievance.changed", by.actor, at, fields=fields, appeal=filed.appeal.ref
        )
        record(changed, at=at)
    return filed


def _hold(grievance: Grievance, *, by: "User", at: datetime, seen_version: int) -> Grievance:
    grievance = claiming.keep(claiming.lock(grievance), by=by, at=at)
    if grievance.version != seen_version:
        raise StalePage
    return grievance


def _plain(value: Any) -> str:
    return value.ref if isinstance(value, Account) else str(value or "")
