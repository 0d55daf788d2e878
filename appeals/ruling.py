"""A time limit that changes: from a day to come on, and never for what was received before it."""

from datetime import datetime, timedelta

from django.db import transaction

from appeals.models import SlaRule
from appeals.timing import end_of, today_in
from reviewapp.kernel.refusals import Refused
from reviewapp.ledger.recording import Entry, record


class CannotRule(Refused):
    """This time limit can't be set so."""


def check(rule: SlaRule, *, at: datetime) -> SlaRule | None:
    """The rule whose place `rule` takes, None where there was none. Raises a CannotRule.

    It begins tomorrow at the earliest: what came in today has its clocks already. Between two that
    are known it does not go: their days are the law's, and stay as they were written.
    """
    try:
        end_of(rule.limit, since=at, jurisdiction=rule.jurisdiction)
    except ValueError as wrong:
        raise CannotRule("Write it as PT24H, P15D or P6M.", pointer="limit") from wrong
    if rule.effective_from <= today_in(rule.jurisdiction, at=at):
        raise CannotRule(
            "From tomorrow at the earliest: what came in by then has its clocks.",
            pointer="effective_from",
        )
    same = SlaRule.objects.filter(
        jurisdiction=rule.jurisdiction, kind=rule.kind, clock=rule.clock
    ).order_by("effective_from")
    latest = same.last()
    if latest is None or (latest.effective_to and latest.effective_to < rule.effective_from):
        return None
    if latest.effective_from >= rule.effective_from:
        raise CannotRule(
            f"One from {latest.effective_from:%-d %B %Y} on is known already.",
            pointer="effective_from",
        )
    return latest


def make_room(rule: SlaRule, *, by: str, at: datetime) -> None:
    """End the rule whose place `rule` takes on the day before it, in the caller's transaction.

    `by` is the ledger's name for who has it done. Raises a CannotRule.
    """
    with transaction.atomic():
        before = check(rule, at=at)
        if before is None:
            return
        ended = {"before": before.effective_to and before.effective_to.isoformat()}
        before.effective_to = rule.effective_from - timedelta(days=1)
        before.save(update_fields=["effective_to"])
        ended["after"] = before.effective_to.isoformat()
        particulars = {
            "what": "ended",
            "model": before._meta.label_lower,
            "name": before.name,
            "fields": {"effective_to": ended},
        }
        record(
            Entry(kind="configuration.changed", actor=by, happened_at=at, particulars=particulars),
            at=at,
        )
