"""Whom a file is about: masked, with the facts that a decision needs first."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from cases.casefile.clearings import clearing_url
from cases.casefile.clearings import standing_words as cleared_words
from cases.casefile.counting import counted, percent, span
from cases.casefile.deliveries import action_words
from cases.casefile.lanes import BLOCKED, CALLED, REGISTERED, REPORTED, SENT
from cases.casefile.life import Correspondence, Life
from cases.casefile.places import country_name
from cases.casefile.sealed import ERASED
from cases.enums import BANS, AccountKind, EnforcementState
from cases.models import Account, Clearing, Enforcement
from reviewapp.kernel.encryption import Erased

# Whoever writes to so few people is easily told from a bulk sender.
FEW_PEOPLE = 10
NOT_KNOWN = "not known"


class Fact(NamedTuple):
    label: str
    value: str


class Tag(NamedTuple):
    words: str
    tone: str
    # Where it can be looked at; '' for what needs no page.
    url: str = ""


@dataclass(slots=True)
class Person:
    """An account's card, as `components/_person.html` wants it."""

    ref: str
    external_id: str
    phone: str
    name: str
    standing: str
    standing_tone: str
    revealed: bool = False
    url: str = ""
    reveal_url: str = ""
    purposes: Sequence[tuple[str, str]] = ()
    tags: list[Tag] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)

    @property
    def may_reveal(self) -> bool:
        """Whether there is something masked that the reader may see."""
        return bool(self.reveal_url and not self.revealed and (self.phone or self.name))


def masked(account: Account) -> str:
    """How a list names an account: its number, masked, or its ref."""
    try:
        return account.masked_phone() or account.ref
    except Erased:
        return f"{account.ref} ({ERASED})"


def card(
    account: Account,
    *,
    life: Life | None,
    standing: list[Enforcement],
    before: str,
    now: datetime,
    revealed: bool,
    clearings: Sequence[Clearing] = (),
) -> Person:
    """The card of `account`; `standing` are its standing enforcements, `before` what came before,
    `clearings` those that stand.

    One query, for where it registered.
    """
    words, tone = standing_words(standing)
    try:
        phone = account.phone() if revealed else account.masked_phone()
        name = account.display_name()
    except Erased:
        phone, name, revealed = ERASED, "", True
    tags = [Tag(account.get_surface_display(), "")]
    if account.kind == AccountKind.BUSINESS:
        tags.insert(0, Tag(account.get_kind_display(), ""))
    tags += [Tag(cleared_words(each), "good", clearing_url(each)) for each in clearings]
    return Person(
        ref=account.ref,
        external_id=account.external_id,
        phone=phone,
        name=name if revealed else "••••••" if name else "",
        standing=words,
        standing_tone=tone,
        revealed=revealed,
        tags=tags,
        facts=_facts(account, life, before, now),
    )


def standing_words(standing: list[Enforcement]) -> tuple[str, str]:
    """Where an account stands, and the tone to say it in: the hardest thing in force first, and
    what is being lifted last.

    Needs `with_lift`.
    """
    if not standing:
        return "Active", "good"
    hardest = max(
        standing, key=lambda row: (not is_being_lifted(row), row.action in BANS, row.sequence)
    )
    words = action_words(hardest.action)
    if is_being_lifted(hardest):
        return f"{words} being lifted", "due"
    if hardest.state != EnforcementState.APPLIED:
        return f"{words} on its way", "due"
    if hardest.until:
        words += f" until {hardest.until:%-d %b}"
    return words, "bad"


def is_being_lifted(row: Enforcement) -> bool:
    """Whether the lift of `row` is promised and not confirmed yet. Needs `with_lift`."""
    lifted: bool = row.is_being_lifted  # type: ignore[attr-defined]
    return lifted


def _facts(account: Account, life: Life | None, before: str, now: datetime) -> list[Fact]:
    facts = []
    if life:
        # First, for it tells a friend's chatter from a broadcast before anything else is read.
        sentence = correspondence_words(life)
        if sentence:
            facts.append(Fact("Writes to", sentence))
        people, strangers = life.people(*SENT), life.strangers(*SENT)
        if people and strangers:
            facts.append(
                Fact(
                    "Contacts",
                    f"{people - strangers:,} of {people:,} recipients were no strangers",
                )
            )
        reports, blocks = life.events(REPORTED), life.events(BLOCKED)
        if reports or blocks:
            facts.append(
                Fact("Feedback", f"{counted(reports, 'report')}, {counted(blocks, 'block')}")
            )
    age, country = _age(account.registered_at, now), _country(account, life)
    if age == country == NOT_KNOWN:
        facts.append(Fact("Account", "neither its age nor its country is known"))
    else:
        facts += [Fact("Age", age), Fact("Country", country)]
    facts.append(Fact("Before", before or "nothing"))
    return facts


def _age(registered_at: datetime | None, now: datetime) -> str:
    if registered_at is None:
        return NOT_KNOWN
    age = now - registered_at
    return span(age) if age >= timedelta(0) else "registered in the future"


def correspondence_words(life: Life) -> str:
    """Who is written to, in a sentence that tells a friend's chatter from a broadcast."""
    found = life.correspondence
    sent = life.events(*SENT)
    if not sent:
        calls = life.events(CALLED)
        return f"nobody; {counted(calls, 'call')}" if calls else ""
    parts = []
    if found.people:
        parts.append(_people_words(found))
        parts.append(_replies_words(found))
    batched = life.events("message.batch")
    if batched:
        people = life.people("message.batch")
        parts.append(
            f"{counted(batched, 'message')} in batches to {counted(people, 'person', 'people')}"
        )
    if not parts:
        parts.append(f"{counted(sent, 'message')} to people who were not named")
    return "; ".join(parts)


def _people_words(found: Correspondence) -> str:
    people = counted(found.people, "person", "people")
    of = f"the newest {found.sent:,} messages" if found.partial else counted(found.sent, "message")
    if found.people <= FEW_PEOPLE:
        words = f"only {people}: {of}"
        top = min(3, found.people)
    else:
        words = f"{people} in {of}"
        top = FEW_PEOPLE
    if top == found.people:
        return words
    share = percent(sum(found.top[:top]), found.sent)
    return f"{words}, {share} to the {'same ' if top > 1 else ''}{top}"


def _replies_words(found: Correspondence) -> str:
    if not found.received:
        return "no reply on record"
    if not found.replied:
        return f"none of them wrote back; {counted(found.received, 'message')} from others"
    who = "all of them" if found.replied == found.people else f"{found.replied:,} of them"
    return f"{who} wrote back, {counted(found.received, 'message')} received"


def _country(account: Account, life: Life | None) -> str:
    told = country_name(account.country) if account.country else NOT_KNOWN
    network = _network_country(account.pk, life) if life else ""
    if network and network.upper() != account.country.upper():
        told += f" · network says {country_name(network)}"
    return told


def _network_country(account_id: UUID, life: Life) -> str:
    """The country of the network that the account last registered from, if it said."""
    kinds = (*REGISTERED, "device.changed")
    newest = max((total.last for total in life.of(*kinds)), default=None)
    if newest is None:
        return ""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT data ->> 'network_country'
              FROM cases_evidenceitem
             WHERE account_id = %s AND occurred_at = %s AND kind = ANY(%s)
               AND origin = 'ON_PLATFORM'
             ORDER BY id DESC
             LIMIT 1
            """,
            [account_id, newest, list(kinds)],
        )
        row: Any = cursor.fetchone()
    return (row[0] or "") if row else ""
