"""What a mail that begins a ticket is about, as far as its words tell. Colleagues know better."""

import re

import phonenumbers

from appeals.enums import GrievanceCategory
from cases.models import Account, Enforcement
from reviewapp.kernel.refs import BadRef, parse_ref

# The beginnings of what people call it, in the languages that the portal speaks.
_LATIN = re.compile(
    r"\b(?:un|des)?(?:ban(?:ned|ning|s|nir|ir|id[oa]s?|ead[oa]s?)?\b|block(?:ed|ing)?\b|bloque)"
    r"|\b(?:suspen[ds]|deactivat|desa(?:c)?tivad|disabled|reinstat|inhabilitad|restringid)",
    re.IGNORECASE,
)
_HINDI = ("प्रतिबंध", "बैन", "बंद", "ब्लॉक", "निलंबित", "अवरुद्ध")
_ACCOUNT_REF = re.compile(r"(?<![\w-])A-[0-9A-Za-z]{6,9}(?![\w-])", re.IGNORECASE)
_ABROAD = re.compile(r"(?<![\d+])00(?=[1-9])")
# Whoever names more is writing about others.
_MOST_NAMED = 3
_LOOKED_AT = 10_000


def accounts_named(text: str) -> list[Account]:
    """The accounts that `text` names by their number in international format, or by their ref."""
    text = text[:_LOOKED_AT]
    found = Account.objects.none()
    for phone in _phones_in(text):
        found |= Account.objects.with_phone(phone)
    if refs := _refs_in(text):
        found |= Account.objects.filter(ref__in=refs)
    return list(found.order_by("pk")[: _MOST_NAMED + 1])


def account_in(text: str) -> Account | None:
    """The only account that `text` names; None where it names none, or several."""
    named = accounts_named(text)
    return named[0] if len(named) == 1 else None


def category_of(text: str, *, account: Account | None) -> GrievanceCategory:
    """What `text`, which names `account`, seems to be about."""
    text = text[:_LOOKED_AT]
    speaks_of_it = _LATIN.search(text) or any(word in text for word in _HINDI)
    if speaks_of_it or (account is not None and _is_banned(account)):
        return GrievanceCategory.BAN_APPEAL
    return GrievanceCategory.OTHER_SUPPORT


def _is_banned(account: Account) -> bool:
    return Enforcement.objects.filter(account=account).standing().bans().exists()


def _phones_in(text: str) -> list[str]:
    matches = phonenumbers.PhoneNumberMatcher(_ABROAD.sub("+", text), None)
    found = {
        phonenumbers.format_number(match.number, phonenumbers.PhoneNumberFormat.E164): None
        for match in matches
    }
    return list(found)[: _MOST_NAMED + 1]


def _refs_in(text: str) -> list[str]:
    found = []
    for written in _ACCOUNT_REF.findall(text)[: _MOST_NAMED + 1]:
        try:
            found.append(parse_ref(written, "A"))
        except BadRef:
            continue
    return found
