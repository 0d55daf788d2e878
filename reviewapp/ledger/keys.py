from functools import lru_cache
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings


def sign(head: bytes) -> tuple[bytes, str]:
    """The signature over `head` by the key of `settings.SEAL_KEY`, and that key's id."""
    key = _private(settings.SEAL_KEY)
    return key.sign(head), key_id(_raw(key))


def signature_fits(*, head: bytes, signature: bytes, by: Ed25519PublicKey) -> bool:
    """Whether `signature` is that of key `by` over `head`."""
    try:
        by.verify(signature, head)
    except InvalidSignature:
        return False
    return True


def public_keys() -> dict[str, Ed25519PublicKey]:
    """The keys that a seal may be signed with, by their ids.

    They are the public half of `settings.SEAL_KEY` and, where the setting exists, the 32-byte keys
    of `settings.SEAL_PUBLIC_KEYS`: those that sealed before the present one took over.
    """
    older = getattr(settings, "SEAL_PUBLIC_KEYS", ())
    return {
        key_id(raw): Ed25519PublicKey.from_public_bytes(raw)
        for raw in (*older, _raw(_private(settings.SEAL_KEY)))
    }


def key_id(public: bytes) -> str:
    """What a seal calls its key: the first 8 bytes of the public key's SHA-256, in hexadecimal."""
    return sha256(public).hexdigest()[:16]


def _raw(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes_raw()


@lru_cache(maxsize=4)
def _private(seed: bytes) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(seed)
