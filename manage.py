#!/usr/bin/env python3
"""Django's command line for PageToJob."""

import base64
import importlib
import os
import secrets
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

#: Commands that work on given files, with their modules. They use no service, so they need no settings and no apps.
ON_FILES = {
    "check_domain": "pagetojob.onboarding.management.commands.check_domain",
    "check_site": "drift.management.commands.check_site",
    "classify_request": "syncqueue.management.commands.classify_request",
    "fetch": "pagetojob.ops.management.commands.fetch",
    "link_files": "attribution.management.commands.link_files",
    "read_page": "drift.management.commands.read_page",
}
WRONG_USE = 2


def on_files(words: list[str]) -> bool:
    return bool(words) and (words[0] in ON_FILES or (words[0] == "check_claims" and "--stdin" in words))


def settings_for_files() -> dict[str, str]:
    """Return required settings with placeholder values that refer to nothing."""
    return {
        "SECRET_KEY": secrets.token_urlsafe(50),
        "VAULT_KEYS": f"none:{base64.b64encode(secrets.token_bytes(32)).decode()}",
        "ALLOWED_HOSTS": "localhost",
        "PUBLIC_URL": "https://localhost",
        "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "EMAIL_URL": "file:///nowhere",
    }


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pagetojob.settings")
    if on_files(sys.argv[1:]) and not {"SECRET_KEY", "SECRET_KEY_FILE"} & os.environ.keys():
        os.environ |= settings_for_files()
    try:
        if sys.argv[1:2] and sys.argv[1] in ON_FILES:
            importlib.import_module(ON_FILES[sys.argv[1]]).Command().run_from_argv(sys.argv)
        else:
            execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.stderr.write(f"{error}\nTo use the instance of `make run`: .venv/bin/python -m pagetojob.local manage …\n")
        sys.exit(WRONG_USE)


if __name__ == "__main__":
    main()
