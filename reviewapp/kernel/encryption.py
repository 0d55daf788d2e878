"""Personal fields under a key per person, themselves under the installation's keys.

# Note [Which key does what]

`settings.FIELD_KEYS` holds keys of 32 bytes. The first one wraps the data keys of new people; any
of them opens what it once wrapped, so that a new key is put in front to rotate. The last one
derives the keys of blind indexes and pseudonyms, which must not change while rows hold them.
A person's data key seals their fields. Erasing a person destroys their wrapped data key: every
copy of what it sealed, in backups and replicas too, can never be read again.
"""

import hmac
import os
from functools import lru_cache
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from reviewapp.kernel.refusals import Refused

_FORMAT = b"\x01"
_NONCE = 12
_KEY_ID = 4
_WRAPPING = b"reviewapp data key"


class Erased(Refused):
    """This was erased, for good, together with the key that could read it."""


class CannotUnseal(Exception):
    """A sealed value was altered, moved from its column, or sealed under a key not held here."""


def new_key() -> bytes:
    """A fresh data key, wrapped under the first of `settings.FIELD_KEYS`, fit to be stored."""
    return _wrap(AESGCM.generate_key(256))


def rewrap(key: bytes) -> bytes:
    """The same data key wrapped under the first field key: what rotation stores instead.

    Raises `CannotUnseal` where none of the field keys opens it.
    """
    return _wrap(_unwrap(bytes(key)))


def is_wrapped_anew(key: bytes) -> bool:
    """Whether the first field key has wrapped this data key, so that rotation is done with it."""
    return bytes(key)[1 : 1 + _KEY_ID] == _id(settings.FIELD_KEYS[0])


def seal(text: str, *, key: bytes, context: str) -> bytes:
    """`text` under the wrapped data key `key`, bound to its place `context` ("table.column").

    The same text sealed twice differs. Raises `Erased` without a key.
    """
    nonce = os.urandom(_NONCE)
    return _FORMAT + nonce + _cipher(key).encrypt(nonce, text.encode(), context.encode())


def unseal(blob: bytes, *, key: bytes | None, context: str) -> str:
    """What `seal` was given. Raises `Erased` without a key, `CannotUnseal` if anything differs."""
    cipher = _cipher(key)
    blob = bytes(blob)
    if blob[:1] != _FORMAT:
        raise CannotUnseal(f"A value of {context} is not in a known format.")
    try:
        plain = cipher.decrypt(blob[1 : 1 + _NONCE], blob[1 + _NONCE :], context.encode())
    except (InvalidTag, ValueError):
        raise CannotUnseal(f"A value of {context} was altered or belongs elsewhere.") from None
    return plain.decode()


def blind_index(value: str, *, purpose: str) -> bytes:
    """16 bytes by which an encrypted value is found again, per `purpose` (like a column's name).

    Says nothing of the value to those without the field keys; the caller normalises it first.
    """
    return hmac.digest(derived_key(f"blind index {purpose}"), value.encode(), "sha256")[:16]


def pseudonym(value: str) -> str:
    """The name under which another person appears in evidence: `~` and 16 hexadecimal digits.

    One value always has the same one on this installation; it cannot be turned back.
    """
    # Written in hexadecimal because intake makes one or more for every item.
    return "~" + hmac.digest(derived_key("pseudonym"), value.encode(), "sha256")[:8].hex()


def derived_key(purpose: str) -> bytes:
    """A key of 32 bytes for `purpose` alone, that stays the same when field keys are rotated."""
    return _derive(settings.FIELD_KEYS[-1], purpose)


@lru_cache(maxsize=64)
def _derive(field_key: bytes, purpose: str) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=f"reviewapp {purpose}".encode()).derive(field_key)


def _wrap(data_key: bytes) -> bytes:
    field_key = settings.FIELD_KEYS[0]
    nonce = os.urandom(_NONCE)
    return _FORMAT + _id(field_key) + nonce + AESGCM(field_key).encrypt(nonce, data_key, _WRAPPING)


def _unwrap(wrapped: bytes) -> bytes:
    key_id = wrapped[1 : 1 + _KEY_ID]
    nonce = wrapped[1 + _KEY_ID : 1 + _KEY_ID + _NONCE]
    for field_key in settings.FIELD_KEYS:
        if wrapped[:1] == _FORMAT and _id(field_key) == key_id:
            try:
                return AESGCM(field_key).decrypt(nonce, wrapped[1 + _KEY_ID + _NONCE :], _WRAPPING)
            except (InvalidTag, ValueError):
                raise CannotUnseal("A data key was altered.") from None
    raise CannotUnseal("A data key was wrapped under none of FIELD_KEYS.")


def _id(field_key: bytes) -> bytes:
    return sha256(field_key).digest()[:_KEY_ID]


def _cipher(key: bytes | None) -> AESGCM:
    if not key:
        raise Erased
    return _opened(bytes(key))


@lru_cache(maxsize=4096)
def _opened(wrapped: bytes) -> AESGCM:
    return AESGCM(_unwrap(wrapped))
