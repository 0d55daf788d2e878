"""Writing what was heard of accounts: their fields and what they share."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection

from cases.intake import arrays
from cases.intake.profiles import Profile, country_prefix_of
from cases.models import Account
from cases.models.accounts import link_index, phone_index


@dataclass
class Heard:
    """An account and what a batch made of it: `field: (before, after)`."""

    account: Account
    profile: Profile
    changes: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    new_links: list[tuple[str, str]] = field(default_factory=list)

    @property
    def names_of_changes(self) -> list[str]:
        links = {f"links.{kind}" for kind, _ in self.new_links}
        return [*self.changes, *sorted(links)]


_UPDATE = """
    UPDATE cases_account
       SET phone_sealed = %s, phone_index = %s, country_prefix = %s, display_name_sealed = %s,
           attributes_sealed = %s, country = %s, locale = %s, kind = %s, surface = %s,
           registered_at = %s, changed_at = %s
     WHERE id = %s
"""


def apply(changed: list[Heard], *, at: datetime) -> None:
    """Write the changed fields."""
    for each in changed:
        account = each.account
        for name, (_, after) in each.changes.items():
            if name == "phone":
                account.phone_sealed = sealed(account, after, "account.phone")
                account.phone_index = phone_index(after) if after else None
                account.country_prefix = country_prefix_of(after)
            elif name == "display_name":
                account.display_name_sealed = sealed(account, after, "account.display_name")
            elif name == "attributes":
                account.attributes_sealed = sealed(account, after, "account.attributes")
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


def sealed(account: Account, text: str, context: str) -> bytes | None:
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


def link(heard: list[Heard], *, at: datetime) -> None:
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
