"""Settings, read only from environment variables.

A missing or invalid variable stops the process with a message that names it but never quotes it: it may contain a
password. `.env.example` lists every variable with its meaning.
"""

import importlib.util
import logging
import secrets
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.utils.csp import CSP
from environ import Env

from pagetojob.environment import (
    NO_SECRET,
    address,
    comma_list,
    env,
    ip_literal,
    mailer,
    parse_pair,
    require_tls,
    required,
    typed_bool,
    typed_int,
)
from pagetojob.platform.sealing.keyring import KeyRingError, key_ring
from pagetojob.transparency.signing import check_log_keys
from pagetojob.transparency.verify import Invalid, read_key

BASE_DIR = Path(__file__).resolve().parent.parent

DEBUG = typed_bool("DEBUG", default=False)
SECRET_KEY = required("SECRET_KEY", "a random text of at least 50 characters that signs sessions and forms.")
if SECRET_KEY == NO_SECRET:
    SECRET_KEY = secrets.token_urlsafe(50)  # opens nothing that other processes made
if len(SECRET_KEY) < 50 and not DEBUG:
    raise ImproperlyConfigured("SECRET_KEY is shorter than 50 characters; make a longer random one.")
#: Earlier keys during a rotation: they verify and open what they made (docs/how-to/secret-key.md).
SECRET_KEY_FALLBACKS = comma_list(env("SECRET_KEY_FALLBACKS"))
if any(len(key) < 50 for key in SECRET_KEY_FALLBACKS) and not DEBUG:
    raise ImproperlyConfigured("SECRET_KEY_FALLBACKS holds a key shorter than 50 characters; separate keys by commas.")
PUBLIC_URL = required("PUBLIC_URL", "the public URL, such as https://www.example.com.").rstrip("/")
HTTPS = address("PUBLIC_URL", PUBLIC_URL, schemes={"http", "https"}).scheme == "https"
if not (HTTPS or DEBUG):
    raise ImproperlyConfigured("PUBLIC_URL must be https:// unless DEBUG is true.")
ALLOWED_HOSTS = comma_list(required("ALLOWED_HOSTS", "the host names that we serve, separated by commas."))
if "*" in "".join(ALLOWED_HOSTS) and not DEBUG:
    raise ImproperlyConfigured("ALLOWED_HOSTS must list host names; .example.com matches a domain and its subdomains.")
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]

INSTALLED_APPS = [
    "pagetojob.ops",  # first, because its commands override Django's
    "pagetojob.ops.pages_admin.PagesAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "drf_spectacular_sidecar",  # static files of Swagger UI
    "pgtrigger",
    "pagetojob.platform.tenants",
    "pagetojob.platform.audit",
    "pagetojob.platform.files",
    "pagetojob.platform.runs",
    "pagetojob.transparency",
    "pagetojob.retention",
    "pagetojob.backups",
    "pagetojob.gates",
    "pagetojob.claims",
    "pagetojob.servicetitan",
    "pagetojob.servicetitan.vault",
    "pagetojob.servicetitan.validation",
    "pagetojob.servicetitan.facts",
    "pagetojob.servicetitan.mirror",
    "pagetojob.importer",
    "pagetojob.titanmap",
    "syncqueue.leads",
    "pagetojob.platform.accounts",
    "syncqueue",
    "syncqueue.notices",
    "drift",
    "attribution",
    "readiness",
    "pagetojob.onboarding",
    "pagetojob.demo",
]

MIDDLEWARE = [
    "pagetojob.platform.middleware.retry_after",
    "pagetojob.platform.tenants.contractor_hosts.route_hosts",
    "django.middleware.security.SecurityMiddleware",
    "pagetojob.platform.middleware.refuse_plain_http",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "pagetojob.platform.middleware.request_id",
    "pagetojob.platform.body_limits.refuse_large_bodies",
    "pagetojob.platform.whole_bodies.RefuseIncompleteBodies",
    "pagetojob.platform.middleware.patience",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "pagetojob.platform.error_pages.explain_refused_methods",
    "readiness.middleware.serve_cached_pages",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "pagetojob.platform.accounts.middleware.log_refused",
    "pagetojob.platform.accounts.middleware.require_second_factor",
    "pagetojob.platform.accounts.time_zone.use_reader_zone",
    "pagetojob.platform.files.middleware.ExplainRefusedFiles",
    "pagetojob.platform.error_pages.ShowMissingPages",
]

