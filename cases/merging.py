"""Two cases of one matter: merged into one to be decided together, and taken apart again.

# Note [How merged cases are locked]

Both accounts in the order of the messenger's ids, then both cases in the order of their own: the
order of intake. So two people who merge A into B and B into A at once meet at the first lock,
and the later finds a case that is settled. A case that others were merged into is merged into
none, so that there is never a chain: what a merged case names is decided, or will be.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import connection, transaction

from cases import claiming
from cases.enums import CaseState, ClaimEnding, NoteKind
from cases.models import Account, Case, Claim
from cases.models.cases import RESERVATION
from cases.noting import entry_on, keep
from cases.offering import CaseIsSettled, why_not
from reviewapp.kernel.refusals import Refused
from reviewapp.ledger.recording import record_all

if TYPE_CHECKING:
    from reviewapp.staff.models import User


class CannotMerge(Refused):
    """These cases can't be merged."""


class CannotTakeApart(Refused):
    """These cases can't be taken apart."""


def check(*, case: Case, into: Case, by: "User", at: datetime) -> None:
    """Raise CannotMerge if `by`, who holds `into`, can't merge `case` into it, saying why.

    Needs `queue` and `reserved_for` of `case` loaded. Three queries at most.
    """

    def refuse_if(wrong: bool, message: str) -> None:
        if wrong:
            raise CannotMerge(message, pointer="other")

    refuse_if(case.pk == into.pk, f"{case.ref} is this very case. Name another one.")
    refuse_if(case.is_settled, f"{case.ref} is settled already.")
    refuse_if(
        into.state == CaseState.AWAITING_APPROVAL,
        f"What was decided on {into.ref} waits for a second person.",
    )
    if refusal := why_not(case=case, by=by, now=at):
        raise CannotMerge(str(refusal), pointer="other")
    held = Claim.objects.held(now=at).filter(case=case).exclude(analyst=by)
    holder = held.values_list("analyst__name", flat=True).first()
    refuse_if(holder is not None, f"{holder} holds {case.ref}. Agree with them first.")
    refuse_if(
        case.merged.exists(),
        f"Others were merged into {case.ref}. Merge this case into that one instead.",
    )


def merge(*, case: Case, into: Case, by: "User", words: str, at: datetime) -> None:
    """Have `case` be decided with `into`, which `by` holds. A hold of theirs on `case` ends.

    `words` say why, for colleagues, and may be empty. Who may: whoever could take `case`.
    Raises CannotMerge, CannotNote, CaseIsSettled, NoLongerYours or HeldByAnother.
    """
    with transaction.atomic():
        case, into = lock_both(case, into)
        if into.is_settled:
            raise CaseIsSettled(f"{into.ref} is settled.")
        claiming.take_again(case=into, by=by, now=at)
        check(case=case, into=into, by=by, at=at)
        said = f"\n\n{words.strip()}" if words.strip() else ""
        for each, what in (
            (case, f"Merged into {into.ref}, to be decided with it."),
            (into, f"{case.ref} was merged into this case."),
        ):
            keep(
                case=each, by=by, text=f"{what}{said}", kind=NoteKind.MERGE, at=at, pointer="words"
            )
        Claim.objects.unreleased().filter(case=case).update(
            released_at=at, ending=ClaimEnding.MERGED
        )
        case.move_to(CaseState.MERGED, at=at)
        case.merged_into = into
        case.release_reservation()
        case.save(update_fields=["state", "settled_at", "wakes_at", "merged_into", *RESERVATION])
        into.version += 1
        into.save(update_fields=["version"])
        record_all(
            [
                entry_on(case, "case.merged", by, at, into=into.ref),
                entry_on(into, "case.merged", by, at, other=case.ref),
            ],
            at=at,
        )


