"""The settings: read from the environment, one variable at a time.

With neither DATABASE_URL nor DEBUG set this is a development machine: it brings its own PostgreSQL,
broker and secrets, under a data folder that git ignores. With DEBUG off nothing insecure has a
default, and a value that is missing or wrong stops the start with a sentence that names it.
"""

from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from reviewapp.connections import database, email
from reviewapp.development import STAND_IN_PORT, development_secrets
from reviewapp.environment import (
    env_bool,
    env_choice,
    env_int,
    env_list,
    env_networks,
    env_text,
    env_url,
    key_from,
    missing,
    split_url,
    wrong,
)

BASE_DIR = Path(__file__).resolve().parent.parent
DATA = Path(env_text("REVIEWAPP_DATA") or BASE_DIR / ".data").resolve()

DEBUG = env_bool("DEBUG", default=not env_text("DATABASE_URL"))
_development = development_secrets(data=DATA) if DEBUG else {}


def _secret(name: str, expected: str) -> str:
    """A secret from the environment; with DEBUG on, else the data folder's own."""
    return env_text(name) or _development.get(name) or missing(name, expected)


# Secrets. Each list is in order of use: the first signs or encrypts, all are accepted.

SECRET_KEY, *SECRET_KEY_FALLBACKS = _secret(
    "SECRET_KEY", "at least 50 random characters; former keys may follow after commas"
).split(",")
if len(SECRET_KEY) < 50 or "django-insecure" in SECRET_KEY:
    wrong("SECRET_KEY", "at least 50 random characters")

FIELD_KEYS = [
    key_from("FIELD_KEYS", each.strip())
    for each in _secret("FIELD_KEYS", "32-byte keys in base64, newest first").split(",")
]
SEAL_KEY = key_from("SEAL_KEY", _secret("SEAL_KEY", "an Ed25519 seed of 32 bytes in base64"))
# The public halves of former seal keys: what they signed stays valid.
SEAL_PUBLIC_KEYS = [key_from("SEAL_PUBLIC_KEYS", each) for each in env_list("SEAL_PUBLIC_KEYS")]

PLATFORM_SECRETS = [
    each.strip()
    for each in _secret(
        "PLATFORM_SECRETS", "Standard Webhooks secrets (whsec_…), newest first"
    ).split(",")
]
for _each in PLATFORM_SECRETS:
    if not _each.startswith("whsec_"):
        wrong("PLATFORM_SECRETS", "secrets that begin with whsec_, separated by commas")
    key_from("PLATFORM_SECRETS", _each.removeprefix("whsec_"))

# Where the platform takes what was decided. A development machine asks the stand-in platform.

PLATFORM_URL = env_url(
    "PLATFORM_URL",
    schemes=["https", "http"] if DEBUG else ["https"],
    default=f"http://127.0.0.1:{STAND_IN_PORT}/" if DEBUG else "",
) or missing("PLATFORM_URL", "the https:// address that takes enforcement requests")

# Where the people concerned reach this server: links in what they are told begin so.
PUBLIC_URL = (
    env_url(
        "PUBLIC_URL",
        schemes=["https", "http"] if DEBUG else ["https"],
        default="http://localhost:8000" if DEBUG else "",
    )
    or missing("PUBLIC_URL", "the https:// address under which people reach the public pages")
).rstrip("/")

# The application.

INSTALLED_APPS = [
    "reviewapp.apps.FrameConfig",
    "reviewapp.reports.apps.ReportsConfig",
    "appeals",
    "cases",
    "reviewapp.web.apps.WebConfig",
    "reviewapp.staff.apps.StaffConfig",
    "reviewapp.ledger",
    "reviewapp.staff.apps.ConfigurationPages",
    "allauth",
    "allauth.account",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_filters",
    "django_htmx",
    "heroicons",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]

MIDDLEWARE = [
    "reviewapp.web.proxies.TrustedProxies",
    "reviewapp.web.request_id.RequestId",
    "django.middleware.security.SecurityMiddleware",
    "reviewapp.web.compression.CompressedPages",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "reviewapp.web.headers.CarefulHeaders",
    "reviewapp.web.unreadable.RefuseNul",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    # Inside of what says how long an answer is.
    "reviewapp.web.direction.OwnDirection",
]

# Measuring every request costs a little, so it is done only where somebody may read the figures.
METRICS_TOKEN = env_text("METRICS_TOKEN")
if METRICS_TOKEN:
    if len(METRICS_TOKEN) < 16:
        wrong("METRICS_TOKEN", "at least 16 characters")
    INSTALLED_APPS.append("django_prometheus")
    MIDDLEWARE = [
        "django_prometheus.middleware.PrometheusBeforeMiddleware",
        *MIDDLEWARE,
        "django_prometheus.middleware.PrometheusAfterMiddleware",
    ]

