"""An incomplete configuration does not start, and the error names the missing variable."""

from pathlib import Path

import pytest

from pagetojob.local.private import stored_vault_key
from pagetojob.platform.sealing.keyring import key_ring
from tests.support.environment import COMPLETE, load_settings


def test_whole_it_loads() -> None:
    assert load_settings().returncode == 0


@pytest.mark.parametrize("name", COMPLETE)
@pytest.mark.parametrize("value", [None, "", "  "])
def test_each_missing_variable_is_named(name: str, value: str | None) -> None:
    result = load_settings(**{name: value})  # type: ignore[arg-type]
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
        ("EMAIL_URL", "smtp://user:hunter2@mail.example.com:25"),
        ("DATABASE_URL", "postgres://app:hunter2@db.example.com/pagetojob"),
        ("DATABASE_URL", "postgres://app:hunter2@8.8.4.4/pagetojob?sslmode=prefer"),
        ("REDIS_URL", "redis://:hunter2@8.8.8.8:6379/0"),
        ("SECRET_KEY_FALLBACKS", "hunter2"),
        ("DEBUG", "hunter2"),
        ("TRUSTED_PROXIES", "hunter2"),
        ("TRUSTED_PROXIES", "-1"),
        ("INTAKE_LIMIT", "²"),
        ("LOG_LEVEL", "LOUD"),
        ("VAULT_KEYS", "hunter2"),
        ("VAULT_KEYS", "k1:hunter2"),
        ("VAULT_KEYS", "K 1:" + "a" * 43 + "="),
        ("VAULT_KEYS", "k1:" + "a" * 43 + "=,k1:" + "b" * 43 + "="),
        ("VAULT_KEYS", "k1:" + "a" * 43 + "=,hunter2"),
        ("VAULT_KEYS", ","),
        ("BACKUP_DAYS", "hunter2"),
        ("ENCRYPT_DOCUMENTS", "hunter2"),
        ("SERVICETITAN_STANDIN_AUTH_URL", "http://127.0.0.1:9000"),
        ("SERVICETITAN_STANDIN_API_URL", "https://standin.example.com"),
        ("SERVICETITAN_STANDIN_API_URL", "ftp://hunter2"),
        ("SERVICETITAN_INTEGRATION_AUTH_URL", "https://auth-integration.servicetitan.io"),
        ("SERVICETITAN_INTEGRATION_API_URL", "http://127.0.0.1:9000"),
        ("LISTED_ORIGINS", "http://localhost:8080"),
        ("LISTED_ORIGINS", "hunter2"),
    ],
)
def test_each_senseless_value_is_named_and_no_secret_shown(name: str, value: str) -> None:
    result = load_settings(**{name: value})
    assert result.returncode != 0
    assert result.stderr.splitlines()[-1].startswith(f"django.core.exceptions.ImproperlyConfigured: {name} ")
    assert not [
        secret for secret in (COMPLETE["SECRET_KEY"], "secret-pw", "hunter2", "p%40ss") if secret in result.stderr
    ]


@pytest.mark.parametrize(
    "given",
    [
        {"EMAIL_URL": "smtp+tls://mail.example.com:587"},
        {"EMAIL_URL": "smtp://relay:25"},
        {"DATABASE_URL": "postgres://app:p@db.example.com/pagetojob?sslmode=verify-full"},
        {"DATABASE_URL": "postgres://app:p@10.0.0.7/pagetojob"},
        {"REDIS_URL": "rediss://broker.example.com:6379/0"},
    ],
    ids=str,
)
def test_only_a_remote_server_needs_tls(given: dict[str, str]) -> None:
    assert load_settings(**given).returncode == 0


def test_a_process_can_do_without_secrets_that_it_does_not_use() -> None:
    none = dict.fromkeys(("SECRET_KEY", "VAULT_KEYS", "EMAIL_URL", "REDIS_URL"), "none")
    code = "import pagetojob.settings as s; print(len(s.SECRET_KEY), s.CELERY_BROKER_URL)"
    assert load_settings(code=code, **none).stdout.split() == ["67", "none"]
    for use, sentence in (
        ("from pagetojob.platform.sealing.process_keys import keeper as use", "VAULT_KEYS is none"),
        ("from django.core.mail import mailers; use = mailers.default.open", "EMAIL_URL is none"),
    ):
        code = f"import django; django.setup(); {use}; use()"
        result = load_settings(code=code, DJANGO_SETTINGS_MODULE="pagetojob.settings", **none)
        assert result.returncode and sentence in result.stderr.splitlines()[-1]


