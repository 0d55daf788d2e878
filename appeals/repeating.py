"""Grievances that repeat an earlier one of the same person: answered there, once."""

from collections.abc import Sequence

from appeals import claiming
from appeals.enums import GrievanceCategory, StatementKind
from appeals.likeness import ALIKE, confirm
from appeals.models import Grievance, Statement
from reviewapp.kernel.refusals import Refused


class NotADuplicate(Refused):
    """This grievance does not repeat that one."""


def lock_with_root(grievance: Grievance, named: Grievance) -> tuple[Grievance, Grievance]:
    """Both grievances locked, the second being the one that answers `named` and all its like.

    What repeated this one repeats that from now on, so that no chain is ever longer than one.
    """
    while True:
        root = named.duplicate_of or named
        rows = Grievance.objects.select_for_update(no_key=True).order_by("pk")
        found = {each.pk: each for each in rows.filter(pk__in=[grievance.pk, root.pk])}
        # Somebody may just have found that one to be a duplicate, too.
        if found[root.pk].duplicate_of_id is None:
            break
        named = Grievance.objects.select_related("duplicate_of").get(pk=root.pk)
    root = found[root.pk]
    grievance = claiming.lock(grievance)
    if root.pk == grievance.pk:
        raise NotADuplicate("A ticket does not repeat itself.", pointer="duplicate_of")
    if (root.received_at, root.pk) > (grievance.received_at, grievance.pk):
        raise NotADuplicate(
            f"{root.ref} came later: it is the duplicate of this one.", pointer="duplicate_of"
        )
    if not is_of_the_same(grievance, root):
        raise NotADuplicate(
            f"{root.ref} is somebody else's: each of them is answered.", pointer="duplicate_of"
        )
    Grievance.objects.filter(duplicate_of=grievance).update(duplicate_of=root)
    return grievance, root


def is_of_the_same(one: Grievance, other: Grievance) -> bool:
    """Whether two grievances come from the same person, as far as one can tell."""
    contacts = [bytes(each.contact_index) for each in (one, other) if each.contact_index]
    if len(contacts) == 2 and contacts[0] == contacts[1]:
        return True
    # The account that a complaint of safety names is another's.
    safety = GrievanceCategory.SAFETY in (one.category, other.category)
    return one.account_id is not None and one.account_id == other.account_id and not safety


def earlier_ones(grievance: Grievance, *, limit: int = 5) -> list[Grievance]:
    """What the same person may have asked before, newest first: what this may be a duplicate of."""
    earlier = Grievance.objects.filter(received_at__lte=grievance.received_at).exclude(
        pk=grievance.pk
    )
    newest = earlier.select_related("account", "duplicate_of").order_by("-received_at", "-id")
    found = (
        list(newest.filter(contact_index=grievance.contact_index)[:limit])
        if (grievance.contact_index is not None)
        else []
    )
    if grievance.account_id is not None:
        found += newest.filter(account=grievance.account_id)[:limit]
    once = {each.pk: each for each in found if is_of_the_same(grievance, each)}
    return sorted(once.values(), key=lambda each: each.received_at, reverse=True)[:limit]


def saying_the_same(grievance: Grievance, others: Sequence[Grievance]) -> list[Grievance]:
    """Those of `others` whose words are nearly this one's: the likeliest duplicates. One query."""
    said = {
        each.grievance_id: each.text()
        for each in Statement.objects.filter(
            grievance__in=[grievance, *others], kind=StatementKind.FILED
        ).select_related("grievance")
    }
    shares = confirm(said.get(grievance.pk, ""), [said.get(each.pk, "") for each in others])
    return [each for share, each in zip(shares, others, strict=True) if share >= ALIKE]
