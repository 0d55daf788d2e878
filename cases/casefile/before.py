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

    Seven queries, however many decisions there are; four more where any was undone.
    """
    return list(_loaded().filter(account=account).order_by("-decided_at", "-id")[:_SHOWN])


def decision_on(case: Case) -> Decision | None:
    """The decision that settled `case`, with the same beside it; None before there is one.

    Also where another one undid it since: see `undoing_of`.
    """
    standing = _loaded().filter(case=case, withdrawal=None, undoes=None)
    return standing.order_by("-decided_at", "-id").first()


def _loaded() -> QuerySet[Decision]:
    rows: QuerySet[Decision] = Decision.objects.select_related(
        "decided_by", "approved_by", "account", "case", "withdrawal__withdrawn_by", "undoes"
    ).prefetch_related(
        "clauses",
        "citations",
        *_asked_and_told(),
        Prefetch(
            "undone_by",
            Decision.objects.select_related("decided_by", "approved_by").prefetch_related(
                *_asked_and_told()
            ),
        ),
    )
    return rows


def _asked_and_told() -> tuple[Prefetch, Prefetch]:
    return Prefetch("enforcements", asked_of_platform()), Prefetch(
        "notifications", told_to_person()
    )


def decision_words(decision: Decision) -> str:
    """`Temporary ban for 7 days`; the outcome where it asked for nothing.

    Of what undoes another one `Overturned on appeal: permanent ban`; needs `undoes` loaded.
    """
    words = _own_words(decision)
    if decision.undoes is None:
        return words
    undone = f"{undone_words(decision).capitalize()}: {_own_words(decision.undoes).lower()}"
    return undone if _only_undoes(decision) else f"{undone} · {words}"


def _own_words(decision: Decision) -> str:
    if decision.action:
        return action_words(decision.action, until=decision.until, at=decision.decided_at)
    return str(decision.get_outcome_display())


def undoing_of(decision: Decision) -> Decision | None:
    """The decision that undid `decision`; None where none did. Needs what is loaded here."""
    for undoing in decision.undone_by.all():
        undoing.account = decision.account
        return undoing
    return None


def undone_words(undoing: Decision) -> str:
    """`overturned on appeal`, `replaced by order`; `undone` where it was with its bulk."""
    if not undoing.upon:
        return "undone"
    verb = "overturned" if undoing.action in ("", Action.LIFT) else "replaced"
    return f"{verb} {undoing.get_upon_display().lower()}"


def maker_words(decision: Decision) -> str:
    """Who decided; and who approved it, where that was needed."""
    if decision.maker == Maker.AUTOMATED or decision.decided_by is None:
        return "Automated"
    if decision.approved_by is not None:
        return f"{decision.decided_by.name}, approved by {decision.approved_by.name}"
    return decision.decided_by.name


def summed_up(decisions: list[Decision], *, now: datetime) -> str:
    """`1 warning, 12 days ago`: what was done before, in a line; empty where nothing was.

    What did not stand is no measure of its kind, and neither is what undid it.
    """
    decisions = [decision for decision in decisions if not decision.is_withdrawn]
    if not decisions:
        return ""
    ago = span(now - decisions[0].decided_at)
    undone = sum(undoing_of(decision) is not None for decision in decisions)
    decisions = [each for each in decisions if undoing_of(each) is None and not _only_undoes(each)]
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
            (undone, "decision undone", "decisions undone"),
        )
        if number
    ]
    return f"{', '.join(parts)}; the last {ago} ago"


def _only_undoes(decision: Decision) -> bool:
    return decision.undoes_id is not None and decision.action in ("", Action.LIFT)