#: Pages of the demo website, the drills and the style guide: not in production.
DEMO_PAGES = DEBUG
ROOT_URLCONF = "pagetojob.urls"
#: Routes on the hosts of contractors.
CONTRACTOR_URLCONF = "pagetojob.contractor_urls"
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
                "pagetojob.demo.simulator_label.simulator_label",
                "pagetojob.ops.help.link.help_link",
                "pagetojob.ops.active_alarms.active_alarms",
            ],
            "builtins": ["pagetojob.platform.templatetags.form_pages", "pagetojob.platform.templatetags.times"],
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
if not DEBUG and _database.hostname:
    require_tls(
        "DATABASE_URL",
        _database.hostname,
        encrypted="sslmode=verify-full" in _database.query,
        how="?sslmode=verify-full",
    )
#: Longest waits for a connection, for a network that acknowledges nothing, and in the dispatcher and in quick tasks
#: for a statement (docs/how-to/pool-connections.md).
DATABASE_CONNECT_SECONDS = typed_int("DATABASE_CONNECT_SECONDS", default=2)
DATABASE_NETWORK_SECONDS = typed_int("DATABASE_NETWORK_SECONDS", default=5)
DATABASE_STATEMENT_SECONDS = typed_int("DATABASE_STATEMENT_SECONDS", default=30)
if min(DATABASE_CONNECT_SECONDS, DATABASE_NETWORK_SECONDS, DATABASE_STATEMENT_SECONDS) < 2:
    raise ImproperlyConfigured("DATABASE_CONNECT_SECONDS and its neighbors must be at least 2: 0 would wait forever.")
#: A migration that waits longer for a lock gives up, because visitors wait behind it.
MIGRATION_LOCK_SECONDS = typed_int("MIGRATION_LOCK_SECONDS", default=5)
DATABASE["ENGINE"] = "pagetojob.platform.postgresql"
DATABASE["OPTIONS"] = {
    **DATABASE.get("OPTIONS", {}),
    "connect_timeout": DATABASE_CONNECT_SECONDS,
    "tcp_user_timeout": DATABASE_NETWORK_SECONDS * 1000,
    "application_name": "pagetojob",
}
#: A cursor of the server outlives its transaction, and PgBouncer gives the next transaction to another session.
DATABASE["DISABLE_SERVER_SIDE_CURSORS"] = typed_bool("DISABLE_SERVER_SIDE_CURSORS", default=False)
DATABASES = {"default": {**DATABASE, "CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True}}
# Rendered pages of the readiness pack, plain and compressed: all of the newest version, and some older ones.
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 256}},
}
SESSION_ENGINE = "pagetojob.platform.accounts.sessions"
MESSAGE_STORAGE = "pagetojob.platform.messages.CookieStorage"

# --- People ---------------------------------------------------------------------------------------

AUTH_USER_MODEL = "tenants.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "pagetojob.platform.accounts.strength.StrengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
LOGIN_URL = "core:sign-in"
LOGIN_REDIRECT_URL = "core:home"
LOGOUT_REDIRECT_URL = "core:home"
#: A session ends after SESSION_IDLE without use, and at most SESSION_COOKIE_AGE seconds after sign-in.
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_IDLE = timedelta(hours=2)
#: A cookie with this prefix belongs to exactly one host and requires HTTPS: no neighboring domain can set it.
COOKIE_PREFIX = "__Host-" if HTTPS else ""
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}session", f"{COOKIE_PREFIX}csrf"
DEVICE_COOKIE_NAME, PASSKEY_COOKIE_NAME = f"{COOKIE_PREFIX}device", f"{COOKIE_PREFIX}passkey"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
#: Users with an operations or staff role need a passkey or an authenticator app before they can open any page.
SECOND_FACTOR_REQUIRED = typed_bool("SECOND_FACTOR_REQUIRED", default=not DEBUG)
if not (SECOND_FACTOR_REQUIRED or DEBUG):
    raise ImproperlyConfigured("SECOND_FACTOR_REQUIRED may be false only while DEBUG is true.")