def take_apart(*, case: Case, by: "User", at: datetime) -> None:
    """Have a merged case be one of its own again, while the other one is not settled.

    For whoever holds the other one, and for leads. Raises CannotTakeApart.
    """
    with transaction.atomic():
        into = case.merged_into
        if into is None:
            raise CannotTakeApart(f"{case.ref} is not merged into another case.")
        case, into = lock_both(case, into)
        if case.state != CaseState.MERGED or case.merged_into_id != into.pk:
            raise CannotTakeApart(f"{case.ref} is not merged into {into.ref} any more.")
        if into.is_settled:
            raise CannotTakeApart(f"{into.ref} is settled, and {case.ref} with it.")
        if into.state == CaseState.AWAITING_APPROVAL:
            raise CannotTakeApart(f"What was decided on {into.ref} waits for a second person.")
        holds = Claim.objects.held(now=at).filter(case=into, analyst=by).exists()
        if not holds and not by.may("lead_cases"):
            raise CannotTakeApart(f"Take {into.ref} before you take {case.ref} out of it.")
        newer = Case.objects.unsettled().filter(account=case.account_id).first()
        if newer:
            raise CannotTakeApart(f"{newer.ref} is open on the same account by now.")
        case.move_to(CaseState.OPEN, at=at)
        case.merged_into = None
        case.save(update_fields=["state", "settled_at", "wakes_at", "merged_into"])
        into.version += 1
        into.save(update_fields=["version"])
        record_all(
            [
                entry_on(case, "case.parted", by, at, out_of=into.ref),
                entry_on(into, "case.parted", by, at, other=case.ref),
            ],
            at=at,
        )


def lock_both(one: Case, other: Case) -> tuple[Case, Case]:
    """Both cases with their accounts, locked: see Note [How merged cases are locked]."""
    account_ids = {one.account_id, other.account_id}
    accounts = (
        Account.objects.filter(pk__in=account_ids)
        .order_by("external_id")
        .select_for_update(no_key=True)
        .in_bulk()
    )
    cases = (
        Case.objects.filter(pk__in={one.pk, other.pk})
        .lock()
        .select_related("queue", "reserved_for")
        .in_bulk()
    )
    for case in cases.values():
        case.account = accounts[case.account_id]
    return cases[one.pk], cases[other.pk]


# The most telling kinds first. A value that very many share, like a network, says little, so
# that so many of its accounts are enough to look at.
_LINKED = """
    SELECT DISTINCT ON (c.id) c.id, mine.kind
      FROM (SELECT kind, value_index FROM cases_accountlink WHERE account_id = %(account)s
             ORDER BY array_position(%(kinds)s, kind), seen_at DESC LIMIT %(links)s) AS mine
     CROSS JOIN LATERAL (
            SELECT account_id FROM cases_accountlink l
             WHERE l.kind = mine.kind AND l.value_index = mine.value_index
               AND l.account_id <> %(account)s
             LIMIT %(each)s) AS other
      JOIN cases_case c ON c.account_id = other.account_id
       AND c.state NOT IN ('DECIDED', 'MERGED', 'AWAITING_APPROVAL')
     ORDER BY c.id, array_position(%(kinds)s, mine.kind)
     LIMIT %(most)s
"""
_TELLING: Sequence[str] = ("device", "payee", "business", "number_range", "network")
_LINKS, _EACH, CANDIDATES = 12, 60, 10


def linked_cases(case: Case) -> list[tuple[Case, str]]:
    """Unsettled cases of accounts that share something with this one's, and what kind of thing.

    A handful, the most telling first. Two queries.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _LINKED,
            {
                "account": case.account_id,
                "kinds": list(_TELLING),
                "links": _LINKS,
                "each": _EACH,
                "most": CANDIDATES,
            },
        )
        kinds: dict[UUID, str] = dict(cursor.fetchall())
    cases = Case.objects.filter(pk__in=kinds).with_account_and_queue()
    found = [(each, kinds[each.pk]) for each in cases]
    return sorted(found, key=lambda pair: (_TELLING.index(pair[1]), pair[0].opened_at))
