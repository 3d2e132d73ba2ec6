"""Settings, read from the environment and from nowhere else.

A variable that is missing or makes no sense stops the process with a sentence that names it and never
quotes it: it may hold a password.
`.env.example` lists every variable with its meaning.
"""

import logging
import os
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from django.utils.csp import CSP
from environ import Env

BASE_DIR = Path(__file__).resolve().parent.parent


def env(name: str, *, default: str = "") -> str:
    """The variable as it is. django-environ would take a value with a $ in front for another one's name."""
    return os.environ.get(name, default).strip()


def required(name: str, meaning: str) -> str:
    value = env(name)
    if not value:
        raise ImproperlyConfigured(f"Set {name} in the environment: {meaning} See .env.example.")
    return value


def typed_bool(name: str, *, default: bool) -> bool:
    text = env(name, default=str(default)).lower()
    if text not in {"true", "false", "1", "0", "yes", "no", "on", "off"}:
        raise ImproperlyConfigured(f"{name} must be true or false.")
    return text in {"true", "1", "yes", "on"}


def typed_int(name: str, *, default: int) -> int:
    text = env(name, default=str(default))
    if not (text.isascii() and text.isdecimal() and len(text) < 7):
        raise ImproperlyConfigured(f"{name} must be a whole number, 0 or more.")
    return int(text)


def address(name: str, url: str, *, schemes: set[str], host_needed: bool = True) -> SplitResult:
    """The parts of a URL. The errors of the parser quote pieces of it, so they are not passed on."""
    try:
        parts = urlsplit(url)
        # A password with a bare / ? or # ends the host early: what follows its @ is then in another part.
        whole = "@" not in parts.path + parts.query and not parts.fragment and parts.port != 0
    except ValueError:
        whole = False
    if not whole or parts.scheme not in schemes or (host_needed and not parts.hostname):
        raise ImproperlyConfigured(
            f"{name} must start with {' or '.join(f'{scheme}://' for scheme in sorted(schemes))} and be complete. "
            "In a password write / ? # @ as %2F %3F %23 %40. See .env.example."
        )
    return parts


DEBUG = typed_bool("DEBUG", default=False)
SECRET_KEY = required("SECRET_KEY", "a random text of at least 50 characters that signs sessions and forms.")
if len(SECRET_KEY) < 50 and not DEBUG:
    raise ImproperlyConfigured("SECRET_KEY is shorter than 50 characters; make a longer random one.")
PUBLIC_URL = required("PUBLIC_URL", "the address people type, such as https://www.example.com.").rstrip("/")
HTTPS = address("PUBLIC_URL", PUBLIC_URL, schemes={"http", "https"}).scheme == "https"
if not (HTTPS or DEBUG):
    raise ImproperlyConfigured("PUBLIC_URL must be https:// unless DEBUG is true.")
ALLOWED_HOSTS = [
    host.strip() for host in required("ALLOWED_HOSTS", "the host names we answer to, separated by commas.").split(",")
]
if "*" in "".join(ALLOWED_HOSTS) and not DEBUG:
    raise ImproperlyConfigured("ALLOWED_HOSTS must name hosts; .example.com stands for a domain and all below it.")
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]

INSTALLED_APPS = [
    "pagetojob.desk",  # first, because its commands take the place of Django's
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "pgtrigger",
    "pagetojob.kernel.tenants",
    "pagetojob.kernel.audit",
    "pagetojob.kernel.files",
    "pagetojob.kernel.runs",
    "pagetojob.kernel.gates",
    "pagetojob.kernel.titanmap",
    "pagetojob.kernel.leads",
    "syncqueue",
    "drift",
    "attribution",
    "readiness",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "pagetojob.desk.middleware.request_id",
    "pagetojob.desk.middleware.patience",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "pagetojob.urls"
WSGI_APPLICATION = "pagetojob.wsgi.application"
APPEND_SLASH = False

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
            ],
        },
    },
]

# --- Data -----------------------------------------------------------------------------------------

DATABASE_URL = required("DATABASE_URL", "postgres://user:password@host:port/name of a PostgreSQL 18 server.")
_database = address(
    "DATABASE_URL", DATABASE_URL, schemes={"postgres", "postgresql", "psql", "pgsql"}, host_needed=False
)
if not _database.path.strip("/"):
    raise ImproperlyConfigured("DATABASE_URL must name a database after the host.")
