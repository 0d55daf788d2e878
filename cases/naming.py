"""What somebody typed to name a case or an account."""

import re

import phonenumbers

from cases.models import Account
from cases.models.accounts import AccountQuerySet
from reviewapp.kernel.refs import BadRef, parse_ref

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


def accounts_called(text: str) -> AccountQuerySet:
    """The accounts whose ref, id on the messenger or phone number `text` is, each by its index."""
    text = text.strip()
    found = Account.objects.filter(external_id=text)
    if ref := ref_in(text, "A"):
        found |= Account.objects.filter(ref=ref)
    if phone := e164(text):
        found |= Account.objects.with_phone(phone)
    return found
