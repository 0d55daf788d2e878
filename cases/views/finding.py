"""How views come by what they show: visible to who asks, or not there at all; and who looked."""

from datetime import datetime, timedelta
from typing import cast

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from cases.models import Account, Case
from cases.naming import phone_asked
from reviewapp.kernel import encryption
from reviewapp.kernel.refs import BadRef, parse_ref
from reviewapp.ledger.models import LedgerEntry
from reviewapp.ledger.recording import Entry, record
from reviewapp.staff.models import User

# Looking again within this time is the same look.
ONE_LOOK = timedelta(minutes=10)
REVEALED_FOR = timedelta(minutes=10)
_SESSION_KEY = "revealed"


def find_case(request: HttpRequest, ref: str) -> Case:
    """The case that `ref` names, however it was typed. Raises Http404."""
    return get_object_or_404(
        Case.objects.visible_to(signed_in(request))
        .with_account_and_queue()
        .select_related("opened_by", "reserved_for", "merged_into"),
        ref=_parsed(ref, "C"),
    )


def find_account(request: HttpRequest, ref: str) -> Account:
    """The account that `ref` names. Raises Http404."""
    return get_object_or_404(Account.objects.visible_to(signed_in(request)), ref=_parsed(ref, "A"))


def signed_in(request: HttpRequest) -> User:
    """Whoever asks; the access stamp has seen to it that they are signed in."""
    return cast(User, request.user)


def note_look(*, case: Case | None, account: Account, by: User, now: datetime) -> None:
    """Have the ledger know that `by` read this file; once for one look."""
    note_once(
        Entry(
            kind="case.viewed" if case else "account.viewed",
            actor=by.actor,
            happened_at=now,
            account=account.ref,
            case=case.ref if case else "",
            country_prefix=account.country_prefix,
            surface=account.surface,
        )
    )


def note_links_look(*, account: Account, kind: str, by: User, now: datetime) -> None:
    """Have the ledger know that `by` read who shares a value of this kind; once for one look."""
    note_once(
        Entry(
            kind="link.viewed",
            actor=by.actor,
            happened_at=now,
            account=account.ref,
            country_prefix=account.country_prefix,
            surface=account.surface,
            particulars={"link": kind},
        )
    )


def note_phone_search(asked: str, *, by: User, now: datetime) -> None:
    """Have the ledger know that `by` looked for a phone number, if `asked` is one; once for one
    look. It keeps the number's pseudonym: the one that evidence has for it.
    """
    phone = phone_asked(asked, by=by)
    if phone:
        told = {"phone": encryption.pseudonym(phone)}
        note_once(Entry(kind="phone.searched", actor=by.actor, happened_at=now, particulars=told))


def note_once(look: Entry) -> None:
    """Record `look`, unless it is of the same as another one of theirs within ONE_LOOK."""
    noted = LedgerEntry.objects.filter(
        kind=look.kind,
        actor=look.actor,
        recorded_at__gt=look.happened_at - ONE_LOOK,
        account=look.account,
        case_ref=look.case,
        particulars=look.particulars,
    )
    if not noted.exists():
        record(look, at=look.happened_at)


def reveal(request: HttpRequest, account: Account, *, now: datetime) -> None:
    """Show this browser the account's personal fields for a while."""
    standing = {
        ref: until
        for ref, until in request.session.get(_SESSION_KEY, {}).items()
        if until > now.timestamp()
    }
    request.session[_SESSION_KEY] = {**standing, account.ref: (now + REVEALED_FOR).timestamp()}


def is_revealed(request: HttpRequest, account: Account, *, now: datetime) -> bool:
    until = request.session.get(_SESSION_KEY, {}).get(account.ref, 0)
    return bool(until > now.timestamp())


def _parsed(ref: str, prefix: str) -> str:
    try:
        return parse_ref(ref, prefix)
    except BadRef as wrong:
        raise Http404 from wrong