# --- Transport and headers ------------------------------------------------------------------------

SECURE_SSL_REDIRECT = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
#: Endpoints for programs: over plain HTTP they answer with an error instead of a redirect.
PLAIN_HTTP_REFUSED = [r"^api/", r"^hooks/", r"^ops/(health|metrics)$"]
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^internal/", *PLAIN_HTTP_REFUSED]
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
FILE_UPLOAD_HANDLERS = [
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "pagetojob.platform.uploads.UnnamedFileHandler",
]

# --- Visitor requests -----------------------------------------------------------------------------

#: Number of our proxies in front of the application; each appends its client's address to X-Forwarded-For.
TRUSTED_PROXIES = typed_int("TRUSTED_PROXIES", default=1 if HTTPS else 0)
#: More posts than this from one address to one site per window are marked "too many". None is dropped.
INTAKE_LIMIT = typed_int("INTAKE_LIMIT", default=30)
INTAKE_WINDOW = timedelta(minutes=10)
#: Confirmations sent to one mailbox per day; more requests get none, because anyone can type any address.
CONFIRMATIONS_A_DAY = 5

# --- The webhook inbox ----------------------------------------------------------------------------

#: A process caches a route and its gates this long, so closed gates and retired keys take effect after it.
INBOX_RECHECK_SECONDS = 1.0
#: Keys are cached in memory this long; every load is recorded in the audit log.
INBOX_KEYS_SECONDS = 60.0
#: Response counts are collected in memory this long before they are written.
INBOX_FLUSH_SECONDS = 1.0
#: Unverified requests stored per connection and hour; beyond that, only their number is stored.
INBOX_UNVERIFIED_AN_HOUR = 100
#: The same limit for requests with a valid signature and an unknown type.
INBOX_UNKNOWN_AN_HOUR = 1000
#: Unhandled event types with their own finding, per connection.
INBOX_FINDINGS = 200

# --- Outgoing requests ----------------------------------------------------------------------------

#: Exact origins (scheme, host, port) that may be on this machine or in a private network. Never in production.
LISTED_ORIGINS = comma_list(env("LISTED_ORIGINS"))
for _url in LISTED_ORIGINS:
    _parts = address("LISTED_ORIGINS", _url, schemes={"http", "https"})
    if _parts.path.strip("/") or _parts.query or _parts.username or _parts.password:
        raise ImproperlyConfigured("LISTED_ORIGINS must contain only origins, such as http://localhost:8080.")
if LISTED_ORIGINS and not DEBUG:
    raise ImproperlyConfigured("LISTED_ORIGINS opens private networks, so it must be empty unless DEBUG is true.")

#: Chromium that takes pictures of findings: its path; "off" for none; empty for the one that is installed.
PICTURE_BROWSER = env("PICTURE_BROWSER")

# --- Domains of contractors -----------------------------------------------------------------------

#: Each contractor's website is at SLUG.PUBLIC_SUFFIX, and its own domain leads there. Empty: no domains.
PUBLIC_SUFFIX = env("PUBLIC_SUFFIX").lower().strip(".")
#: Our addresses, for domains that cannot be aliases.
PUBLIC_ADDRESSES = comma_list(env("PUBLIC_ADDRESSES"))
for _text in PUBLIC_ADDRESSES:
    ip_literal("PUBLIC_ADDRESSES", _text)
