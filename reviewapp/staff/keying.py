"""Keys for machines: making one, taking one back, and telling whose a presented one is."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from reviewapp.kernel.refusals import Refused
from reviewapp.ledger.recording import Entry, record
from reviewapp.staff.models import ApiKey, Scope, Source

# Marks a leaked key as ours to a scanner, and lets the row be found without trying every digest.
_SHAPE = re.compile(r"rk_([a-z0-9]{10})_[A-Za-z0-9_-]{43}\Z")
_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"


class UnknownScope(Refused):
    """There is no such scope."""


class BadKey(Refused):
    """This key is not known here."""


class ExpiredKey(BadKey):
    """This key has expired: ask an administrator for a new one."""


class RevokedKey(BadKey):
    """This key was revoked: ask an administrator for a new one."""


class AlreadyRevoked(Refused):
    """This key was revoked before."""


@dataclass(frozen=True)
class Issued:
    """A new key, and the secret that opens doors with it: the only time the secret is seen."""

    key: ApiKey
    secret: str


def issue(
    *,
    source: Source,
    scopes: Sequence[str],
    by: str,
    at: datetime,
    name: str = "",
    expires_at: datetime | None = None,
) -> Issued:
    """Make a key of `source` that opens `scopes`, until `expires_at` if given.

    Raises:
        UnknownScope: for a scope that is none, or no scope at all.
    """
    unknown = sorted(set(scopes) - set(Scope.values))
    if unknown or not scopes:
        wrong = (
            f"There is no scope called {', '.join(unknown)}." if unknown else "A key needs a scope."
        )
        raise UnknownScope(f"{wrong} Scopes are: {', '.join(Scope.values)}.")
    prefix = "".join(secrets.choice(_ALPHABET) for _ in range(10))
    secret = f"rk_{prefix}_{secrets.token_urlsafe(32)}"
    with transaction.atomic():
        key = ApiKey.objects.create(
            source=source,
            name=name,
            prefix=prefix,
            digest=_digest(secret),
            scopes=sorted(set(scopes)),
            created_at=at,
            expires_at=expires_at,
        )
        _record("key.created", key, by=by, at=at)
    return Issued(key, secret)


def revoke(*, key: ApiKey, by: str, at: datetime) -> None:
    """Take `key` back: from now on it opens nothing. Not to be undone; a new one is made."""
    with transaction.atomic():
        # The filter is the guard: of two people revoking at once, one is told it was done before.
        if not ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=at):
            raise AlreadyRevoked
        key.revoked_at = at
        _record("key.revoked", key, by=by, at=at)


def recognise(secret: str, *, now: datetime) -> ApiKey:
    """The key that `secret` opens doors with, its source loaded.

    Raises:
        BadKey: it is none of ours; ExpiredKey and RevokedKey: it no longer opens anything.
    """
    shape = _SHAPE.match(secret)
    if shape is None:
        raise BadKey
    key = next(
        iter(ApiKey.objects.select_related("source").filter(prefix=shape[1]).order_by()), None
    )
    # Only who holds the whole secret learns more than that it does not fit.
    if key is None or not hmac.compare_digest(bytes(key.digest), _digest(secret)):
        raise BadKey
    if key.revoked_at is not None:
        raise RevokedKey
    if key.is_expired(now=now):
        raise ExpiredKey
    return key


def _digest(secret: str) -> bytes:
    # A plain digest is enough: the secret holds 256 random bits, so there is nothing to guess.
    return hashlib.sha256(secret.encode()).digest()


def _record(kind: str, key: ApiKey, *, by: str, at: datetime) -> None:
    particulars = {
        "source": key.source.name,
        "key": key.prefix,
        "scopes": key.scopes,
        "expires_at": key.expires_at,
    }
    record(Entry(kind=kind, actor=by, happened_at=at, particulars=particulars), at=at)
