"""Receiving a grievance: one transaction, from what was written to its ticket number and clocks.

# Note [A grievance and the appeal it contains]

Who asks to have a ban lifted complains in the sense of the law, and appeals. So such a grievance
about an account opens the appeal that it contains, or joins the one that is open, and waits for
it: both are answered once, when the appeal is. Where there is nothing to appeal it stays a
grievance like any other, and says why.

Whoever wrote may not be whom the account belongs to. Unless that was shown, the appeal does not
learn their address: it tells the account alone, in the app, while the grievance answers whoever
wrote without a word about the account.

# Note [Whose rules]

A complaint falls under the rules of where its writer is: of the account, where it is about their
own, else of their number. Who complains of somebody else's account is not where that one is.
Where nothing says where they are, the strictest rules we know are kept: those of India, for which
the officer whom they wrote to was appointed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

import phonenumbers
from django.db import transaction

from appeals import attaching, filing, limiting, timing
from appeals.attaching import Kept, Upload
from appeals.contesting import AnsweredBefore, NothingToAppeal
from appeals.enums import (
    GrievanceCategory,
    GrievanceState,
    Ground,
    Jurisdiction,
    NoAppeal,
    RuleKind,
    StatementKind,
)
from appeals.filing import Filed
from appeals.lines import line
from appeals.models import Clock, Grievance, Statement
from appeals.receiving import Sent, Word, again_after_clash, sent_before
from appeals.screening import Screened
from cases.models import Account
from cases.naming import e164
from reviewapp.kernel.encryption import Erased
from reviewapp.kernel.refs import next_refs
from reviewapp.ledger.recording import record
from reviewapp.web.allowances import Limit

if TYPE_CHECKING:
    from reviewapp.staff.models import User


@dataclass(frozen=True, slots=True)
class Received:
    """The grievance that something was received as, and the statement in which it is kept.

    `filed` is the appeal that it contains, where it opened or joined one just now. `is_new` is
    false for a retry.
    """

    grievance: Grievance
    is_new: bool
    statement: Statement
    filed: Filed | None = None


@again_after_clash
def receive(
    *,
    channel: str,
    category: str,
    text: str,
    received_at: datetime,
    at: datetime,
    by: str,
    rule_kind: str = RuleKind.GENERAL,
    contact: str = "",
    locale: str = "",
    account: Account | None = None,
    ground: str = Ground.NO_GROUND_GIVEN,
    identity_checked: bool = False,
    files: Sequence[Upload | Screened] = (),
    sent: Sent | None = None,
    entered_by: "User | None" = None,
    address: str = "",
) -> Received:
    """Keep a complaint as of its receipt, under a ticket number and with its clocks.

    A ban appeal about an account files the appeal it contains, on `ground`: see Note [A grievance
    and the appeal it contains]. The other arguments are as for `filing.file`, and so is what a
    machine sends again.

    Raises a TextRefused, a FileRefused, CannotReceive, SentBefore or TooManyRequests.
    """
    # A complaint of safety is about the account that it names, and not by it.
    is_theirs = identity_checked and account is not None and category != GrievanceCategory.SAFETY
    word = Word.checked(
        channel=channel, text=text, locale=locale, contact=contact, received_at=received_at, at=at,
        by=by, identity_checked=is_theirs, sent=sent, entered_by=entered_by,
    )  # fmt: skip
    with (
        attaching.kept(files, at=at, by_staff=entered_by is not None) as kept,
        transaction.atomic(),
    ):
        if account is not None:
            account = Account.objects.select_for_update(no_key=True).get(pk=account.pk)
        if (known := sent_before(sent, of=Grievance)) and known.grievance:
            return Received(known.grievance, False, known)
        if entered_by is None:
            limiting.count(*_limits(account, word, address), at=at)
        grievance = _made(account, word, category=category, rule_kind=rule_kind)
        filed, attachments = None, 0
        if category == GrievanceCategory.BAN_APPEAL:
            filed = _contained(grievance, word, ground=ground, files=kept)
            attachments = len(kept.files) if filed else 0
        statement = _keep(grievance, word)
        if filed is None:
            attachments = len(kept.attach(statement=statement, at=at, by=by))
        record(
            line(
                grievance, "grievance.received", by, at, category=category, rule_kind=rule_kind,
                jurisdiction=grievance.jurisdiction, files=attachments,
                appeal=filed.appeal.ref if filed else None,
                no_appeal=str(grievance.no_appeal) or None, **word.particulars(),
            ),
            at=at,
        )  # fmt: skip
    return Received(grievance, True, statement, filed)


# Steps


def _limits(account: Account | None, word: Word, address: str) -> list[Limit]:
    limits = [*limiting.of_contact(word.contact), *limiting.of_address(address)]
    return [*limits, limiting.of_grievances(account)] if account else limits


def _made(account: Account | None, word: Word, *, category: str, rule_kind: str) -> Grievance:
    grievance = Grievance(
        account=account,
        category=category,
        rule_kind=rule_kind,
        channel=word.channel,
        jurisdiction=_jurisdiction(account, word, category=category),
        locale=word.locale or (account.locale if account else ""),
        received_at=word.received_at,
        recorded_at=word.at,
        identity_checked_at=word.at if word.identity_checked else None,
    )
    grievance.set_contact(word.contact)
    return grievance


def _contained(grievance: Grievance, word: Word, *, ground: str, files: Kept) -> Filed | None:
    """File the appeal that the grievance contains, or have it say why there is none."""
    if grievance.account is None:
        grievance.no_appeal = NoAppeal.NO_ACCOUNT
        return None
    theirs = replace(word, sent=None, contact=word.contact if word.identity_checked else "")
    try:
        # Undone as a whole where it is refused half-way, and the grievance goes on without it.
        with transaction.atomic():
            filed = filing.take(
                grievance.account, None, theirs, ground=ground, files=files, counted=False
            )
    except AnsweredBefore:
        grievance.no_appeal = NoAppeal.ANSWERED_BEFORE
    except NothingToAppeal:
        grievance.no_appeal = NoAppeal.NOTHING_STANDS
    except Erased:
        grievance.no_appeal = NoAppeal.ERASED
    else:
        grievance.appeal, grievance.state = filed.appeal, GrievanceState.IN_APPEAL
        return filed
    return None


def _keep(grievance: Grievance, word: Word) -> Statement:
    """Write the rows, the appeal's before the grievance's, as they are locked everywhere."""
    [grievance.ref] = next_refs("G")
    clocks = timing.clocks_for(grievance, kind=grievance.rule_kind)
    grievance.save(force_insert=True)
    Clock.objects.bulk_create(clocks)
    return word.keep(StatementKind.FILED, grievance=grievance)


def _jurisdiction(account: Account | None, word: Word, *, category: str) -> Jurisdiction:
    """See Note [Whose rules]."""
    by_number = _jurisdiction_of_number(word.contact)
    if account is not None and (account.country or account.country_prefix):
        by_account = timing.jurisdiction_of(
            country=account.country, country_prefix=account.country_prefix
        )
        if category != GrievanceCategory.SAFETY:
            return by_account
    return by_number or Jurisdiction.INDIA


def _jurisdiction_of_number(contact: str) -> Jurisdiction | None:
    number = e164(contact) if contact.startswith(("+", "00")) else ""
    if not number:
        return None
    country = phonenumbers.region_code_for_number(phonenumbers.parse(number))
    return timing.jurisdiction_of(country=country or "")
