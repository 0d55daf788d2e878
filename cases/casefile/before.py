"""What came before: earlier decisions about an account."""

from datetime import datetime

from django.db.models import Prefetch, QuerySet

from cases.casefile.counting import counted, span
from cases.casefile.deliveries import action_words, asked_of_platform, told_to_person
from cases.enums import BANS, Action, Maker
from cases.models import Account, Case, Decision

_SHOWN = 30


def decisions_about(account: Account) -> list[Decision]:
    """The newest decisions about `account`, with what the platform and the person were told.

    Six queries, however many decisions there are.
    """
    return list(_loaded().filter(account=account).order_by("-decided_at", "-id")[:_SHOWN])


def decision_on(case: Case) -> Decision | None:
    """The decision that settled `case`, with the same beside it; None before there is one."""
    standing = _loaded().filter(case=case, withdrawal=None)
    return standing.order_by("-decided_at", "-id").first()


def _loaded() -> QuerySet[Decision]:
    rows: QuerySet[Decision] = Decision.objects.select_related(
        "decided_by", "approved_by", "account", "case", "withdrawal__withdrawn_by"
    ).prefetch_related(
        "clauses",
        "citations",
        Prefetch("enforcements", asked_of_platform()),
        Prefetch("notifications", told_to_person()),
    )
    return rows


def decision_words(decision: Decision) -> str:
    """`Violation · Temporary ban for 7 days`; the action alone where it says it all."""
    if decision.action:
        return action_words(decision.action, until=decision.until, at=decision.decided_at)
    return decision.get_outcome_display()


def maker_words(decision: Decision) -> str:
    """Who decided; and who approved it, where that was needed."""
    if decision.maker == Maker.AUTOMATED or decision.decided_by is None:
        return "Automated"
    if decision.approved_by is not None:
        return f"{decision.decided_by.name}, approved by {decision.approved_by.name}"
    return decision.decided_by.name


def summed_up(decisions: list[Decision], *, now: datetime) -> str:
    """`1 warning, 12 days ago`: what was done before, in a line; empty where nothing was."""
    decisions = [decision for decision in decisions if not decision.is_withdrawn]
    bans = sum(decision.action in BANS for decision in decisions)
    warnings = sum(decision.action == Action.WARN for decision in decisions)
    cleared = sum(not decision.action for decision in decisions)
    other = len(decisions) - bans - warnings - cleared
    parts = [
        counted(number, one, many)
        for number, one, many in (
            (bans, "ban", ""),
            (warnings, "warning", ""),
            (other, "other measure", ""),
            (cleared, "case without action", "cases without action"),
        )
        if number
    ]
    if not parts:
        return ""
    ago = span(now - decisions[0].decided_at)
    return f"{', '.join(parts)}; the last {ago} ago"
