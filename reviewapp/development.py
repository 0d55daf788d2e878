"""What a development machine is given when the environment says nothing: a platform to ask, and
secrets of its own.

The secrets are made once, kept in the data folder where only its owner can read them, and are the
same for every process that starts from that folder. Nothing here is used with DEBUG off.
"""

import base64
import json
import os
import secrets
from contextlib import suppress
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

_FILE = "secrets.json"
# Where the stand-in platform listens, unless told otherwise, and is asked.
STAND_IN_PORT = 9100


def development_secrets(*, data: Path) -> dict[str, str]:
    """The secrets of the data folder `data`, made on first use.

    Returns:
        environment names (SECRET_KEY, FIELD_KEYS, SEAL_KEY, PLATFORM_SECRETS) with values written
        as the environment would hold them.

    Raises:
        ImproperlyConfigured: the file is there and cannot be read.
    """
    path = data / _FILE
    if not path.exists():
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write_once(path)
    try:
        kept = json.loads(path.read_text())
        return {name: str(kept[name]) for name in _new()}
    except (OSError, ValueError, KeyError, TypeError):
        raise ImproperlyConfigured(
            f"The development secrets in {path} cannot be read: mend the file, or remove the data "
            "folder to start over."
        ) from None


def _new() -> dict[str, str]:
    def key() -> str:
        return base64.b64encode(secrets.token_bytes(32)).decode()

    return {
        "SECRET_KEY": secrets.token_urlsafe(50),
        "FIELD_KEYS": key(),
        "SEAL_KEY": key(),
        "PLATFORM_SECRETS": f"whsec_{key()}",
    }


def _write_once(path: Path) -> None:
    """Write new secrets to `path`, unless somebody already did.

    The file appears under its name whole or not at all. Of two processes starting at once the
    second to link loses, and reads what the first wrote: two sets of field keys would make rows
    unreadable.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            json.dump(_new(), file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()
