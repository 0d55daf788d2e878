"""How the product starts, and refuses to: in processes of their own, as an installer meets it."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from reviewapp.connections import database, email
from reviewapp.development import development_secrets

ROOT = Path(__file__).resolve().parent.parent.parent
KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="

COMPLETE = {
    "DEBUG": "0",
    "DATABASE_URL": "postgresql://reviewapp:secret@db.example.org/reviewapp",
    "CELERY_BROKER_URL": "redis://redis.example.org/0",
    "PLATFORM_URL": "https://platform.example.org/hooks",
    "PUBLIC_URL": "https://review.example.org",
    "PLATFORM_SECRETS": f"whsec_{KEY}",
    "SECRET_KEY": "s" * 60,
    "FIELD_KEYS": f"{KEY},{KEY}",
    "SEAL_KEY": KEY,
    "ALLOWED_HOSTS": "review.example.org",
    "EMAIL_URL": "smtp://mail.example.org:587/?tls=starttls",
}

SHOW = """
import json
from django.conf import settings
print(json.dumps({name: getattr(settings, name) for name in %r}, default=str))
"""


def start(
    environment: dict[str, str], *, data: Path, code: str
) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=kept
        | {"DJANGO_SETTINGS_MODULE": "reviewapp.settings", "REVIEWAPP_DATA": str(data)}
        | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def settings_of(environment: dict[str, str], *names: str, data: Path) -> dict[str, object]:
    done = start(environment, data=data, code=SHOW % (names,))
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


class TestWithDebugOff:
    """Everything is set as in production."""

    def test_starts_safely(self, tmp_path: Path) -> None:
        found = settings_of(
            COMPLETE,
            "DEBUG",
            "SECURE_SSL_REDIRECT",
            "SESSION_COOKIE_SECURE",
            "CSRF_COOKIE_SECURE",
            "SECURE_HSTS_SECONDS",
            "ALLOWED_HOSTS",
            data=tmp_path,
        )

        assert found == {
            "DEBUG": False,
            "SECURE_SSL_REDIRECT": True,
            "SESSION_COOKIE_SECURE": True,
            "CSRF_COOKIE_SECURE": True,
            "SECURE_HSTS_SECONDS": 31_536_000,
            "ALLOWED_HOSTS": ["review.example.org"],
        }
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("name", sorted(set(COMPLETE) - {"DEBUG", "DATABASE_URL"}))
    def test_names_what_is_missing(self, tmp_path: Path, name: str) -> None:
        self.refuses(COMPLETE | {name: ""}, says=f"{name} is missing", data=tmp_path)

    def test_names_a_missing_database(self, tmp_path: Path) -> None:
        self.refuses(COMPLETE | {"DATABASE_URL": ""}, says="DATABASE_URL is missing", data=tmp_path)

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("DEBUG", "perhaps"),
            ("DATABASE_URL", "mysql://db/reviewapp"),
            ("DATABASE_URL", "postgresql://db"),
            ("DATABASE_URL", "postgresql://db:port/reviewapp"),
            ("DATABASE_REPLICA_URL", "sqlite:///x"),
            ("DATABASE_POOL", "0"),
            ("DATABASE_POOL", "many"),
            ("CELERY_BROKER_URL", "http://redis"),
            ("PLATFORM_URL", "http://platform.example.org/hooks"),
            ("PLATFORM_URL", "https:///hooks"),
            ("PLATFORM_URL", "https://[oops/"),
            ("PUBLIC_URL", "http://review.example.org"),
            ("PUBLIC_URL", "review.example.org"),
            ("PLATFORM_SECRETS", KEY),
            ("PLATFORM_SECRETS", "whsec_short"),
            ("SECRET_KEY", "short"),
            ("SECRET_KEY", "django-insecure-" + "x" * 60),
            ("FIELD_KEYS", "not base64"),
            ("FIELD_KEYS", f"{KEY},"),
            ("FIELD_KEYS", "MDEyMw=="),
            ("SEAL_KEY", "MDEyMw=="),
            ("ALLOWED_HOSTS", "*"),
            ("EMAIL_URL", "mailto:somebody"),
            ("EMAIL_URL", "smtp://mail.example.org/?tls=perhaps"),
            ("STORAGE_URL", "ftp://files"),
            ("TRUSTED_PROXIES", "10.0.0.0/33"),
            ("TRUSTED_PROXIES", "the proxy"),
            ("METRICS_TOKEN", "short"),
            ("API_RATE", "0"),
            ("LOG_LEVEL", "LOUD"),
        ],
    )
    def test_names_what_is_wrong_and_keeps_it_to_itself(
        self, tmp_path: Path, name: str, value: str
    ) -> None:
        error = self.refuses(COMPLETE | {name: value}, says=f"{name} is wrong", data=tmp_path)

        assert len(value) < 5 or value not in error

    def test_says_so_in_one_line_to_who_runs_a_command(self, tmp_path: Path) -> None:
        done = subprocess.run(
            [sys.executable, "manage.py", "check"],
            cwd=ROOT,
            env=COMPLETE | {"SEAL_KEY": "", "REVIEWAPP_DATA": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

        assert done.returncode == 2
        assert done.stderr.startswith("Configuration: SEAL_KEY is missing")
        assert done.stderr.count("\n") == 1

    def refuses(self, environment: dict[str, str], *, says: str, data: Path) -> str:
        done = start(environment, data=data, code=SHOW % (("DEBUG",),))
        assert done.returncode != 0
        last = done.stderr.strip().splitlines()[-1]
        assert says in last
        return last


class TestADevelopmentMachine:
    @pytest.fixture
    def environment(self) -> dict[str, str]:
        # The embedded PostgreSQL has tests of its own.
        return {"DEBUG": "1", "DATABASE_URL": COMPLETE["DATABASE_URL"]}

    def test_has_secrets_of_its_own_that_stay(
        self, environment: dict[str, str], tmp_path: Path
    ) -> None:
        data = tmp_path / "data"
        names = ("SECRET_KEY", "FIELD_KEYS", "SEAL_KEY", "PLATFORM_SECRETS")

        first = settings_of(environment, *names, data=data)
        second = settings_of(environment, *names, data=data)

        assert first == second
        assert (data / "secrets.json").stat().st_mode & 0o777 == 0o600
        assert data.stat().st_mode & 0o777 == 0o700

    def test_keeps_everything_in_its_data_folder(
        self, environment: dict[str, str], tmp_path: Path
    ) -> None:
        found = settings_of(
            environment,
            "STATIC_ROOT",
            "STORAGES",
            "CELERY_BROKER_TRANSPORT_OPTIONS",
            "CELERY_BEAT_SCHEDULE_FILENAME",
            data=tmp_path,
        )

        assert str(tmp_path) in str(found["STATIC_ROOT"])
        for name in found:
            assert str(ROOT / ".data") not in str(found[name])

    def test_refuses_secrets_it_cannot_read(
        self, environment: dict[str, str], tmp_path: Path
    ) -> None:
        (tmp_path / "secrets.json").write_text("{")

        done = start(environment, data=tmp_path, code=SHOW % (("DEBUG",),))

        assert "development secrets" in done.stderr.strip().splitlines()[-1]


def test_processes_that_start_at_once_get_the_same_secrets(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: development_secrets(data=tmp_path / "data"), range(32)))

    assert all(each == found[0] for each in found)
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["secrets.json"]


class TestADatabaseUrl:
    def test_may_hold_anything_in_its_password(self) -> None:
        found = database("DATABASE_URL", "postgresql://me:p%40ss%2F@h:5433/my%20db", pool=5)

        assert found["PASSWORD"] == "p@ss/"
        assert (found["NAME"], found["HOST"], found["PORT"]) == ("my db", "h", "5433")
        assert found["OPTIONS"]["pool"]["max_size"] == 5

    def test_may_name_a_socket_and_options(self) -> None:
        url = "postgresql://me@/reviewapp?host=/run/postgresql&sslmode=require"
        found = database("DATABASE_URL", url, pool=5)

        assert found["HOST"] == "/run/postgresql"
        assert found["OPTIONS"]["sslmode"] == "require"


class TestAnEmailUrl:
    @pytest.mark.parametrize(
        ("url", "ssl", "tls", "port"),
        [
            ("smtp://mail.example.org", False, False, 587),
            ("smtp://mail.example.org:25/?tls=starttls", False, True, 25),
            ("smtps://me:p%40ss@mail.example.org", True, False, 465),
        ],
    )
    def test_says_how_mail_is_sent(self, url: str, ssl: bool, tls: bool, port: int) -> None:
        found = email("EMAIL_URL", url)

        assert (found["EMAIL_USE_SSL"], found["EMAIL_USE_TLS"]) == (ssl, tls)
        assert (found["EMAIL_HOST"], found["EMAIL_PORT"]) == ("mail.example.org", port)

    def test_may_name_a_folder_to_write_to(self) -> None:
        found = email("EMAIL_URL", "file:///srv/review%20mail")

        assert found["EMAIL_BACKEND"].endswith("filebased.EmailBackend")
        assert found["EMAIL_FILE_PATH"] == "/srv/review mail"

    @pytest.mark.parametrize("url", ["https://mail.example.org", "file:", "file:///", "file://a/b"])
    def test_of_another_kind_is_refused(self, url: str) -> None:
        with pytest.raises(ImproperlyConfigured, match="EMAIL_URL"):
            email("EMAIL_URL", url)