#: The include of a contractor's SPF record, and its DKIM selectors with the names that they must be aliases of.
MAIL_SPF_INCLUDE = env("MAIL_SPF_INCLUDE").lower().strip(".")
MAIL_DKIM = dict(parse_pair("MAIL_DKIM", text) for text in comma_list(env("MAIL_DKIM")))
#: HOST:PORT of the resolver for domain checks; empty for that of the machine.
DNS_RESOLVER = env("DNS_RESOLVER")
if DNS_RESOLVER and not DNS_RESOLVER.rpartition(":")[2].isdecimal():
    raise ImproperlyConfigured("DNS_RESOLVER must be HOST:PORT, such as 127.0.0.1:53.")

# --- Addresses of the ServiceTitan simulator and of the integration environment: demos and tests only ----------

SERVICETITAN_STANDIN_AUTH_URL = env("SERVICETITAN_STANDIN_AUTH_URL").rstrip("/")
SERVICETITAN_STANDIN_API_URL = env("SERVICETITAN_STANDIN_API_URL").rstrip("/")
#: Instead of the official hosts of the integration environment. All evidence is simulator-grade then.
SERVICETITAN_INTEGRATION_AUTH_URL = env("SERVICETITAN_INTEGRATION_AUTH_URL").rstrip("/")
SERVICETITAN_INTEGRATION_API_URL = env("SERVICETITAN_INTEGRATION_API_URL").rstrip("/")
_ADDRESS_PAIRS = (
    {
        "SERVICETITAN_STANDIN_AUTH_URL": SERVICETITAN_STANDIN_AUTH_URL,
        "SERVICETITAN_STANDIN_API_URL": SERVICETITAN_STANDIN_API_URL,
    },
    {
        "SERVICETITAN_INTEGRATION_AUTH_URL": SERVICETITAN_INTEGRATION_AUTH_URL,
        "SERVICETITAN_INTEGRATION_API_URL": SERVICETITAN_INTEGRATION_API_URL,
    },
)
for _pair in _ADDRESS_PAIRS:
    for _name in filter(_pair.get, _pair):
        address(_name, _pair[_name], schemes={"http", "https"})
        if not DEBUG:
            raise ImproperlyConfigured(
                f"{_name} must be empty unless DEBUG is true: the simulator must not serve customers."
            )
    for _name in _pair if any(_pair.values()) else ():
        required(_name, "the token URL and the API URL are set together, or both are empty.")

# --- The vault ------------------------------------------------------------------------------------

VAULT_KEYS = required("VAULT_KEYS", "the vault keys as id:base64,id:base64; the first one encrypts new secrets.")
#: Ids of keys that are no longer accepted, even if secrets are still sealed with them.
VAULT_RETIRED_KEYS = env("VAULT_RETIRED_KEYS")
try:
    if VAULT_KEYS != NO_SECRET:
        key_ring(VAULT_KEYS, VAULT_RETIRED_KEYS)
except KeyRingError as _error:
    raise ImproperlyConfigured(f"VAULT_KEYS {_error} See .env.example.") from None

# --- The transparency log -------------------------------------------------------------------------

#: Private keys that sign its checkpoints, only in the worker; empty: nothing is logged. They share the log's name.
LOG_SIGNING_KEYS = env("LOG_SIGNING_KEYS")
#: Public keys of witnesses whose signatures are accepted, separated by commas.
LOG_WITNESS_KEYS = env("LOG_WITNESS_KEYS")
#: Hashes of keys of the log that are no longer trusted, because they leaked.
LOG_REVOKED_KEYS = env("LOG_REVOKED_KEYS")
#: Address and root certificate (PEM) of the timestamp authority that dates its checkpoints; empty: none is dated.
LOG_AUTHORITY_URL = env("LOG_AUTHORITY_URL")
LOG_AUTHORITY_CERTIFICATE = env("LOG_AUTHORITY_CERTIFICATE")
#: Instead of an authority: the folder of a local one, whose dates prove nothing to others.
LOG_LOCAL_AUTHORITY = env("LOG_LOCAL_AUTHORITY")
if LOG_AUTHORITY_URL:
    address("LOG_AUTHORITY_URL", LOG_AUTHORITY_URL, schemes={"https"})
