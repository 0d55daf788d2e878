"""Linked accounts: what an account shares with others, how rare that is, and how they fared."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.urls import reverse

from cases.casefile.counting import counted
from cases.enums import BANS, EnforcementState, LinkKind
from cases.models import Account
from cases.models.cases import SETTLED

# So many values are told of; an account may carry a hundred.
VALUES = 12
# Beyond so many it is "1,000+": one network may be shared by forty thousand.
COUNTED = 1_000
# How others fared is read for so many of those that share a value, the newest.
LOOKED_INTO = 200
# What so few share says much, and what so many share says little by itself.
_RARE = 20
_COMMON = 100
_NAMES = {
    LinkKind.DEVICE: "device",
    LinkKind.NETWORK: "network",
    LinkKind.NUMBER_RANGE: "range of numbers",
    LinkKind.PAYEE: "payee",
    LinkKind.BUSINESS: "business",
}

# Note [Links are counted up to a bound]
# A value may be shared by two accounts or by forty thousand, and a page must cost the same. So
# sharing accounts are counted from their index alone and up to COUNTED; how they fared is looked
# up for the newest LOOKED_INTO of them; and how many accounts there are is what the database's own
# statistics say, never a count.

_LINKED = """
    SELECT link.id, link.kind, link.seen_at, others.number, fared.banned, fared.cleared, fared.open,
           (SELECT reltuples::bigint FROM pg_class WHERE oid = 'cases_account'::regclass)
      FROM (SELECT id, account_id, kind, value_index, seen_at
              FROM cases_accountlink
             WHERE account_id = %(account)s
             ORDER BY seen_at DESC, id DESC
             LIMIT %(values)s) AS link
     CROSS JOIN LATERAL (
        SELECT count(*) AS number
          FROM (SELECT FROM cases_accountlink other
                 WHERE other.kind = link.kind AND other.value_index = link.value_index
                   AND other.account_id <> link.account_id
                 LIMIT %(counted)s + 1) AS sharing
     ) AS others
     CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE EXISTS (
                   SELECT FROM cases_enforcement
                    WHERE account_id = sharing.account_id AND state = %(applied)s
                      AND action = ANY(%(bans)s))) AS banned,
               count(*) FILTER (WHERE EXISTS (
                   SELECT FROM cases_clearing
                    WHERE account_id = sharing.account_id AND revoked_at IS NULL
                      AND until > %(now)s)) AS cleared,
               count(*) FILTER (WHERE EXISTS (
                   SELECT FROM cases_case
                    WHERE account_id = sharing.account_id AND state <> ALL(%(settled)s))) AS open
          FROM (SELECT account_id FROM cases_accountlink other
                 WHERE other.kind = link.kind AND other.value_index = link.value_index
                   AND other.account_id <> link.account_id
                 ORDER BY other.account_id DESC
                 LIMIT %(looked_into)s) AS sharing
     ) AS fared
     ORDER BY array_position(%(kinds)s, link.kind), others.number, link.seen_at DESC
"""


@dataclass(frozen=True, slots=True)
class Shared:
    """A value that an account has in common with others, without the value itself."""

    number: int
    kind: str
    # '14 others share a device'.
    headline: str
    others: int
    rarity: str
    tone: str
    # '9 banned, 2 cleared, 1 open case'; of how many, where not of all.
    fared: str
    seen_at: datetime
    url: str


@dataclass(frozen=True, slots=True)
class Linked:
    """The values that others share, and how many more are the account's alone."""

    shared: list[Shared]
    alone: str


def linked_of(account: Account, *, now: datetime) -> Linked:
    """What `account` shares with others. One query, and the same cost however many share it."""
    asked: dict[str, Any] = {
        "account": account.pk,
        "values": VALUES,
        "counted": COUNTED,
        "looked_into": LOOKED_INTO,
        "applied": EnforcementState.APPLIED.value,
        "bans": sorted(BANS),
        "settled": [state.value for state in SETTLED],
        "kinds": list(_NAMES),
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(_LINKED, asked)
        found = cursor.fetchall()
    shared = [_shared(account, *row) for row in found if row[3]]
    alone = len(found) - len(shared)
    words = counted(alone, "thing that nobody shares", "things that nobody shares")
    return Linked(shared, words if alone else "")


def _shared(
    account: Account,
    number: int,
    kind: str,
    seen_at: datetime,
    others: int,
    banned: int,
    cleared: int,
    open_cases: int,
    accounts: int,
) -> Shared:
    more = others > COUNTED
    told = f"{COUNTED:,}+ others" if more else counted(others, "other")
    looked = min(others, LOOKED_INTO)
    return Shared(
        number=number,
        kind=kind,
        headline=f"{told} {'shares' if others == 1 else 'share'} {kind_words(kind)}",
        others=others,
        rarity=_rarity(others, more=more, accounts=accounts),
        tone="accent" if others < _RARE else "quiet",
        fared=_fared(banned, cleared, open_cases, looked=looked, all_of_them=looked == others),
        seen_at=seen_at,
        url=reverse("cases:linked", args=[account.ref, number]),
    )


def kind_words(kind: str) -> str:
    """`a range of numbers`; a kind of a later release is called what it is."""
    return f"a {_NAMES.get(LinkKind(kind), kind) if kind in LinkKind.values else kind}"


def _rarity(others: int, *, more: bool, accounts: int) -> str:
    words = "common" if others >= _COMMON else "rare" if others < _RARE else "not rare"
    if accounts <= others:
        # The database has not counted lately.
        return words
    share = f"more than {COUNTED:,}" if more else f"{others + 1:,}"
    return f"{words}: {share} of about {_rounded(accounts):,} accounts"


def _rounded(number: int) -> int:
    """To two figures: the statistics are no better."""
    scale = 10 ** max(len(str(number)) - 2, 0)
    return round(number / scale) * scale


def _fared(banned: int, cleared: int, open_cases: int, *, looked: int, all_of_them: bool) -> str:
    words = ", ".join(
        [
            f"{banned:,} banned",
            f"{cleared:,} cleared",
            counted(open_cases, "open case"),
        ]
    )
    return words if all_of_them else f"of the newest {looked:,}: {words}"
