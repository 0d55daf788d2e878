"""Ending clearings: by hand, by a decision, or by the withdrawal of one."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q

from cases.clearing.noting import ended, entry
from cases.models import Account, Clearing, Decision, PolicyClause
from reviewapp.kernel.encryption import Erased
from reviewapp.kernel.refusals import Refused
from reviewapp.ledger.recording import record, record_all

if TYPE_CHECKING:
    from reviewapp.staff.models import User

LONGEST_REASON = 2_000


class NotYoursToRevoke(Refused):
    """A lead protected this account; only a lead takes that away."""


class AlreadyOver(Refused):
    """This clearing is over already."""


class CannotRevoke(Refused):
    """This clearing can't be ended so."""


def revoke(*, clearing: Clearing, by: "User", at: datetime, reason: str) -> None:
    """End a clearing that stands.

    Raises NotYoursToRevoke, AlreadyOver, or CannotRevoke whose `pointer` is `reason`.
    """
    if clearing.is_protection and not by.may("lead_cases"):
        raise NotYoursToRevoke
    if wrong := fault_of(reason):
        raise CannotRevoke(wrong, pointer="reason")
    with transaction.atomic():
        account = locked(clearing.account)
        try:
            sealed = account.seal(reason.strip(), context="clearing.revocation")
        except Erased:
            # It ends for somebody who was erased, too; of them nothing can be written any more.
            sealed = None
        standing = Clearing.objects.standing(at=at).filter(pk=clearing.pk)
        # The count is the guard: of two people at once, one ends it.
        if not standing.update(revoked_by=by, revoked_at=at, revocation_sealed=sealed):
            raise AlreadyOver
        record(ended(clearing, account, by=by, at=at), at=at)


def end_against(
    *, decision: Decision, cited: Iterable[PolicyClause], by: "User", at: datetime
) -> None:
    """End the account's clearings of the families that `decision` found violated.

    Whoever was warned is not let off by what was found harmless before. Protections stay: they
    are a lead's to end. Runs in the decision's transaction, under the account's lock.
    """
    families = {clause.family for clause in cited}
    over = list(
        Clearing.objects.standing(at=at).filter(account=decision.account, family__in=families)
    )
    if over:
        Clearing.objects.filter(pk__in=[each.pk for each in over]).update(
            revoked_by=by, revoked_at=at
        )
    record_all(
        [
            ended(each, decision.account, by=by, at=at, particulars={"decision": decision.ref})
            for each in over
        ],
        at=at,
    )


def end_with(*, decision: Decision, by: "User", at: datetime) -> None:
    """What the withdrawal of `decision` means for clearings, in its transaction.

    Those that came with it end; those that it had ended stand again, unless others took their
    place. The account's row is locked; `decision.account` is loaded.
    """
    account = decision.account
    came = list(Clearing.objects.standing(at=at).filter(account=account, decision=decision))
    Clearing.objects.filter(pk__in=[each.pk for each in came]).update(revoked_by=by, revoked_at=at)
    gone = Clearing.objects.filter(
        account=account,
        revoked_at=decision.decided_at,
        revoked_by__in=[decision.decided_by_id, decision.approved_by_id],
    ).exclude(Q(family="") | Q(decision=decision))
    taken = set(
        Clearing.objects.filter(account=account, revoked_at=None).values_list("family", flat=True)
    )
    restored = [each for each in gone if each.family not in taken and each.until > at]
    Clearing.objects.filter(pk__in=[each.pk for each in restored]).update(
        revoked_by=None, revoked_at=None
    )
    said = {"decision": decision.ref}
    record_all(
        [
            *(ended(each, account, by=by, at=at, particulars=said) for each in came),
            *(
                entry("clearing.restored", each, account, by=by, at=at, particulars=said)
                for each in restored
            ),
        ],
        at=at,
    )


def end_earlier(account: Account, family: str, *, by: "User", at: datetime) -> list[Clearing]:
    """End what stands there already; also what ran out, so that one at a time is unended."""
    earlier = Clearing.objects.filter(account=account, family=family, revoked_at=None)
    standing = [each for each in earlier if each.stands(at=at)]
    earlier.update(revoked_by=by, revoked_at=at)
    return standing


def fault_of(reason: str) -> str:
    """What is wrong with the words that say why; '' where nothing is."""
    if not reason.strip():
        return "Say why, for whoever meets this account next."
    if len(reason.strip()) > LONGEST_REASON:
        return f"At most {LONGEST_REASON:,} characters."
    return "Remove the NUL character." if "\x00" in reason else ""


def locked(account: Account) -> Account:
    """The account, locked: a detection that arrives now waits, and then sees what was made."""
    return Account.objects.select_for_update(no_key=True).get(pk=account.pk)
