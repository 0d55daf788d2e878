"""Promising to write to a person: what, by which ways, and from when on.

# Note [Whose address it is]

A letter in the app reaches whoever has the account, and nobody else. An address reaches whoever
gave it: by a signed link, a code or the platform they have shown that the account is theirs, by
a mere mail they have not. So what was decided on an account is told to it in the app, and goes to
an address only where that is known to be its owner's. The other way round, an account that a
complaint names may be the one complained about: nothing of it is told there, save where it is
about that very account.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Q

from appeals import composing, linking
from appeals.composing import Reader
from appeals.enums import LetterKind, LetterState, Via
from appeals.lines import line
from appeals.models import Appeal, Grievance, Letter
from cases import notifying, nudging
from cases.enums import UNDELIVERED, EnforcementState
from cases.models import Enforcement
from cases.models.enforcement import GAVE_WAY
from reviewapp.kernel.refs import next_refs
from reviewapp.ledger.recording import Entry, record_all

State = LetterState
Written = Appeal | Grievance
# Which worker is woken for which way.
WORKERS = {Via.PLATFORM: "letters", Via.EMAIL: "mail"}
# What an appeal's letters of these kinds say is for the account's owner alone.
_CONFIDENTIAL = (LetterKind.ANSWER, LetterKind.NOT_ADMITTED)
# What the platform never had, or not yet.
_NOT_THERE = (*UNDELIVERED, EnforcementState.FAILED, *GAVE_WAY)
# What gave way to a decision comes back when that one is withdrawn, or its bulk is undone.
_MAY_COME_BACK = timedelta(days=1)


def is_owner_known(ticket: Written) -> bool:
    """Whether whoever wrote has shown that the ticket's account is theirs."""
    return ticket.account is not None and ticket.identity_checked_at is not None


def address_of(ticket: Written) -> str:
    """The e-mail address that the person gave; empty where they gave none."""
    contact = ticket.contact()
    try:
        validate_email(contact)
    except ValidationError:
        return ""
    return contact


def reader_of(ticket: Written, *, via: str, locale: str = "") -> Reader:
    """Whom a letter about `ticket` goes to. Needs `account` loaded."""
    account = ticket.account
    return Reader(
        locale=locale or ticket.locale or (account.locale if account else ""),
        country=account.country if account else "",
        jurisdiction=ticket.jurisdiction,
        surface=account.surface if account else "",
        via=via,
    )


def link_in(ticket: Written, *, via: str, language: str) -> str:
    """The link by which whoever gets a letter by `via` goes on with an appeal; '' for no link.

    It opens what it leads to for whoever has it, so it goes only to where nobody else reads it. See
    Note [Whose address it is]. Needs `enforcement` loaded.
    """
    if isinstance(ticket, Appeal) and (via == Via.PLATFORM or is_owner_known(ticket)):
        return linking.link_to(ticket.enforcement, language=language)
    return ""


def ways_of(ticket: Written, *, kind: LetterKind, confidential: bool = False) -> list[Via]:
    """By which ways a letter goes, so that its texts can be put together for each.

    `confidential` is said of what is told to the owner of the account alone; an appeal's answer
    always is. See Note [Whose address it is]. Needs `account` loaded.
    """
    in_app = ticket.account is not None and (
        isinstance(ticket, Appeal) or confidential or is_owner_known(ticket)
    )
    by_mail = bool(address_of(ticket)) and (in_app or not confidential)
    return [*([Via.PLATFORM] if in_app else []), *([Via.EMAIL] if by_mail else [])]


