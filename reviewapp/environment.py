"""Typed readers of the process environment, for settings.py.

Each reader takes the name of one variable and answers its value or its default. A value that cannot
be read raises ImproperlyConfigured with a sentence that names the variable and says what is
expected; it never repeats the value, which may be a secret.
"""

import base64
import binascii
import ipaddress
import os
from collections.abc import Sequence
from typing import NoReturn
from urllib.parse import SplitResult, urlsplit

from django.core.exceptions import ImproperlyConfigured

_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"0", "false", "no", "off"}


def wrong(name: str, expected: str) -> NoReturn:
    """Refuse to start: `name` holds something other than `expected`."""
    raise ImproperlyConfigured(f"{name} is wrong: expected {expected}.")


def missing(name: str, expected: str) -> NoReturn:
    """Refuse to start: `name` is not set, and there is no safe value to assume."""
    raise ImproperlyConfigured(
        f"{name} is missing: set it to {expected} (it has no default when DEBUG is off)."
    )


def env_text(name: str, default: str = "") -> str:
    """The variable without surrounding space; an empty one counts as not set."""
    return os.environ.get(name, "").strip() or default


def env_bool(name: str, *, default: bool) -> bool:
    text = env_text(name).lower()
    if not text:
        return default
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    wrong(name, "1 or 0 (also true/false, yes/no, on/off)")


def env_int(name: str, *, default: int, low: int, high: int) -> int:
    text = env_text(name)
    if not text:
        return default
    try:
        number = int(text)
    except ValueError:
        number = low - 1
    if not low <= number <= high:
        wrong(name, f"a whole number from {low} to {high}")
    return number


def env_choice(name: str, *, default: str, among: Sequence[str]) -> str:
    text = env_text(name, default)
    if text not in among:
        wrong(name, "one of " + ", ".join(among))
    return text


def env_list(name: str, default: Sequence[str] = ()) -> list[str]:
    """Comma-separated values, spaces around them dropped."""
    parts = [part.strip() for part in env_text(name).split(",")]
    return [part for part in parts if part] or list(default)


def env_url(name: str, *, schemes: Sequence[str], default: str = "", host: bool = True) -> str:
    """A URL with one of `schemes`; with `host`, one that names a host."""
    text = env_text(name, default)
    if text:
        parts = split_url(name, text)
        if parts.scheme not in schemes or (host and not parts.hostname):
            wrong(name, "a URL beginning with " + " or ".join(f"{each}://" for each in schemes))
    return text


def split_url(name: str, text: str) -> SplitResult:
    """`text` in its parts, with a port that is a number."""
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        wrong(name, "a well-formed URL")
    return parts


def env_networks(name: str) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    """Addresses or networks, such as `10.0.0.0/8,127.0.0.1`."""
    try:
        return [ipaddress.ip_network(each, strict=False) for each in env_list(name)]
    except ValueError:
        wrong(name, "IP addresses or networks, separated by commas, such as 10.0.0.0/8")


def key_from(name: str, text: str) -> bytes:
    """32 bytes written as base64, plain or URL-safe."""
    try:
        key = base64.b64decode(text.replace("-", "+").replace("_", "/"), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != 32:
        wrong(name, "32 bytes in base64, such as `openssl rand -base64 32` prints")
    return key
