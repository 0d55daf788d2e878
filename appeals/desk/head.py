"""An appeal itself, in words: where it stands, how it came, and what was done with it."""

from dataclasses import dataclass
from datetime import datetime

from appeals.desk.lines import due_words, ticket_url
from appeals.enums import AppealOutcome, AppealState
from appeals.models import Appeal
from cases.casefile.handling import actor_names
from cases.casefile.person import Fact
from cases.casefile.sealed import words_of
from cases.views.backlog import capped
from reviewapp.ledger.kinds import words_for
from reviewapp.ledger.models import LedgerEntry

_SHOWN = 40
_TONES = {
    AppealState.OPEN: "",
    AppealState.AWAITING_APPELLANT: "accent",
    AppealState.AWAITING_APPROVAL: "accent",
    AppealState.OUT_OF_TIME: "due",
}


@dataclass(frozen=True, slots=True)
class Head:
    """An appeal's head, as `appeals/appeal.html` wants it."""

    ref: str
    url: str
    state: str
    state_tone: str
    due: str
    due_tone: str
    received_at: datetime
    facts: list[Fact]
    version: int
    closed: bool


@dataclass(frozen=True, slots=True)
class Done:
    """One thing that was done with the appeal, and by whom."""

    at: datetime
    actor: str
    words: str


def head_of(appeal: Appeal, *, revealed: bool, now: datetime) -> Head:
    """Needs `account`. No query."""
    due, tone = due_words(appeal, now=now)
    return Head(
        ref=appeal.ref,
        url=ticket_url(appeal),
        state=appeal.get_state_display(),
        state_tone=_TONES.get(AppealState(appeal.state), "quiet"),
        due=due,
        due_tone=tone,
        received_at=appeal.received_at,
        facts=_facts(appeal, revealed=revealed),
        version=appeal.version,
        closed=not appeal.is_open,
    )


def _facts(appeal: Appeal, *, revealed: bool) -> list[Fact]:
    facts = [
        Fact("Ground", appeal.get_ground_display()),
        Fact("Came by", f"{appeal.get_channel_display()}; {_identity(appeal)}"),
        Fact("Rules of", appeal.get_jurisdiction_display()),
    ]
    if contact := words_of(appeal.contact):
        facts.append(Fact("Reached by", contact if revealed else masked_contact(contact)))
    if appeal.repeats:
        facts.append(Fact("Asked again", f"{capped(appeal.repeats)} times; its place is the same"))
    return facts


def _identity(appeal: Appeal) -> str:
    if appeal.identity_checked_at is None:
        return "not shown that the account is theirs"
    return "shown that the account is theirs"


def masked_contact(contact: str) -> str:
    """`m•••@example.org`: enough to tell addresses apart."""
    name, at, host = contact.partition("@")
    return f"{name[:1]}•••{at}{host}" if at else f"{contact[:2]}•••"


def done_with(appeal: Appeal) -> list[Done]:
    """What the ledger says of `appeal`, the newest first; not who looked. Two queries."""
    entries = list(
        LedgerEntry.objects.about_account(appeal.account.ref)
        .filter(kind__startswith="appeal.", particulars__appeal=appeal.ref)
        .exclude(kind="appeal.viewed")
        .newest_first()[:_SHOWN]
    )
    names = actor_names(entry.actor for entry in entries)
    return [
        Done(entry.recorded_at, names[entry.actor], " · ".join(_words(entry))) for entry in entries
    ]


def _words(entry: LedgerEntry) -> list[str]:
    words = [words_for(entry.kind)]
    if entry.kind == "appeal.decided":
        words.append(AppealOutcome(entry.outcome).label)
    return words
