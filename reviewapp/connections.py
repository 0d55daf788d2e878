"""URLs of other servers, turned into what Django's settings expect."""

from typing import Any
from urllib.parse import parse_qsl, unquote

from reviewapp.environment import split_url, wrong


def database(name: str, url: str, *, pool: int) -> dict[str, Any]:
    """The DATABASES entry for a postgresql:// URL.

    Args:
        name: the variable it came from, to be named when it is wrong.
        url: `postgresql://user:password@host:port/database?sslmode=…`; a `host` in the query is the
            folder of a Unix socket. Other words of the query go to libpq.
        pool: how many connections one process may hold.
    """
    parts = split_url(name, url)
    if parts.scheme not in {"postgresql", "postgres"} or len(parts.path) < 2:
        wrong(name, "postgresql://user:password@host:5432/name")
    options: dict[str, Any] = dict(parse_qsl(parts.query))
    host = options.pop("host", "") or unquote(parts.hostname or "")
    port = options.pop("port", "") or parts.port or ""
    # A pool of none at rest: a command that asks one question opens one connection.
    options["pool"] = {"min_size": 0, "max_size": pool, "timeout": 15}
    options.setdefault("application_name", "reviewapp")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.removeprefix("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(port),
        # A server that was restarted leaves dead connections in the pool: each is tried before use.
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }


def email(name: str, url: str) -> dict[str, Any]:
    """The EMAIL_* settings for `smtp://…`, `smtps://…`, `file:///folder`, `console:` or `memory:`.

    With a folder each mail is added to a file there, instead of being sent.
    """
    parts = split_url(name, url)
    backend = "django.core.mail.backends."
    if parts.scheme == "console":
        return {"EMAIL_BACKEND": backend + "console.EmailBackend"}
    if parts.scheme == "memory":
        return {"EMAIL_BACKEND": backend + "locmem.EmailBackend"}
    if parts.scheme == "file" and len(parts.path) > 1 and not parts.netloc:
        return {
            "EMAIL_BACKEND": backend + "filebased.EmailBackend",
            "EMAIL_FILE_PATH": unquote(parts.path),
        }
    tls = dict(parse_qsl(parts.query)).get("tls", "")
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname or tls not in {"", "starttls"}:
        wrong(name, "smtp://user:password@host:587/?tls=starttls, smtps://…, file:///… or console:")
    return {
        "EMAIL_BACKEND": "reviewapp.kernel.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or (465 if parts.scheme == "smtps" else 587),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_USE_TLS": tls == "starttls",
        "EMAIL_TIMEOUT": 15,
    }


class ReplicaIsReadOnly:
    """Keeps migrations and rows off the replica, which is asked for by name
    (`using("replica")`).
    """

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool | None:
        return False if db == "replica" else None

    def allow_relation(self, one: Any, other: Any, **hints: Any) -> bool | None:
        return True
