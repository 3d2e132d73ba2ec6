"""Typed reads of environment variables. Raises ImproperlyConfigured for invalid values.

The message names the variable and never quotes its value, which may be a password.
"""

import os
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

SMTP_TIMEOUT_SECONDS = 30
#: Value of a secret that this process does not have, because it does not use it (docs/how-to/deploy.md).
NO_SECRET = "none"  # noqa: S105 - the absence of a secret


#: In production, `NAME_FILE` names a file with the value, so that no environment, process list or crash report has it.
SECRETS = frozenset(
    {
        *("SECRET_KEY", "SECRET_KEY_FALLBACKS", "VAULT_KEYS", "DATABASE_URL", "REDIS_URL", "EMAIL_URL"),
        *(
            "BACKUP_CIPHER_KEY",
            "LOG_SIGNING_KEYS",
            "OPS_HEALTH_TOKEN",
            "TEXT_TOKEN",
            "PAGETOJOB_ADMIN_URL",
            "PAGETOJOB_OWNER_PASSWORD",
            "PAGETOJOB_APP_PASSWORD",
        ),
    }
)


def env(name: str, *, default: str = "") -> str:
    """Return the variable, or for a secret the content of the file that `NAME_FILE` names, without outer whitespace.

    The value is unchanged otherwise. django-environ would treat one that starts with $ as a reference.
    """
    file = os.environ.get(f"{name}_FILE", "") if name in SECRETS else ""
    if not file:
        return os.environ.get(name, default).strip()
    if name in os.environ:
        raise ImproperlyConfigured(f"Set either {name} or {name}_FILE, not both.")
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        raise ImproperlyConfigured(f"The file that {name}_FILE names cannot be read as text.") from None


def required(name: str, meaning: str) -> str:
    value = env(name)
    if not value:
        raise ImproperlyConfigured(f"Set {name} in the environment: {meaning} See .env.example.")
    return value


def comma_list(text: str) -> list[str]:
    """Return the parts of a text that lists them, separated by commas, without empty ones."""
    return [part.strip() for part in text.split(",") if part.strip()]


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


def ip_literal(name: str, text: str) -> None:
    """Raise ImproperlyConfigured unless the text is an IP address."""
    try:
        ip_address(text)
    except ValueError:
        raise ImproperlyConfigured(f"{name} must list IP addresses, separated by commas.") from None


def parse_pair(name: str, text: str) -> tuple[str, str]:
    """Return key and value of `key=value`."""
    key, equals, value = (part.strip() for part in text.partition("="))
    if not (key and equals and value):
        raise ImproperlyConfigured(f"{name} must list pairs such as selector=name, separated by commas.")
    return key, value


def address(name: str, url: str, *, schemes: set[str], host_needed: bool = True) -> SplitResult:
    """Return the parts of a URL. The parser's errors quote the URL, so they are not passed on."""
    try:
        parts = urlsplit(url)
        # A bare / ? or # in a password ends the host early, and the text after its @ is then in another part.
        whole = "@" not in parts.path + parts.query and not parts.fragment and parts.port != 0
    except ValueError:
        whole = False
    if not whole or parts.scheme not in schemes or (host_needed and not parts.hostname):
        raise ImproperlyConfigured(
            f"{name} must start with {' or '.join(f'{scheme}://' for scheme in sorted(schemes))} and be complete. "
            "In a password, write / ? # @ as %2F %3F %23 %40. See .env.example."
        )
    return parts


def require_tls(name: str, host: str, *, encrypted: bool, how: str) -> None:
    """Raise ImproperlyConfigured for an unencrypted connection that leaves this machine and its private network.

    A name without a dot is a container or a machine of the same network.
    """
    try:
        is_local = ip_address(host).is_private
    except ValueError:
        is_local = "." not in host
    if not (encrypted or is_local):
        raise ImproperlyConfigured(f"{name} names a server outside the private network, so it must use TLS: {how}.")


def mailer(url: str) -> dict[str, Any]:
    """Return one MAILERS entry from file:///folder or smtp://user:password@host:port (smtps, smtp+tls)."""
    if url == NO_SECRET:
        return {"BACKEND": "pagetojob.platform.outbound.mail.NoBackend"}
    file = url.startswith("file:")
    parts = address("EMAIL_URL", url, schemes={"file", "smtp", "smtps", "smtp+tls"}, host_needed=not file)
    if file and parts.path:
        return {
            "BACKEND": "pagetojob.platform.outbound.mail.FolderBackend",
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