ROOT_URLCONF = "reviewapp.urls"
WSGI_APPLICATION = "reviewapp.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "reviewapp.web.navigation.navigation",
                "cases.views.holding.held",
                "appeals.desk.holding.held",
                "cases.views.withdrawal.undo",
                "cases.views.preferences.breaks",
            ],
            "libraries": {"words": "appeals.portal.tags"},
        },
    }
]

# The database. Connections are pooled: threads of a web server come and go, and a connection kept
# by each of them would outlive its use.

_pool = env_int("DATABASE_POOL", default=20, low=1, high=500)


def _database_url() -> str:
    named = env_text("DATABASE_URL")
    if named:
        return named
    if not DEBUG:
        missing("DATABASE_URL", "postgresql://user:password@host:5432/name")
    from reviewapp.embedded import EmbeddedRefused, postgres_url

    try:
        return postgres_url(data=DATA)
    except EmbeddedRefused as refusal:
        raise ImproperlyConfigured(f"DATABASE_URL is not set, and {refusal}") from refusal


_default = database("DATABASE_URL", _database_url(), pool=_pool)
_replica_url = env_text("DATABASE_REPLICA_URL")
DATABASES: dict[str, dict[str, Any]] = {
    "default": _default,
    # Reports and exports read here. Without a replica of its own it is the same database.
    "replica": {
        **(
            database("DATABASE_REPLICA_URL", _replica_url, pool=_pool) if _replica_url else _default
        ),
        "TEST": {"MIRROR": "default"},
    },
}
DATABASE_ROUTERS = ["reviewapp.connections.ReplicaIsReadOnly"]

# Shared between processes without another service.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
        "OPTIONS": {"MAX_ENTRIES": 20_000},
    }
}

# The broker only carries nudges: what they announce is in the database, and a sweep finds what a
# lost nudge left behind.


def _broker() -> dict[str, Any]:
    named = env_url(
        "CELERY_BROKER_URL",
        schemes=["redis", "rediss", "amqp", "amqps", "filesystem", "memory"],
        host=False,
    )
    if named:
        return {"broker_url": named, "broker_transport_options": {}}
    if not DEBUG:
        missing("CELERY_BROKER_URL", "redis://host:6379/0 or amqp://user:password@host//")
    from reviewapp.embedded.broker import broker_settings

    return broker_settings(data=DATA)


for _name, _value in _broker().items():
    globals()[f"CELERY_{_name.upper()}"] = _value

# Seconds between runs. Each entry expires before its next run, so that a worker which was away does
# not come back to a pile of the same sweep.
_EVERY = {
    "ledger.seal": 1.0,
    "cases.deliver_due": 2.0,
    "appeals.send_codes": 2.0,
    "cases.run_bulks": 2.0,
    "cases.rearrange": 2.0,
    "appeals.deliver_letters": 2.0,
    "appeals.send_mail": 2.0,
    "appeals.warn": 30.0,
    "cases.lift_expired": 2.0,
    "cases.lapse_claims": 15.0,
    "appeals.acknowledge": 10.0,
    "appeals.lapse_holds": 15.0,
    "appeals.end_waits": 60.0,
    "appeals.note_reversals": 60.0,
    "cases.wake": 15.0,
    "cases.sweep_presence": 600.0,
    "ledger.ensure_partitions": 86_400.0,
    "cases.ensure_partitions": 86_400.0,
    "appeals.forget_challenges": 3_600.0,
    "appeals.forget_reminders": 86_400.0,
    "appeals.tally_clocks": 3_600.0,
    "appeals.sweep_files": 86_400.0,
    "web.forget_expired": 3_600.0,
}
CELERY_BEAT_SCHEDULE = {
    name: {"task": name, "schedule": every, "options": {"expires": max(every, 5.0)}}
    for name, every in _EVERY.items()
}
# Sealing has a queue and a worker of its own: a platform that hangs must not hold up the ledger.
# So has mail, which a slow mail server must not let stand before what is asked of the platform.
CELERY_TASK_ROUTES = {
    "ledger.*": {"queue": "ledger"},
    "appeals.send_mail": {"queue": "mail"},
}
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA / "beat")

# People: they are made by an administrator, sign in with e-mail and password, and are signed out
# twelve hours later at the latest.

AUTH_USER_MODEL = "staff.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["email", "name"]},
    },
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
PASSWORD_RESET_TIMEOUT = 60 * 60