if LOG_LOCAL_AUTHORITY and not DEBUG:
    raise ImproperlyConfigured("LOG_LOCAL_AUTHORITY must be empty unless DEBUG is true: we would date our own log.")
if LOG_AUTHORITY_CERTIFICATE and not (LOG_AUTHORITY_URL or LOG_LOCAL_AUTHORITY):
    raise ImproperlyConfigured("LOG_AUTHORITY_CERTIFICATE needs LOG_AUTHORITY_URL. See .env.example.")
try:
    check_log_keys(LOG_SIGNING_KEYS, LOG_WITNESS_KEYS)
except Invalid as _error:
    raise ImproperlyConfigured(f"LOG_SIGNING_KEYS or LOG_WITNESS_KEYS: {_error}. See .env.example.") from None

# --- Evidence of checks ---------------------------------------------------------------------------

#: Folders of evidence files, which a periodic task imports.
EVIDENCE_FOLDERS = (env("EVIDENCE_FOLDERS") or str(BASE_DIR / "evidence")).split(",")
#: Public keys of the places whose runs count here: those that came with the code, and those of this installation.
_listed = (BASE_DIR / "evidence" / "places.txt").read_text(encoding="utf-8").splitlines()
try:
    EVIDENCE_PLACES = [
        str(read_key(text))
        for text in (*_listed, *comma_list(env("EVIDENCE_PLACES")))
        if text and not text.startswith("#")
    ]
except Invalid as _error:
    raise ImproperlyConfigured(f"EVIDENCE_PLACES: {_error}. See .env.example.") from None

# --- Stored documents -----------------------------------------------------------------------------

#: If true, new documents are encrypted, and the hourly run encrypts old ones. Encrypted ones are always read.
ENCRYPT_DOCUMENTS = typed_bool("ENCRYPT_DOCUMENTS", default=True)

#: Retention of backups in days: until then, a backup may contain what a disconnect destroyed here.
BACKUP_DAYS = typed_int("BACKUP_DAYS", default=35)
#: Folder of the encrypted repository of backups on the database's machine; empty: no backups.
BACKUP_FOLDER = env("BACKUP_FOLDER")

# --- The readiness pack ---------------------------------------------------------------------------

#: A process uses its cached version of the pack this long before it checks for a newer one.
PACK_RECHECK_SECONDS = 1.0

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
#: Limit for the whole SMTP conversation about one message; the mailer's timeout is per response.
MAIL_DEADLINE_SECONDS = 45
MAILERS: dict[str, dict[str, Any]] = {
    "default": mailer(required("EMAIL_URL", "the mail destination: smtp+tls://host:port or file:///folder."))
}
_mail = MAILERS["default"].get("OPTIONS", {})
if not DEBUG and _mail.get("host"):
    require_tls(
        "EMAIL_URL", _mail["host"], encrypted=_mail["use_tls"] or _mail["use_ssl"], how="smtp+tls:// or smtps://"
    )

#: Address to which servers return what they cannot deliver; a part after + names the notice. Empty: our sender address.
BOUNCE_ADDRESS = env("BOUNCE_ADDRESS")
if BOUNCE_ADDRESS and (BOUNCE_ADDRESS.count("@") != 1 or "+" in BOUNCE_ADDRESS):
    raise ImproperlyConfigured("BOUNCE_ADDRESS must be an address without +, such as bounces@pagetojob.example.")

#: Is written to if the database, and so the on-call schedule, is not available.
ALARM_ADDRESS = env("ALARM_ADDRESS")
#: The address for reports of weaknesses, in /.well-known/security.txt; empty: there is no such file.
SECURITY_CONTACT = env("SECURITY_CONTACT")
if SECURITY_CONTACT and not SECURITY_CONTACT.startswith(("mailto:", "https://", "tel:")):
    raise ImproperlyConfigured("SECURITY_CONTACT must start with mailto:, https:// or tel:. See .env.example.")