DATABASE: dict[str, Any] = Env.db_url_config(DATABASE_URL)
DATABASE["ENGINE"] = "pagetojob.postgresql"
DATABASE["OPTIONS"] = {
    **DATABASE.get("OPTIONS", {}),
    "connect_timeout": 2,
    "tcp_user_timeout": 5000,
    "application_name": "pagetojob",
}
DATABASES = {"default": {**DATABASE, "CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
SESSION_ENGINE = "django.contrib.sessions.backends.db"
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"

# --- People ---------------------------------------------------------------------------------------

AUTH_USER_MODEL = "tenants.User"
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
LOGIN_URL = "desk:sign-in"
LOGIN_REDIRECT_URL = "desk:home"
LOGOUT_REDIRECT_URL = "desk:home"
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True

# --- Transport and headers ------------------------------------------------------------------------

SECURE_SSL_REDIRECT = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_CSP = {
    "default-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],
    "object-src": [CSP.NONE],
    "base-uri": [CSP.NONE],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_048_576

# --- The visitors' door ---------------------------------------------------------------------------

#: How many proxies of ours stand in front; each adds the address it was asked by to X-Forwarded-For.
TRUSTED_PROXIES = typed_int("TRUSTED_PROXIES", default=1 if HTTPS else 0)
#: More posts than this from one address to one site in one window are marked "too many". None is dropped.
INTAKE_LIMIT = typed_int("INTAKE_LIMIT", default=30)
INTAKE_WINDOW = timedelta(minutes=10)
#: More requests than this a day that name one mailbox bring it no further confirmation: anybody can type an address.
CONFIRMATIONS_A_DAY = 5

# --- Static files ---------------------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / ".static"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = DEBUG
STORAGES = {
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
}

# --- Mail -----------------------------------------------------------------------------------------

DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="PageToJob <no-reply@pagetojob.example>")
SMTP_TIMEOUT_SECONDS = 30
#: For the whole conversation about one message, since the time-out above is per answer.
MAIL_DEADLINE_SECONDS = 45


def mailer(url: str) -> dict[str, Any]:
    """One MAILERS entry from file:///folder or smtp://user:password@host:port (smtps, smtp+tls)."""
    file = url.startswith("file:")
    parts = address("EMAIL_URL", url, schemes={"file", "smtp", "smtps", "smtp+tls"}, host_needed=not file)
    if file and parts.path:
        return {
            "BACKEND": "pagetojob.kernel.gateway.mail.FolderBackend",
            "OPTIONS": {"folder": unquote(parts.path)},
        }
    if file or parts.path.strip("/") or parts.query:
        raise ImproperlyConfigured("EMAIL_URL must be file:///folder or end after host and port.")
    return {
        "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "OPTIONS": {
            "host": parts.hostname,
            "port": parts.port or {"smtps": 465, "smtp+tls": 587}.get(parts.scheme, 25),
            "username": unquote(parts.username or ""),
            "password": unquote(parts.password or ""),
            "use_ssl": parts.scheme == "smtps",
            "use_tls": parts.scheme == "smtp+tls",
            "timeout": SMTP_TIMEOUT_SECONDS,
        },
    }


MAILERS: dict[str, dict[str, Any]] = {
    "default": mailer(required("EMAIL_URL", "where mail goes: smtp://host:port or file:///folder."))
}

# --- Celery: nudges only, the rows are the truth (docs/explanation/how-a-lead-travels.md) ----------

CELERY_BROKER_URL = required("REDIS_URL", "redis://host:port/0 of a Redis or Valkey server.")
address("REDIS_URL", CELERY_BROKER_URL, schemes={"redis", "rediss"})
QUEUE_PREFIX = env("QUEUE_PREFIX", default="ptj:")
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "global_keyprefix": QUEUE_PREFIX,
    "socket_timeout": 3,
    "socket_connect_timeout": 2,
    "visibility_timeout": 3600,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_STORE_ERRORS_EVEN_IF_IGNORED = False
CELERY_TASK_TIME_LIMIT = 90
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_DEFAULT_QUEUE = "work"
CELERY_DB_REUSE_MAX = 10_000
CELERY_TASK_ROUTES = {
    "syncqueue.drain": {"queue": "deliver"},
    "desk.work_runs": {"queue": "heavy"},
    "desk.*": {"queue": "work"},
}

#: Tested order: time-out < deadline of one try < lease; drain budget + deadline + settling < hard limit.
LEASE_SECONDS = 60
DRAIN_BUDGET_SECONDS = 20
NUDGE_EXPIRES_SECONDS = 15
#: A business that has not been told of a lead by then is an alarm.
UNTOLD_AFTER_SECONDS = 600

# --- Time, language, logs -------------------------------------------------------------------------

TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = False
LANGUAGE_CODE = "en-us"

#: Where the public facts of each site are kept for when the database is away; empty: in memory only.
SITE_FACTS_FOLDER = env("SITE_FACTS_FOLDER")
DEMO_PASSWORD = env("DEMO_PASSWORD", default="")
#: What an outside monitor shows to read /ops/health; empty: only signed-in operators read it.
OPS_HEALTH_TOKEN = env("OPS_HEALTH_TOKEN")
if OPS_HEALTH_TOKEN and len(OPS_HEALTH_TOKEN) < 32:
    raise ImproperlyConfigured("OPS_HEALTH_TOKEN is shorter than 32 characters; make a longer random one.")
LOG_LEVEL = env("LOG_LEVEL", default="INFO").upper()
if LOG_LEVEL not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
    raise ImproperlyConfigured("LOG_LEVEL must be DEBUG, INFO, WARNING or ERROR.")
# A line that cannot be written must not be printed raw, with what it was about to say.
logging.raiseExceptions = DEBUG
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "pagetojob.logs.JsonFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "stream": sys.stderr, "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {"django.server": {"handlers": ["stderr"], "propagate": False}},
}