ACCOUNT_ADAPTER = "reviewapp.staff.signing_in.SignIn"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip,5/5m/key", "reset_password": "20/m/ip,3/5m/key"}

SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_SAMESITE = "Lax"

# Deciding: for how many seconds a decision can be withdrawn as if it had never been, and from how
# many cases on a bulk needs a second person.

UNDO_SECONDS = env_int("UNDO_SECONDS", default=30, low=0, high=600)
BULK_APPROVAL_SIZE = env_int("BULK_APPROVAL_SIZE", default=25, low=1, high=100_000)

# The transport. Behind TRUSTED_PROXIES the address and the scheme of a request are what they say.

ALLOWED_HOSTS = env_list("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"] if DEBUG else [])
if not ALLOWED_HOSTS:
    missing("ALLOWED_HOSTS", "the host names people reach this server by, separated by commas")
if "*" in ALLOWED_HOSTS and not DEBUG:
    wrong("ALLOWED_HOSTS", "host names, not *")
TRUSTED_PROXIES = env_networks("TRUSTED_PROXIES")
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

SECURE_SSL_REDIRECT = not DEBUG
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_HSTS_SECONDS = 0 if DEBUG else 365 * 24 * 60 * 60
SECURE_HSTS_INCLUDE_SUBDOMAINS = not DEBUG
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not DEBUG
X_FRAME_OPTIONS = "DENY"

# No inline script, no inline style, nothing from another site: see `web/headers.py` for the rest.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
    }
}

# Mail and files.

_email = (
    env_text("EMAIL_URL")
    or ("console:" if DEBUG else "")
    or missing("EMAIL_URL", "smtp://user:password@host:587/?tls=starttls")
)
globals().update(email("EMAIL_URL", _email))
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env_text("EMAIL_FROM", "reviewapp@localhost")
# Where people's answers come in.
EMAIL_REPLY_TO = env_text("EMAIL_REPLY_TO") or DEFAULT_FROM_EMAIL

_storage = env_url("STORAGE_URL", schemes=["file"], default=f"file://{DATA}/storage", host=False)
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": split_url("STORAGE_URL", _storage).path},
    },
    "staticfiles": {
        "BACKEND": "reviewapp.web.assets.FingerprintedFiles"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
STATIC_URL = "/static/"
STATIC_ROOT = DATA / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "reviewapp.web.assets.OwnFiles",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
]
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = DEBUG
# Addresses change with what they lead to, so a browser need not ask again on every page.
WHITENOISE_MAX_AGE = 24 * 60 * 60

# Words and clocks.

LANGUAGE_CODE = "en"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# Doors for machines: `web/api.py`.

API_MAX_BODY = 16 * 1024 * 1024
API_RATE = env_int("API_RATE", default=6000, low=1, high=1_000_000)
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["reviewapp.web.authentication.KeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["reviewapp.web.authentication.HasScopes"],
    "DEFAULT_THROTTLE_CLASSES": ["reviewapp.web.throttling.PerKey"],
    "DEFAULT_RENDERER_CLASSES": ["reviewapp.web.rendering.Json"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "reviewapp.web.problems.answer",
    "UNAUTHENTICATED_USER": None,
    "UNAUTHENTICATED_TOKEN": None,
    "URL_FORMAT_OVERRIDE": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Case review API",
    "DESCRIPTION": "Accounts, evidence and detections in; cases, decisions and labels out.",
    "VERSION": "1",
    "SERVERS": [{"url": "/", "description": "This host"}],
    # Structs are described in its JSON Schema dialect, where null is a type.
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": ["reviewapp.web.schema.describe_problems"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "persistAuthorization": False},
}

# What is said on standard error: one line an event; a JSON object with DEBUG off. Neither e-mail
# addresses nor bodies nor query strings are logged.

LOG_LEVEL = env_choice(
    "LOG_LEVEL", default="INFO", among=["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"()": "reviewapp.web.logs.Line"},
        "json": {"()": "reviewapp.web.logs.JsonLine"},
    },
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "line" if DEBUG else "json"},
    },
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        "django": {"handlers": [], "level": LOG_LEVEL, "propagate": True},
        # runserver's access lines hold query strings.
        # Every call to the platform is an attempt in the database already.
        "httpx": {"handlers": [], "level": "WARNING", "propagate": True},
        "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
    },
}
# Nobody is mailed tracebacks: they hold local variables.
ADMINS: list[tuple[str, str]] = []
SILENCED_SYSTEM_CHECKS: list[str] = []
