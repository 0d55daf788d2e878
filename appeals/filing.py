"""Filing an appeal: one transaction, from what the person wrote to the clocks that run from then.

# Note [One open appeal per account]

Whoever files first locks the account's row, then looks whether an appeal of it is open: two that
come at once meet at that lock, the first opens one and the other joins it. What joins is kept
with its files and counted, and moves nothing: asking again is no way up the list. The partial
unique index beneath is for code that forgets.

# Note [Late appeals]

An appeal that comes after its window is taken all the same, as OUT_OF_TIME, and a person admits it
or says why not. Its clocks run from its receipt like any other's, not from its admission: being
late does not make it less of a complaint, and the law wants an answer to each.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from appeals import attaching, contesting, grouping, limiting, timing
from appeals.attaching import Kept, Upload
from appeals.contesting import AnsweredBefore, NothingToAppeal, UnknownEnforcement
from appeals.enums import AppealState, Ground, SlaKind, StatementKind
from appeals.limiting import TooManyRequests
from appeals.lines import finding_behind, line
from appeals.models import Appeal, Clock, Statement
from appeals.receiving import Sent, SentBefore, Word, again_after_clash, sent_before
from appeals.screening import Screened
from cases.models import Account, Enforcement
from reviewapp.kernel.refs import next_refs
from reviewapp.ledger.recording import record
from reviewapp.web.allowances import Limit

if TYPE_CHECKING:
    from reviewapp.staff.models import User

__all__ = [
    "AnsweredBefore",
    "Filed",
    "NothingToAppeal",
    "Sent",
    "SentBefore",
    "TooManyRequests",
    "UnknownEnforcement",
    "file",
    "take",
]


@dataclass(frozen=True, slots=True)
class Filed:
    """The appeal that something was filed as, and the statement in which it is kept.

    `is_new` says whether it was opened by that; otherwise this joined it, or is a retry.
    """

    appeal: Appeal
    is_new: bool
    statement: Statement

    @property
    def joined(self) -> bool:
        """Whether what was sent is one of the further words on an appeal, and did not open it."""
        return self.statement.kind == StatementKind.REPEATED


@again_after_clash
def file(
    *,
    account: Account,
    enforcement: Enforcement | None = None,
    channel: str,
    text: str,
    received_at: datetime,
    at: datetime,
    by: str,
    ground: str = Ground.NO_GROUND_GIVEN,
    locale: str = "",
    contact: str = "",
    identity_checked: bool = False,
    files: Sequence[Upload | Screened] = (),
    sent: Sent | None = None,
    entered_by: "User | None" = None,
    address: str = "",
) -> Filed:
    """File what a person wrote against `enforcement`, or against what stands, as of its receipt.

    Joins the account's open appeal, whatever it came by: see Note [One open appeal per account].
    `by` is the ledger's actor, `address` the network address it came from, `entered_by` whoever
    typed it in from a letter. `identity_checked` says that the writer has shown the account to be
    theirs. What a machine sends again under its id is answered as before.

    Raises UnknownEnforcement, a NothingToAppeal, a TextRefused, a FileRefused, CannotReceive,
    SentBefore for other content under the same id, TooManyRequests, or Erased.
    """
    word = Word.checked(
        channel=channel, text=text, locale=locale, contact=contact, received_at=received_at, at=at,
        by=by, identity_checked=identity_checked, sent=sent, entered_by=entered_by,
    )  # fmt: skip
    with (
        attaching.kept(files, at=at, by_staff=entered_by is not None) as kept,
        transaction.atomic(),
    ):
        account = Account.objects.select_for_update(no_key=True).get(pk=account.pk)
        if (known := sent_before(sent, of=Appeal)) and known.appeal:
            return Filed(known.appeal, False, known)
        limits = [] if entered_by else limiting.of_address(address)
        return take(
            account, enforcement, word, ground=ground, files=kept, limits=limits,
            counted=entered_by is None,
        )  # fmt: skip


def take(
    account: Account,
    enforcement: Enforcement | None,
    word: Word,
    *,
    ground: str,
    files: Kept,
    counted: bool,
    limits: Sequence[Limit] = (),
) -> Filed:
    """File `word` in the caller's transaction, which holds the account's row.

    `counted` says whether it spends of what the account and the contact may send, beside `limits`.
    """
    if enforcement is not None and enforcement.account_id != account.pk:
        raise UnknownEnforcement(pointer="enforcement")
    opened = (
        Appeal.objects.open()
        .filter(account=account)
        .select_for_update(no_key=True, of=("self",))
        .select_related("enforcement__decision__case")
        .first()
    )
    if opened is not None:
        opened.account = account
        if counted:
            limiting.count(*limits, limiting.of_repeats(account), at=word.at)
        return _join(opened, enforcement, word, files=files)
    contested = contesting.find(
        account, enforcement, ground=ground, identity_checked=word.identity_checked,
        received_at=word.received_at, at=word.at,
    )  # fmt: skip
    if counted:
        asked = [limiting.of_appeals(account), *limiting.of_contact(word.contact)]
        limiting.count(*limits, *asked, at=word.at)
    return _open(account, contested, word, ground=ground, files=files)


def _open(
    account: Account, contested: contesting.Contested, word: Word, *, ground: str, files: Kept
) -> Filed:
    likeness = grouping.compare(word.text, account_id=account.pk, at=word.at)
    jurisdiction = timing.jurisdiction_of(
        country=account.country, country_prefix=account.country_prefix
    )
    ends_at = contested.window_ends_at(jurisdiction)
    # On the very moment is in time.
    is_late = ends_at is not None and word.received_at > ends_at
    appeal = Appeal(
        ref=next_refs("AP")[0],
        account=account,
        enforcement=contested.enforcement,
        channel=word.channel,
        ground=ground,
        state=AppealState.OUT_OF_TIME if is_late else AppealState.OPEN,
        jurisdiction=jurisdiction,
        locale=word.locale or account.locale,
        received_at=word.received_at,
        recorded_at=word.at,
        window_ends_at=ends_at,
        identity_checked_at=word.at if word.identity_checked else None,
        barred=contested.barred(),
    )
    appeal.set_contact(word.contact)
    clocks = timing.clocks_for(appeal, kind=SlaKind.COMPLAINT)
    appeal.save(force_insert=True)
    statement = word.keep(StatementKind.FILED, appeal=appeal, **likeness.columns())
    Clock.objects.bulk_create(clocks)
    attachments = files.attach(statement=statement, at=word.at, by=word.by)
    account.mark_contested(at=word.at)
    record(
        line(
            appeal, "appeal.filed", word.by, word.at,
            finding=finding_behind(contested.enforcement.decision),
            enforcement=contested.enforcement.ref, ground=ground, jurisdiction=jurisdiction,
            window_ends_at=ends_at.isoformat() if ends_at else None, files=len(attachments),
            **word.particulars(),
        ),
        at=word.at,
    )  # fmt: skip
    grouping.join(appeal, likeness, at=word.at)
    return Filed(appeal, True, statement)


def _join(appeal: Appeal, enforcement: Enforcement | None, word: Word, *, files: Kept) -> Filed:
    statement = word.keep(StatementKind.REPEATED, appeal=appeal)
    attachments = files.attach(statement=statement, at=word.at, by=word.by)
    appeal.repeats += 1
    appeal.version += 1
    if word.identity_checked:
        # Only its owner says where the answer to an account's appeal goes.
        appeal.identity_checked_at = appeal.identity_checked_at or word.at
        if word.contact and appeal.contact_sealed is None:
            appeal.set_contact(word.contact)
    appeal.save(
        update_fields=[
            "repeats", "version", "identity_checked_at", "contact_sealed", "contact_index",
        ]
    )  # fmt: skip
    record(
        line(
            appeal, "appeal.repeated", word.by, word.at, repeats=appeal.repeats,
            enforcement=enforcement.ref if enforcement else None, files=len(attachments),
            **word.particulars(),
        ),
        at=word.at,
    )  # fmt: skip
    return Filed(appeal, False, statement)
