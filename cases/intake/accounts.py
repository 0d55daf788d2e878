"""Accounts, as sources know them.

# Note [The last word on an account]

A message about an account is an upsert, field by field: what it leaves out stays, null clears.
Messages of one batch are heard in their order, so that of two about the same account the later
wins in each field it names; links only ever add up. What changed is kept as AccountChange, from
before the batch to after it. A message that changes nothing counts as a duplicate.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction

from cases.intake import arrays
from cases.intake.checking import ERASED, time_check
from cases.intake.digests import batch_digest, digester
from cases.intake.knowing import known_accounts
from cases.intake.profiles import FIELDS, Profile, as_text, check, country_prefix_of, current
from cases.intake.racing import again_after_deadlock
from cases.intake.receipts import Fault, Receipt, Rejected
from cases.intake.sent import SentAccount
from cases.models import Account, AccountChange
from cases.models.accounts import link_index, phone_index
from reviewapp.kernel.ids import uuid7
from reviewapp.ledger.recording import Entry, record_all

if TYPE_CHECKING:
    from reviewapp.staff.models import Source

BATCH = 1_000


@dataclass
class _Heard:
    """An account and what a batch made of it: `field: (before, after)`."""

    account: Account
    profile: Profile
    changes: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    new_links: list[tuple[str, str]] = field(default_factory=list)

    @property
    def names_of_changes(self) -> list[str]:
        links = {f"links.{kind}" for kind, _ in self.new_links}
        return [*self.changes, *sorted(links)]


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
            _apply([each for each in heard if each.changes], at=at)
            _link(heard, at=at)
            known = [each for each in heard if each.account.external_id not in made]
            _keep_changes([each for each in known if each.names_of_changes], source, at=at)
            if made or any(each.names_of_changes for each in known):
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


def _hear(profiles: dict[str, Profile], *, at: datetime) -> tuple[set[str], list[_Heard]]:
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
        each = _Heard(account, profiles[account.external_id])
        now = current(account) if account.wrapped_key else each.profile.said
        for name in FIELDS:
            if name in each.profile.said and each.profile.said[name] != now[name]:
                each.changes[name] = (now[name], each.profile.said[name])
        heard.append(each)
    # What another batch made a moment ago looks changed rather than new: either is true.
    return set(profiles) - before, heard


_UPDATE = """
    UPDATE cases_account
       SET phone_sealed = %s, phone_index = %s, country_prefix = %s, display_name_sealed = %s,
           attributes_sealed = %s, country = %s, locale = %s, kind = %s, surface = %s,
           registered_at = %s, changed_at = %s
     WHERE id = %s
"""


def _apply(changed: list[_Heard], *, at: datetime) -> None:
    """Write the changed fields."""
    for each in changed:
        account = each.account
        for name, (_, after) in each.changes.items():
            if name == "phone":
                account.phone_sealed = _sealed(account, after, "account.phone")
                account.phone_index = phone_index(after) if after else None
                account.country_prefix = country_prefix_of(after)
            elif name == "display_name":
                account.display_name_sealed = _sealed(account, after, "account.display_name")
            elif name == "attributes":
                account.attributes_sealed = _sealed(account, after, "account.attributes")
            else:
                setattr(account, name, after)
    rows: list[tuple[Any, ...]] = [
        (
            account.phone_sealed,
            account.phone_index,
            account.country_prefix,
            account.display_name_sealed,
            account.attributes_sealed,
            account.country,
            account.locale,
            account.kind,
            account.surface,
            account.registered_at,
            at,
            account.pk,
        )
        for account in (each.account for each in changed)
    ]
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(_UPDATE, rows)


def _sealed(account: Account, text: str, context: str) -> bytes | None:
    return account.seal(text, context=context) if text else None


# A link that is said again only moves its date, and at most once a day: most messages repeat.
_LINK = """
    INSERT INTO cases_accountlink AS link (account_id, kind, value_sealed, value_index, seen_at)
    SELECT account_id, kind, value_sealed, value_index, %s
      FROM unnest(%s::uuid[], %s::text[], %s::bytea[], %s::bytea[])
           AS said (account_id, kind, value_sealed, value_index)
        ON CONFLICT (account_id, kind, value_index) DO UPDATE SET seen_at = excluded.seen_at
     WHERE link.seen_at < excluded.seen_at - interval '1 day'
    RETURNING account_id, kind, value_index, xmax = 0
"""


def _link(heard: list[_Heard], *, at: datetime) -> None:
    """Add the links, and note on each account those that are new."""
    said = [
        (each, kind, value, link_index(kind, value))
        for each in heard
        for kind, value in each.profile.links
    ]
    if not said:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            _LINK,
            [
                at,
                arrays.uuids(each.account.pk for each, *_ in said),
                arrays.texts(kind for _, kind, *_ in said),
                arrays.blobs(
                    each.account.seal(value, context=f"account.link.{kind}")
                    for each, kind, value, _ in said
                ),
                arrays.blobs(index for *_, index in said),
            ],
        )
        new = {
            (account_id, kind, bytes(index))
            for account_id, kind, index, inserted in cursor.fetchall()
            if inserted
        }
    for each, kind, value, index in said:
        if (each.account.pk, kind, index) in new:
            each.new_links.append((kind, value))


def _keep_changes(changed: list[_Heard], source: "Source", *, at: datetime) -> None:
    """What was there before, for whoever asks what a decision could have known."""
    AccountChange.objects.bulk_create(
        AccountChange(
            id=uuid7(),
            account=each.account,
            source=source,
            field=name,
            before_sealed=_sealed(each.account, as_text(before), "account_change.before"),
            after_sealed=_sealed(each.account, as_text(after), "account_change.after"),
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
    heard: list[_Heard],
    known: list[_Heard],
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