#: Reach a person at PageToJob for contractors to whom no one is assigned; empty: their contact page names neither.
CONTRACTOR_EMAIL, CONTRACTOR_PHONE = env("CONTRACTOR_EMAIL"), env("CONTRACTOR_PHONE")
if CONTRACTOR_EMAIL and CONTRACTOR_EMAIL.count("@") != 1:
    raise ImproperlyConfigured("CONTRACTOR_EMAIL must be an email address, such as contractors@pagetojob.example.")
if CONTRACTOR_PHONE and not any(map(str.isdecimal, CONTRACTOR_PHONE)):
    raise ImproperlyConfigured("CONTRACTOR_PHONE must be a phone number, such as (602) 555-0190.")

# --- Text messages --------------------------------------------------------------------------------

#: Account and token of Twilio, and the number or messaging service that sends. Empty: no text messages.
TEXT_ACCOUNT, TEXT_FROM = env("TEXT_ACCOUNT"), env("TEXT_FROM")
TEXT_TOKEN = "" if env("TEXT_TOKEN") == NO_SECRET else env("TEXT_TOKEN")
#: Instead of Twilio: the address of our simulator, which sends nothing to any phone.
TEXT_SIMULATOR_URL = env("TEXT_SIMULATOR_URL").rstrip("/")
if TEXT_SIMULATOR_URL:
    address("TEXT_SIMULATOR_URL", TEXT_SIMULATOR_URL, schemes={"http", "https"})
    if not DEBUG:
        raise ImproperlyConfigured("TEXT_SIMULATOR_URL must be empty unless DEBUG is true: it reaches no phone.")

# --- Celery: wake-ups only; state is in PostgreSQL (docs/explanation/how-a-lead-travels.md) -------

CELERY_BROKER_URL = required("REDIS_URL", "redis://host:port/0 of a Redis or Valkey server.")
if CELERY_BROKER_URL != NO_SECRET:
    _broker = address("REDIS_URL", CELERY_BROKER_URL, schemes={"redis", "rediss"})
    if not DEBUG:
        require_tls("REDIS_URL", _broker.hostname or "", encrypted=_broker.scheme == "rediss", how="rediss://")
CELERY_BROKER_TRANSPORT = "pagetojob.broker:Transport"
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
CELERY_TASK_TIME_LIMIT = 90
#: For tasks of the queue `heavy`, which may wait for a PDF (`SECONDS` of pagetojob/platform/pdf.py).
HEAVY_TIME_LIMIT_SECONDS = 200
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_DEFAULT_QUEUE = "work"
CELERY_DB_REUSE_MAX = 10_000
CELERY_TASK_ROUTES = {
    "syncqueue.drain": {"queue": "deliver"},
    "ops.work_runs": {"queue": "heavy"},
    "ops.run_heavy_periodic_task": {"queue": "heavy"},
    "ops.*": {"queue": "work"},
}

# The only value; `spark`, valid in earlier versions, must not be ignored silently.
if env("LINKAGE_ENGINE", default="duckdb").lower() != "duckdb":
    raise ImproperlyConfigured(
        "LINKAGE_ENGINE must be duckdb or unset: Spark was removed. Also remove LINKAGE_SPARK_MASTER, "
        "LINKAGE_SPARK_CONF and LINKAGE_SPARK_FOLDER. To link more tenants at once, run more workers "
        "(docs/explanation/linkage.md)."
    )