@pytest.mark.parametrize("retired", ["k1", "k0, k2", "not an id"])
def test_a_retired_key_is_no_longer_in_the_ring(retired: str) -> None:
    result = load_settings(VAULT_RETIRED_KEYS=retired)
    assert result.stderr.splitlines()[-1].startswith("django.core.exceptions.ImproperlyConfigured: VAULT_KEYS ")
    assert "aaaa" not in result.stderr and "bbbb" not in result.stderr
    assert load_settings(VAULT_RETIRED_KEYS="k0").returncode == 0


def test_a_newcomer_s_vault_key_is_made_once_and_makes_a_ring(tmp_path: Path) -> None:
    made = stored_vault_key(tmp_path / "vault_key")
    assert made == stored_vault_key(tmp_path / "vault_key") and made != stored_vault_key(tmp_path / "another")
    assert key_ring(made).ids == ("local",)
    assert (tmp_path / "vault_key").stat().st_mode & 0o077 == 0


def test_a_value_that_starts_with_a_dollar_is_taken_as_it_is() -> None:
    key = "$" + "k" * 50
    result = load_settings(code="import pagetojob.settings as s; print(s.SECRET_KEY)", SECRET_KEY=key)
    assert result.stdout.strip() == key


def test_any_host_will_do_on_a_developer_s_machine_only() -> None:
    assert load_settings(ALLOWED_HOSTS="*", DEBUG="true").returncode == 0


@pytest.mark.parametrize(
    ("auth", "api", "starts"),
    [
        ("", "", True),
        ("http://127.0.0.1:9000", "http://127.0.0.1:9001/", True),
        ("http://127.0.0.1:9000", "", False),
        ("", "http://127.0.0.1:9001", False),
        ("ftp://127.0.0.1", "http://127.0.0.1:9001", False),
    ],
)
@pytest.mark.parametrize("place", ["STANDIN", "INTEGRATION"])
def test_addresses_are_set_together_or_not_at_all(place: str, auth: str, api: str, starts: bool) -> None:
    addresses = {f"SERVICETITAN_{place}_AUTH_URL": auth, f"SERVICETITAN_{place}_API_URL": api}
    result = load_settings(DEBUG="true", **addresses)
    assert (result.returncode == 0) == starts
    assert starts or f"SERVICETITAN_{place}_" in result.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("value", "starts"),
    [
        ("http://localhost:8080, https://demo.example", True),
        ("http://localhost:8080/path", False),
        ("http://user:hunter2@localhost:8080", False),
        ("localhost:8080", False),
    ],
)
def test_listed_origins_are_origins_alone(value: str, starts: bool) -> None:
    result = load_settings(DEBUG="true", LISTED_ORIGINS=value)
    assert (result.returncode == 0) == starts
    assert "hunter2" not in result.stderr


def test_a_line_that_cannot_be_logged_is_not_printed_raw() -> None:
    code = (
        "import logging.config, pagetojob.settings as s\n"
        "logging.config.dictConfig(s.LOGGING)\n"
        "logging.getLogger('x').error('%d', 'Jamie Rivera')"
    )
    assert load_settings(code=code).stderr == ""


def test_a_database_address_is_read_whole() -> None:
    code = "from pagetojob.settings import DATABASE as d; print(*map(d.get, 'USER PASSWORD HOST PORT NAME'.split()))"
    result = load_settings(code=code, DATABASE_URL="postgres://app:p%2F%40%23ss@db:5433/pagetojob")
    assert result.stdout.strip() == "app p/@#ss db 5433 pagetojob"


def test_a_password_in_a_mail_address_is_read_whole() -> None:
    code = "import pagetojob.settings as s; print(s.MAILERS['default']['OPTIONS']['password'])"
    assert load_settings(code=code).stdout.strip() == "p@ss"


def test_the_deploy_check_is_clean_with_production_settings() -> None:
    code = (
        "import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'pagetojob.settings'\n"
        "from django.core.management import execute_from_command_line\n"
        "execute_from_command_line(['manage.py', 'check', '--deploy', '--fail-level', 'WARNING'])"
    )
    result = load_settings(code=code, SECRET_KEY="".join(chr(33 + n) for n in range(60)))
    assert result.returncode == 0, result.stderr
