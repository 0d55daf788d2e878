"""What somebody typed to name a case or an account."""

import re
from typing import TYPE_CHECKING

import phonenumbers

from cases.models import Account
from cases.models.accounts import AccountQuerySet
from reviewapp.kernel.refs import BadRef, parse_ref

if TYPE_CHECKING:
    from reviewapp.staff.models import User

_LOOKS_LIKE_PHONE = re.compile(r"[\s+().\-\d/]+\Z")


def ref_in(text: str, prefix: str) -> str:
    """The ref with `prefix` that `text` is, however it was typed; empty where it is none."""
    try:
        return parse_ref(text, prefix)
    except BadRef:
        return ""


def e164(text: str) -> str:
    """The phone number that somebody typed, in E.164; empty where it is none.

    Needs the country code, with + or 00 before it or with nothing.
    """
    if not _LOOKS_LIKE_PHONE.match(text):
        return ""
    digits = re.sub(r"\D", "", text)
    try:
        number = phonenumbers.parse("+" + digits.removeprefix("00"))
    except phonenumbers.NumberParseException:
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def phone_asked(text: str, *, by: "User") -> str:
    """The number that `text` is, in E.164, where `by` may look for one; else empty.

    Whoever may not see a number may not try numbers either: an answer would say whose it is.
    """
    return e164(text.strip()) if by.may("reveal_personal") else ""


def accounts_called(text: str, *, by: "User") -> AccountQuerySet:
    """The accounts whose ref, id on the messenger or phone number `text` is, each by its index.

    By the number only where `by` may look for one: see `phone_asked`.
    """
    text = text.strip()
    found = Account.objects.filter(external_id=text)
    if ref := ref_in(text, "A"):
        found |= Account.objects.filter(ref=ref)
    if phone := phone_asked(text, by=by):
        found |= Account.objects.with_phone(phone)
    return found
