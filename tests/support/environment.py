"""A complete production environment, and settings loaded from it in a process of their own."""

import os
import subprocess

from tests.support.forked import run_code
from tests.support.services import ROOT

COMPLETE = {
    "SECRET_KEY": "x" * 50,
    "VAULT_KEYS": "k2:" + "b" * 43 + "=,k1:" + "a" * 43 + "=",
    "PUBLIC_URL": "https://www.example.com",
    "ALLOWED_HOSTS": "www.example.com",
    "DATABASE_URL": "postgres://app:secret-pw@db:5432/pagetojob",
    "REDIS_URL": "redis://broker:6379/0",
    "EMAIL_URL": "smtp+tls://user:p%40ss@mail.example.com",
}


def load_settings(
    *, code: str = "import pagetojob.settings as s", **changes: str | None
) -> subprocess.CompletedProcess[str]:
    """Run `code` with the complete environment and `changes`; None removes a variable."""
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    given = {name: value for name, value in (COMPLETE | changes).items() if value is not None}
    return run_code(code, environment | given, ROOT)