#: Tested order: timeout < deadline of one attempt < lease; drain budget + overtime + deadline + settling < hard limit.
LEASE_SECONDS = 60
#: Deadlines of a create call and a lookup, from connecting to the last byte.
SEND_DEADLINE_SECONDS = 30
LOOK_UP_DEADLINE_SECONDS = 10
#: After a send with an unclear outcome: ServiceTitan's request limit is 100 s, and its reads may be stale.
FIRST_LOOK_UP_SECONDS = 120
SECOND_LOOK_UP_SECONDS = 60
DRAIN_BUDGET_SECONDS = 20
#: Time to serve other items while calls started within the budget are pending: slightly longer than one call may take.
DRAIN_OVERTIME_SECONDS = 35
DRAIN_TIME_LIMIT_SECONDS = 115
#: Concurrent bookings per worker process, and sends per second for one account; ServiceTitan's limit is 60.
SENDS_AT_ONCE = typed_int("SENDS_AT_ONCE", default=50)
BOOKINGS_PER_SECOND = typed_int("BOOKINGS_PER_SECOND", default=50)
if not (0 < SENDS_AT_ONCE <= 1000 and 0 < BOOKINGS_PER_SECOND <= 60):
    raise ImproperlyConfigured("SENDS_AT_ONCE must be 1 to 1000, and BOOKINGS_PER_SECOND 1 to 60.")
WAKE_UP_EXPIRES_SECONDS = 15
#: A lead whose business has not been notified by then raises an alarm.
UNTOLD_AFTER_SECONDS = 600

# --- Time, language, logs -------------------------------------------------------------------------

TIME_ZONE = "UTC"
FORMAT_MODULE_PATH = "pagetojob.platform.formats"
USE_I18N = False

#: Folder with each site's public facts for database outages; empty: in memory only.
SITE_FACTS_FOLDER = env("SITE_FACTS_FOLDER")
#: File outside the database for the head of the audit log; empty: no file, which every check reports.
AUDIT_ANCHOR_FILE = env(
    "AUDIT_ANCHOR_FILE", default=str(BASE_DIR / ".local" / "audit" / "anchors.jsonl") if DEBUG else ""
)
#: Folder of this worker host outside the database: what a restore needs (docs/how-to/restore.md).
RECOVERY_FOLDER = env("RECOVERY_FOLDER", default=str(BASE_DIR / ".local" / "recovery") if DEBUG else "")
DEMO_PASSWORD = env("DEMO_PASSWORD", default="")
#: Token with which an external monitor reads /ops/health; empty: only signed-in operators can read it.
OPS_HEALTH_TOKEN = env("OPS_HEALTH_TOKEN")
if OPS_HEALTH_TOKEN and len(OPS_HEALTH_TOKEN) < 32:
    raise ImproperlyConfigured("OPS_HEALTH_TOKEN is shorter than 32 characters; make a longer random one.")
LOG_LEVEL = env("LOG_LEVEL", default="INFO").upper()
if LOG_LEVEL not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
    raise ImproperlyConfigured("LOG_LEVEL must be DEBUG, INFO, WARNING or ERROR.")
#: Address to which traces are sent by OTLP over HTTP; empty: off. Needs the packages of requirements/tracing.txt.
TRACES_URL = env("TRACES_URL")
if TRACES_URL:
    address("TRACES_URL", TRACES_URL, schemes={"http", "https"})
    if importlib.util.find_spec("opentelemetry") is None:
        raise ImproperlyConfigured(
            "TRACES_URL needs the packages of requirements/tracing.txt, which the container images do not have."
        )
# A log line that cannot be written must not be printed raw with its content.
logging.raiseExceptions = DEBUG
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "pagetojob.logs.JsonFormatter"}},
    "filters": {
        "rejected-webhooks": {"()": "pagetojob.logs.HideRejectedWebhooks"},
        "demo-site": {"()": "pagetojob.logs.HideMissingDemoPages"},
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "stream": sys.stderr, "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        # Without Django's own handlers: one of them prints unfiltered paths while DEBUG is on.
        "django": {"handlers": []},
        "django.server": {"handlers": ["stderr"], "propagate": False},
        "django.request": {"filters": ["rejected-webhooks", "demo-site"]},
    },
}
