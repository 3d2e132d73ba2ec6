"""Half-configured does not start, and says which variable is missing."""

import os
import subprocess
import sys

import pytest

from tests.support.services import ROOT

WHOLE = {
    "SECRET_KEY": "x" * 50,
    "PUBLIC_URL": "https://www.example.com",
    "ALLOWED_HOSTS": "www.example.com",
    "DATABASE_URL": "postgres://app:secret-pw@db:5432/pagetojob",
    "REDIS_URL": "redis://broker:6379/0",
    "EMAIL_URL": "smtp+tls://user:p%40ss@mail.example.com",
}


def load(*, code: str = "import pagetojob.settings as s", **changes: str | None) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    given = {name: value for name, value in (WHOLE | changes).items() if value is not None}
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=kept | given, capture_output=True, text=True, check=False
    )


def test_whole_it_loads() -> None:
    assert load().returncode == 0


@pytest.mark.parametrize("name", WHOLE)
@pytest.mark.parametrize("value", [None, "", "  "])
def test_each_missing_variable_is_named(name: str, value: str | None) -> None:
    result = load(**{name: value})  # type: ignore[arg-type]
    assert result.returncode != 0
    assert f"Set {name} in the environment" in result.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", "short"),
        ("PUBLIC_URL", "www.example.com"),
        ("PUBLIC_URL", "http://www.example.com"),
        ("DATABASE_URL", "sqlite:///x.db"),
        ("DATABASE_URL", "postgres://host-without-name"),
        ("REDIS_URL", "http://broker"),
        ("EMAIL_URL", "mail.example.com"),
        ("DEBUG", "perhaps"),
        ("LOG_LEVEL", "LOUD"),
    ],
)
def test_each_senseless_value_is_named_and_no_secret_shown(name: str, value: str) -> None:
    result = load(**{name: value})
    assert result.returncode != 0
    assert name in result.stderr.splitlines()[-1]
    assert "secret-pw" not in result.stderr


def test_a_password_in_a_mail_address_is_read_whole() -> None:
    code = "import pagetojob.settings as s; print(s.MAILERS['default']['OPTIONS']['password'])"
    assert load(code=code).stdout.strip() == "p@ss"


def test_the_deploy_check_is_clean_with_production_settings() -> None:
    code = (
        "import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'pagetojob.settings'\n"
        "from django.core.management import execute_from_command_line\n"
        "execute_from_command_line(['manage.py', 'check', '--deploy', '--fail-level', 'WARNING'])"
    )
    result = load(code=code, SECRET_KEY="".join(chr(33 + n) for n in range(60)))
    assert result.returncode == 0, result.stderr
