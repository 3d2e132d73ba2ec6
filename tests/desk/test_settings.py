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
        ("PUBLIC_URL", "https://[bad"),
        ("PUBLIC_URL", "https://www.example.com:hunter2"),
        ("ALLOWED_HOSTS", "*"),
        ("ALLOWED_HOSTS", "www.example.com, *"),
        ("DATABASE_URL", "postgres://app:hunter2/x@db:5432/pagetojob"),
        ("DATABASE_URL", "postgres://app:5432/hunter2@db:5432/pagetojob"),
        ("DATABASE_URL", "postgres://app:hunter2#x@db:5432/pagetojob"),
        ("DATABASE_URL", "postgres://app:hunter2?x@db:5432/pagetojob"),
        ("DATABASE_URL", "postgres://app:hunter2@[db/pagetojob"),
        ("DATABASE_URL", "postgres://app:hunter2@db:99999/pagetojob"),
        ("DATABASE_URL", "//app:hunter2@db/pagetojob"),
        ("DATABASE_URL", "sqlite://app:hunter2@db/pagetojob"),
        ("REDIS_URL", "redis://:hunter2/x@broker:6379/0"),
        ("REDIS_URL", "redis://:6379/hunter2@broker:6379/0"),
        ("REDIS_URL", "redis://[hunter2"),
        ("EMAIL_URL", "smtp://user:hunter2/x@host"),
        ("EMAIL_URL", "smtp://user:25/hunter2@host"),
        ("EMAIL_URL", "smtp://user:25#hunter2@host"),
        ("EMAIL_URL", "smtp://user:hunter2@[host"),
        ("EMAIL_URL", "smtp://host/hunter2"),
        ("EMAIL_URL", "file:"),
        ("DEBUG", "hunter2"),
        ("TRUSTED_PROXIES", "hunter2"),
        ("TRUSTED_PROXIES", "-1"),
        ("INTAKE_LIMIT", "²"),
        ("LOG_LEVEL", "LOUD"),
    ],
)
def test_each_senseless_value_is_named_and_no_secret_shown(name: str, value: str) -> None:
    result = load(**{name: value})
    assert result.returncode != 0
    assert result.stderr.splitlines()[-1].startswith(f"django.core.exceptions.ImproperlyConfigured: {name} ")
    assert not [secret for secret in (WHOLE["SECRET_KEY"], "secret-pw", "hunter2", "p%40ss") if secret in result.stderr]


def test_a_value_that_starts_with_a_dollar_is_taken_as_it_is() -> None:
    key = "$" + "k" * 50
    result = load(code="import pagetojob.settings as s; print(s.SECRET_KEY)", SECRET_KEY=key)
    assert result.stdout.strip() == key


def test_any_host_will_do_on_a_developer_s_machine_only() -> None:
    assert load(ALLOWED_HOSTS="*", DEBUG="true").returncode == 0


def test_a_line_that_cannot_be_logged_is_not_printed_raw() -> None:
    code = (
        "import logging.config, pagetojob.settings as s\n"
        "logging.config.dictConfig(s.LOGGING)\n"
        "logging.getLogger('x').error('%d', 'Jamie Rivera')"
    )
    assert load(code=code).stderr == ""


def test_a_database_address_is_read_whole() -> None:
    code = "from pagetojob.settings import DATABASE as d; print(*map(d.get, 'USER PASSWORD HOST PORT NAME'.split()))"
    result = load(code=code, DATABASE_URL="postgres://app:p%2F%40%23ss@db:5433/pagetojob")
    assert result.stdout.strip() == "app p/@#ss db 5433 pagetojob"


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
