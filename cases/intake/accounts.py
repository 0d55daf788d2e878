"""Accounts, as sources know them.

# Note [The last word on an account]

A message about an account is an upsert, field by field: what it leaves out stays, null clears.
Messages of one batch are heard in their order, so that of two about the same account the later
wins in each field it names; links only ever add up. What changed is kept as AccountChange, from
before the batch to after it. A message that changes nothing counts as a duplicate.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from cases import waking
from cases.intake.checking import ERASED, time_check
from cases.intake.digests import batch_digest, digester
from cases.intake.hearing import Heard, apply, link, sealed
from cases.intake.knowing import known_accounts
from cases.intake.profiles import FIELDS, Profile, as_text, check, current
from cases.intake.racing import again_after_deadlock
from cases.intake.receipts import Fault, Receipt, Rejected
from cases.intake.sent import SentAccount
from cases.models import Account, AccountChange
from reviewapp.kernel.ids import uuid7
from reviewapp.ledger.recording import Entry, record_all

if TYPE_CHECKING:
    from reviewapp.staff.models import Source

BATCH = 1_000


@again_after_deadlock
def receive_accounts(
    *, source: "Source", items: Sequence[SentAccount | Rejected | None], at: datetime
) -> Receipt:
    """Keep what `source` says of accounts, all valid messages in one transaction, as of `at`.

    See Note [The last word on an account]. The ledger gets one entry for the batch, and one for
    each known account that changed, naming the fields and nothing of what they hold.
    """
    receipt = Receipt()
    profiles: dict[str, Profile] = {}
    counted: list[tuple[int, str]] = []
    digests = []
    time_fault = time_check(at)
    digest_of = digester()
    for index, sent in receipt.readable(items):
        said, links, faults = check(sent, time_fault=time_fault)
        if faults:
            receipt.reject(index, sent.id, *faults)
            continue
        profiles.setdefault(sent.id, Profile(sent.id)).hear(said, links)
        counted.append((index, sent.id))
        digests.append(digest_of(sent))
    if profiles:
        with transaction.atomic():
            made, heard = _hear(profiles, at=at)
            erased = {each.account.external_id for each in heard if not each.account.wrapped_key}
            heard = [each for each in heard if each.account.wrapped_key]
            apply([each for each in heard if each.changes], at=at)
            link(heard, at=at)
            known = [each for each in heard if each.account.external_id not in made]
            _keep_changes([each for each in known if each.names_of_changes], source, at=at)
            news = {each.account.pk for each in known if each.names_of_changes}
            waking.information_arrived(news, at=at, actor=source.actor)
            if made or news:
                record_all(_entries(source, heard, known, len(made), digests, at), at=at)
        changed = {each.account.external_id for each in heard if each.names_of_changes} | made
        for index, external_id in counted:
            if external_id in erased:
                receipt.reject(index, external_id, Fault("/id", ERASED.detail))
            elif external_id in changed:
                receipt.accepted += 1
            else:
                receipt.duplicates += 1
    return receipt.in_order()


def _hear(profiles: dict[str, Profile], *, at: datetime) -> tuple[set[str], list[Heard]]:
    """Lock the accounts, making those that are missing, and see what would change.

    Returns the messenger's ids of those it made, and what was heard of all.
    """
    before = set(
        Account.objects.filter(external_id__in=profiles).values_list("external_id", flat=True)
    )
    if len(before) < len(profiles):
        known_accounts(profiles, at=at)
    # In one order, as everywhere: two batches about the same accounts wait in line.
    accounts = (
        Account.objects.filter(external_id__in=profiles)
        .select_for_update(no_key=True)
        .order_by("external_id")
    )
    heard = []
    for account in accounts:
        each = Heard(account, profiles[account.external_id])
        now = current(account) if account.wrapped_key else each.profile.said
        for name in FIELDS:
            if name in each.profile.said and each.profile.said[name] != now[name]:
                each.changes[name] = (now[name], each.profile.said[name])
        heard.append(each)
    # What another batch made a moment ago looks changed rather than new: either is true.
    return set(profiles) - before, heard


def _keep_changes(changed: list[Heard], source: "Source", *, at: datetime) -> None:
    """What was there before, for whoever asks what a decision could have known."""
    AccountChange.objects.bulk_create(
        AccountChange(
            id=uuid7(),
            account=each.account,
            source=source,
            field=name,
            before_sealed=sealed(each.account, as_text(before), "account_change.before"),
            after_sealed=sealed(each.account, as_text(after), "account_change.after"),
            changed_at=at,
        )
        for each in changed
        for name, before, after in (
            *((name, *values) for name, values in each.changes.items()),
            *((f"links.{kind}", "", value) for kind, value in each.new_links),
        )
    )


def _entries(
    source: "Source",
    heard: list[Heard],
    known: list[Heard],
    made: int,
    digests: list[bytes],
    at: datetime,
) -> list[Entry]:
    changed = [each for each in known if each.names_of_changes]
    batch = Entry(
        kind="account.received",
        actor=source.actor,
        happened_at=at,
        particulars={
            "count": len(heard),
            "made": made,
            "changed": len(changed),
            "digest": batch_digest(digests),
        },
    )
    return [batch] + [
        Entry(
            kind="account.changed",
            actor=source.actor,
            happened_at=at,
            account=each.account.ref,
            country_prefix=each.account.country_prefix,
            surface=each.account.surface,
            particulars={"fields": each.names_of_changes},
        )
        for each in changed
    ]