def request(
    *,
    ticket: Written,
    kind: LetterKind,
    subject: str,
    text: str,
    at: datetime,
    by: str,
    enforcement: Enforcement | None = None,
    confidential: bool = False,
    mailed: str = "",
    locale: str = "",
    only: Via | None = None,
) -> list[Letter]:
    """Promise to write to the person about `ticket`, by each of the ways that `ways_of` names.

    What it says of an `enforcement` is not so before the platform has that: until then the letter
    waits. `mailed` is what the e-mail says where that is not `text`; what is confidential no
    stranger's address is told, only where the answer is. `locale` is said where it is written in
    another language than the ticket's, `only` where the other way is told otherwise. `by` is the
    ledger's name for whoever has it written. Empty where the person can be reached by none of
    the ways. Runs in the caller's transaction, which holds the ticket's row.
    """
    waits = enforcement is not None and enforcement.state in _NOT_THERE
    ways = ways_of(ticket, kind=kind, confidential=confidential)
    ways = [each for each in ways if only in (None, each)]
    locale = locale or _locale(ticket)
    letters = []
    for ref, via in zip(next_refs("L", len(ways)), ways, strict=True):
        words = subject, (via == Via.EMAIL and mailed) or text
        if via == Via.EMAIL and _is_for_the_owner(ticket, kind, confidential):
            words = composing.in_the_app(ref=ticket.ref, reader=Reader(locale=locale))
        letters.append(
            Letter(
                ref=ref,
                kind=kind,
                via=via,
                enforcement=enforcement,
                locale=notifying.language_of(locale),
                subject=words[0],
                text_sealed=ticket.seal(words[1], context="letter.text"),
                state=State.WAITING if waits else State.REQUESTED,
                due_at=None if waits else at,
                requested_at=at,
                **{type(ticket).__name__.lower(): ticket},
            )
        )
    Letter.objects.bulk_create(letters)
    # What waits for its next attempt goes first, and now.
    ticket.letters.filter(state=State.RETRYING, leased_until=None).update(due_at=at)
    record_all([letter_line(each, "letter.requested", by, at) for each in letters], at=at)
    for way in ways:
        nudging.on_commit(of=WORKERS[way])
    return letters


def _is_for_the_owner(ticket: Written, kind: LetterKind, confidential: bool) -> bool:
    """Whether it is for the account's owner alone, and the address may be somebody else's."""
    told = confidential or (isinstance(ticket, Appeal) and kind in _CONFIDENTIAL)
    return told and not is_owner_known(ticket)


def _locale(ticket: Written) -> str:
    return ticket.locale or (ticket.account.locale if ticket.account else "")


def release_waiting(*, now: datetime) -> int:
    """Let go of the letters whose enforcement the platform has; returns how many.

    The platform's word comes in below, where nobody knows of letters: so the worker looks, each
    time it comes round, at the few that wait.
    """
    waiting = Letter.objects.filter(state=State.WAITING)
    final = Q(enforcement__gave_way_to=None) | Q(enforcement__ended_at__lte=now - _MAY_COME_BACK)
    for letter in waiting.filter(final, enforcement__state__in=GAVE_WAY).for_lines():
        _cancel(letter, at=now)
    released: int = waiting.exclude(enforcement__state__in=_NOT_THERE).update(
        state=State.REQUESTED, due_at=now
    )
    return released


def cancel(ticket: Written, *, but: Collection[LetterKind], by: str, at: datetime) -> int:
    """Say nothing more of a ticket, save by letters of the kinds in `but`: cancel what nobody has
    begun to send. Returns how many there were. In the caller's transaction, which holds the ticket.
    """
    unsent = Q(state__in=[State.WAITING, State.REQUESTED, State.RETRYING], leased_until=None)
    cancelled = []
    for letter in ticket.letters.filter(unsent).exclude(kind__in=but).for_lines():
        letter.state = State.CANCELLED
        letter.detail = "It says nothing any more: the person took back what they had asked."
        changes = {"state": letter.state, "detail": letter.detail, "due_at": None}
        # The row count is the guard: what a worker has taken meanwhile is sent.
        if Letter.objects.filter(unsent, pk=letter.pk).update(**changes):
            cancelled.append(letter_line(letter, "letter.cancelled", by, at))
    record_all(cancelled, at=at)
    return len(cancelled)


def _cancel(letter: Letter, *, at: datetime) -> None:
    """Say nothing of an enforcement that will never be asked for."""
    letter.state = State.CANCELLED
    letter.detail = "What it says will not happen: its enforcement gave way to another."
    changes = {"state": letter.state, "detail": letter.detail}
    with transaction.atomic():
        # The row count is the guard: of two workers, one records it.
        if Letter.objects.filter(pk=letter.pk, state=State.WAITING).update(**changes):
            record_all([letter_line(letter, "letter.cancelled", "worker", at)], at=at)


def letter_line(letter: Letter, kind: str, actor: str, at: datetime, **particulars: Any) -> Entry:
    """What the ledger says of a letter: which and how, never what it says or to whom."""
    return line(
        letter.ticket,  # type: ignore[arg-type]
        kind,
        actor,
        at,
        outcome=letter.state,
        letter=letter.ref,
        about=letter.kind,
        via=letter.via,
        locale=letter.locale,
        attempts=letter.attempts_made,
        **particulars,
    )
