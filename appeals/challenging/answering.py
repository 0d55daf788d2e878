"""Entering a code. See Note [What a challenge gives away] in appeals.models.challenges."""

import hmac
import unicodedata
from datetime import datetime
from uuid import UUID

from django.db import transaction

from appeals.models import Challenge
from appeals.models.challenges import DIGITS, MOST_TRIES
from cases.models import Account
from reviewapp.kernel.refusals import Refused
from reviewapp.ledger.recording import Entry, record

ACTOR = "person"


class CodeMalformed(Refused):
    """A code has eight digits. Enter all of them."""


class WrongCode(Refused):
    """This code is not right."""

    def __init__(self, *, tries_left: int) -> None:
        super().__init__()
        self.tries_left = tries_left


class TooManyTries(Refused):
    """The code was wrong five times. Ask for a new one after a pause."""


class CodeUsed(Refused):
    """This code has been used already. Ask for a new one."""


class CodeExpired(Refused):
    """This code is no longer good. Ask for a new one."""


def answer(*, challenge: UUID, code: str, at: datetime) -> Account:
    """The account whose owner entered the `code` that was sent to it. It opens once.

    Raises CodeMalformed, WrongCode, TooManyTries, CodeUsed and CodeExpired; where there is no such
    account all but CodeUsed come about alike, with the same work.
    """
    digits = _digits(code)
    if len(digits) != DIGITS:
        raise CodeMalformed
    with transaction.atomic():
        row = Challenge.objects.select_for_update(of=("self",)).filter(pk=challenge).first()
        if row is None or row.ends_at <= at:
            raise CodeExpired
        if row.passed_at is not None:
            raise CodeUsed
        if row.tries >= MOST_TRIES:
            raise TooManyTries
        if hmac.compare_digest(digits, row.code()) and row.account_id is not None:
            return _let_in(row, at=at)
        row.tries += 1
        row.tried_at = at
        row.save(update_fields=["tries", "tried_at"])
    # Not within the transaction: the try counts although it is refused.
    if row.tries >= MOST_TRIES:
        raise TooManyTries
    raise WrongCode(tries_left=MOST_TRIES - row.tries)


def _let_in(row: Challenge, *, at: datetime) -> Account:
    account = row.account
    assert account is not None
    row.passed_at = at
    row.save(update_fields=["passed_at"])
    record(
        Entry(
            kind="challenge.passed",
            actor=ACTOR,
            happened_at=at,
            account=account.ref,
            country_prefix=account.country_prefix,
            surface=account.surface,
            particulars={"challenge": str(row.pk)},
        ),
        at=at,
    )
    return account


def _digits(code: str) -> str:
    """The digits of `code`, in whichever script they were typed; empty where others stand there."""
    found = [unicodedata.digit(letter, None) for letter in code if not _parts(letter)]
    return "" if None in found else "".join(map(str, found))


def _parts(letter: str) -> bool:
    return letter.isspace() or unicodedata.category(letter) in ("Pd", "Cf")
