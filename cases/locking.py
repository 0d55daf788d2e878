"""What one verdict settles, locked in one order: a case, those merged into it, their accounts."""

from dataclasses import dataclass

from django.db.models import Q

from cases.enums import ApprovalCause, CaseState
from cases.models import Account, Case
from cases.verdict import CannotDecide, Verdict, needs_approval


class StalePage(CannotDecide):
    """Something arrived on this case while you were deciding. Look at it, then decide again."""


@dataclass(frozen=True, slots=True)
class Matter:
    """A case and those merged into it, with their accounts: what one verdict settles. Locked."""

    case: Case
    merged: list[Case]

    def needs_approval(self, verdict: Verdict) -> list[ApprovalCause]:
        return needs_approval(
            self.case, action=verdict.action, clauses=verdict.clauses, together=self.merged
        )


def lock(case: Case) -> Matter:
    """`case` and what is merged into it, locked for the caller's transaction.

    Everywhere accounts are locked before their cases, both before enforcements, and accounts
    in the order that intake locks those of a batch in. Raises StalePage where a case was
    merged in between.
    """
    merged = Case.objects.filter(merged_into=case, state=CaseState.MERGED)
    of_these = [case.account_id, *merged.values_list("account_id", flat=True)]
    accounts = {
        account.pk: account
        for account in Account.objects.filter(pk__in=of_these)
        .select_for_update(no_key=True)
        .order_by("external_id")
    }
    cases = list(
        Case.objects.filter(Q(pk=case.pk) | Q(merged_into=case, state=CaseState.MERGED))
        .lock()
        .select_related("queue")
    )
    for each in cases:
        if each.account_id not in accounts:
            raise StalePage
        each.account = accounts[each.account_id]
    [main] = (each for each in cases if each.pk == case.pk)
    return Matter(main, [each for each in cases if each.pk != case.pk])
