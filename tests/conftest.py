"""Every test runs against real PostgreSQL and real Valkey (see tests/support/services.py).

The tests connect as the application's own role, so row-level security is in force in each of them.
"""

import gc
import itertools
from collections.abc import Generator
from pathlib import Path

import pytest
from django.core.cache import cache
from django.test import TransactionTestCase, override_settings
from hypothesis import HealthCheck, settings

from pagetojob.demo import simulator_label
from pagetojob.importer import child_reader
from pagetojob.ops import status, watching
from pagetojob.platform import limited_process
from pagetojob.platform.runs import services as runs
from pagetojob.platform.tenants import contractor_hosts
from pagetojob.servicetitan import api_sessions
from pagetojob.servicetitan.mirror import pace
from syncqueue.connectors.booking import plan
from syncqueue.services import inbox, intake_state, site
from tests.support.services import PASSWORD_HASHERS, empty_tables

# No test depends on how busy the machine is: neither on the time of one example nor on that of making them.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")

pytest_plugins = [
    "tests.support.cast",
    "tests.support.nightly",
    "tests.support.prepared",
    "tests.support.browser",
    "tests.support.processes",
    "tests.support.smtp",
    "tests.support.vault",
    "tests.support.leaks",
    "tests.support.log_traces",
    "tests.support.standin",
    "tests.support.pdf",
    "tests.support.inbox",
    "tests.support.bookings",
]


#: Each change of a setting calls eighty receivers, so only settings that differ from test to test are set in each.
SETTINGS = {
    "PASSWORD_HASHERS": PASSWORD_HASHERS,
    "INBOX_RECHECK_SECONDS": 0,
    "INBOX_FLUSH_SECONDS": 0,
    "PACK_RECHECK_SECONDS": 0,
    "CONFIRMATIONS_A_DAY": 1000,
    "RECOVERY_FOLDER": "",
    "PICTURE_BROWSER": "off",
}
_numbers = itertools.count()

# It would search the modules of all tests again and again while they are read.
gc.disable()


def pytest_collection_finish() -> None:
    """Keep the garbage collector from searching eight thousand collected tests again and again: 8 % of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 50)
    gc.enable()


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Bytes do not name a test: packed ones hold the second they were packed in, and two processes would not agree."""
    return argname if isinstance(val, bytes) else None


@pytest.hookimpl(wrapper=True)
def pytest_runtestloop() -> Generator[None, object, object]:
    """Give all tests, and the rows that they share, the settings of tests."""
    with override_settings(**SETTINGS), pytest.MonkeyPatch.context() as patch:
        # A child with a low priority would wait for the other processes of the tests.
        patch.setattr(limited_process, "_START", ("/bin/sh", "-c", 'exec "$@"'))
        return (yield)


@pytest.fixture
def tmp_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a new folder. That of pytest also replaces a link to the newest folder, for every test."""
    folder = tmp_path_factory.getbasetemp() / str(next(_numbers))
    folder.mkdir(mode=0o700)
    return folder


def _nothing() -> None:
    """Replace a fixture of a plugin that runs for every test, and that no test here needs."""


#: They take a quarter of the time of a test that does nothing. They are for the mailbox in memory, the site framework,
#: classes of unittest, the generators of Faker, and the marks `urls`, `django_isolate_apps`, `ignore_template_errors`.
_dj_autoclear_mailbox = pytest.fixture(_nothing, scope="session")
_django_clear_site_cache = pytest.fixture(_nothing, scope="session")
_django_isolate_apps = pytest.fixture(_nothing, scope="session")
_django_set_urlconf = pytest.fixture(_nothing, scope="session")
_django_setup_unittest = pytest.fixture(_nothing, scope="session")
_template_string_if_invalid_marker = pytest.fixture(_nothing, scope="session")
faker_seed = pytest.fixture(_nothing, scope="session")


@pytest.fixture(scope="session")
def django_db_setup() -> Generator[None]:
    """The database of this process was cloned before Django started; nothing is left to create."""
    from tests.support.prepared import reset_connection  # registered below, so that its assertions are rewritten

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", classmethod(lambda cls: empty_tables()))
        patch.setattr(TransactionTestCase, "_should_reload_connections", lambda test: reset_connection())
        yield


@pytest.fixture(autouse=True)
def isolated(tmp_path: Path, settings: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give each test a folder of sent mail, and a process that has cached nothing yet."""
    # A file that another process of the tests reads must not delay this one.
    monkeypatch.setattr(child_reader._SLOTS, "_lock", str(tmp_path / "import"))
    # What a page costs must not depend on what was read within the last second.
    monkeypatch.setattr(simulator_label, "FRESH_SECONDS", 0.0)
    simulator_label.forget()
    status.forget()
    watching.forget()
    # Two tests may publish a version with the same number and text, but another cause.
    cache.clear()
    # On a busy machine a run must not be handed back half done to a test that works it once.
    monkeypatch.setattr(runs, "BUDGET_SECONDS", float("inf"))
    # Tests of the pace set it themselves.
    monkeypatch.setattr(pace, "READS_PER_SECOND", 1000.0)
    monkeypatch.setattr(pace, "ACCOUNT_CALLS_PER_SECOND", 10_000.0)
    api_sessions.forget()
    plan.forget_decisions()
    site.forget()
    contractor_hosts.forget()
    inbox.forget()
    intake_state.note_success()
    settings.AUDIT_ANCHOR_FILE = str(tmp_path / "anchors.jsonl")  # type: ignore[attr-defined]
    settings.MAILERS = {  # type: ignore[attr-defined]
        "default": {
            "BACKEND": "pagetojob.platform.outbound.mail.FolderBackend",
            "OPTIONS": {"folder": str(tmp_path / "mail")},
        }
    }
