"""Secrets in files: NAME_FILE replaces NAME, and no message quotes the content."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.environment import COMPLETE, load_settings

SECRETS = ("SECRET_KEY", "VAULT_KEYS", "DATABASE_URL", "REDIS_URL", "EMAIL_URL")


def in_files(folder: Path) -> dict[str, str | None]:
    changes: dict[str, str | None] = {}
    for name in SECRETS:
        (folder / name).write_text(f"{COMPLETE[name]}\n")
        changes |= {name: None, f"{name}_FILE": str(folder / name)}
    return changes


def test_every_secret_can_be_in_a_file_and_is_then_in_no_environment(tmp_path: Path) -> None:
    code = (
        "import os, pagetojob.settings as s; from pathlib import Path;"
        "print(s.SECRET_KEY, s.VAULT_KEYS, s.DATABASE['PASSWORD'], s.CELERY_BROKER_URL,"
        " s.MAILERS['default']['OPTIONS']['password']);"
        f"print(sorted(set(os.environ) & {set(SECRETS)}), 'secret-pw' in Path('/proc/self/environ').read_text())"
    )
    done = load_settings(code=code, **in_files(tmp_path))
    assert done.stdout.splitlines() == [
        f"{COMPLETE['SECRET_KEY']} {COMPLETE['VAULT_KEYS']} secret-pw redis://broker:6379/0 p@ss",
        "[] False",
    ], done.stderr


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_in_two_places_or_an_unreadable_file_stops_the_start(tmp_path: Path, name: str) -> None:
    (tmp_path / "value").write_text("very-secret-value")
    both = load_settings(**{f"{name}_FILE": str(tmp_path / "value")})
    assert both.returncode and f"Set either {name} or {name}_FILE, not both." in both.stderr
    changes: dict[str, Any] = {name: None, f"{name}_FILE": str(tmp_path / "nothing")}
    missing = load_settings(**changes)
    assert missing.returncode and f"The file that {name}_FILE names cannot be read" in missing.stderr
    assert "very-secret-value" not in both.stderr


def test_an_empty_file_is_an_unset_variable(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n")
    done = load_settings(EMAIL_URL=None, EMAIL_URL_FILE=str(tmp_path / "empty"))
    assert done.returncode and "Set EMAIL_URL in the environment" in done.stderr
