"""Starts what the tests need and points the environment at it, before Django reads its settings.

Loaded with `-p` so that it comes first. The controller starts PostgreSQL and Valkey (or uses those of
DATABASE_URL and REDIS_URL), migrates a template as the owner, and shares the addresses with xdist
processes by the environment; each process then has its own clone, Valkey database and queue prefix.
"""

import atexit
import base64
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

from pagetojob.local import databases
from pagetojob.local.database_url import with_database
from pagetojob.local.place import Place
from pagetojob.local.postgres import Postgres
from pagetojob.local.provision import OWNER, grant_connect, provision
from pagetojob.local.valkey import Valkey

from .schema import make_schema, migrate

ROOT = Path(__file__).resolve().parents[2]
SHARED = "PTJ_TEST_SERVICES"
SECRET = "only-for-tests-only-for-tests-only-for-tests-only-for-tests"
#: Passwords of tests cost no time; those that are stored in the other form can still be checked.
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.MD5PasswordHasher",
    "django.contrib.auth.hashers.Argon2PasswordHasher",
]
#: 32 bytes each; the first is the current one.
VAULT_KEYS = ",".join(f"{name}:{base64.b64encode(name.ljust(32).encode()).decode()}" for name in ("now", "before"))


def database_name(kind: str) -> str:
    """Names carry the controller's process id, so that two runs on one server keep apart."""
    return f"ptj_test_{os.environ['PTJ_TEST_RUN']}_{kind}"


def start() -> dict[str, str]:
    """Start or find the services and migrate the template; return where things are."""
    os.environ["PTJ_TEST_RUN"] = str(os.getpid())
    folder = Path(tempfile.mkdtemp(prefix="ptj-test-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    template = database_name("template")
    make: Callable[[], object]
    if given := os.environ.get("DATABASE_URL"):
        logins = databases.use_given_server(Place(ROOT / ".local"), {"DATABASE_URL": with_database(given, template)})
        admin, owner, app = given, logins.owner, logins.app
        make = migrate
    else:
        postgres = Postgres(folder / "postgres", durable=False)
        postgres.start()
        atexit.register(postgres.stop)
        urls = provision(postgres.admin_url, database=template)
        admin, owner, app = urls.admin, urls.owner, urls.app
        make = partial(make_schema, admin)
    redis = os.environ.get("REDIS_URL", "")
    if not redis:
        valkey = Valkey(folder / "valkey")
        valkey.start()
        atexit.register(valkey.stop)
        redis = valkey.url
    shared = {"admin": with_database(admin, "postgres"), "owner": owner, "app": app, "redis": redis}
    _set_environment(shared, database_url=owner, prefix="ptj-test:", folder=folder)
    make()
    atexit.register(_drop, shared["admin"], template)
    return shared | {"folder": str(folder)}


def use(shared: dict[str, str]) -> None:
    """Give this process its own clone of the template, and tell its settings."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    number = int(worker.removeprefix("gw")) + 1 if worker.startswith("gw") else 0
    clone = database_name(worker)
    clone_template(clone)
    parts = urlsplit(shared["redis"])
    redis = urlunsplit(parts._replace(path=f"/{int(parts.path.strip('/') or 0) + number}"))
    folder = Path(shared["folder"]) / worker
    folder.mkdir(exist_ok=True)
    _set_environment(
        shared | {"redis": redis},
        database_url=shared["app"],
        prefix=f"{clone}:",
        folder=folder,
    )
    name_database(clone)


def clone_template(clone: str) -> None:
    """Create a database from the migrated template, and drop it at exit."""
    admin = json.loads(os.environ[SHARED])["admin"]
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}").format(
                sql.Identifier(clone), sql.Identifier(database_name("template")), sql.Identifier(OWNER)
            )
        )
    grant_connect(admin, clone)
    atexit.register(_drop, admin, clone)


def name_database(database: str) -> None:
    """Point the addresses in the environment at a database of the same server."""
    shared = json.loads(os.environ[SHARED])
    os.environ |= {
        "DATABASE_URL": with_database(shared["app"], database),
        "PTJ_TEST_ADMIN_URL": with_database(shared["admin"], database),
        "PTJ_TEST_OWNER_URL": with_database(shared["owner"], database),
    }


def _set_environment(shared: dict[str, str], *, database_url: str, prefix: str, folder: Path) -> None:
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "pagetojob.settings",
        "SECRET_KEY": SECRET,
        "VAULT_KEYS": VAULT_KEYS,
        "DEBUG": "true",
        "ALLOWED_HOSTS": "localhost,127.0.0.1,testserver",
        "PUBLIC_URL": "http://localhost:8000",
        "DATABASE_URL": database_url,
        "REDIS_URL": shared["redis"],
        "QUEUE_PREFIX": prefix,
        "EMAIL_URL": f"file://{quote(str(folder))}/mail",
        "AUDIT_ANCHOR_FILE": str(folder / "anchors.jsonl"),
        "RECOVERY_FOLDER": str(folder / "recovery"),
        # The evidence in the repository lapses; tests import their own (tests/support/check_runs.py).
        "EVIDENCE_FOLDERS": str(folder / "evidence"),
        "LOG_LEVEL": "WARNING",
        # The most there may be: tests claim a few items of one account at once.
        "BOOKINGS_PER_SECOND": "60",
    }


def _drop(admin_url: str, database: str) -> None:
    with psycopg.connect(admin_url, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database)))


#: A larger table and its indexes are truncated once it is empty: their size would change the plans of later tests.
SMALL_TABLE = 1024 * 1024
#: The tables that migrations fill.
OF_MIGRATIONS = ["django_migrations", "django_content_type", "auth_permission"]
_TABLES = """
    SELECT relname, pg_relation_size(oid) FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> ALL (%s) ORDER BY relname
"""
_sessions: dict[str, psycopg.Connection] = {}


@contextmanager
def administrator() -> Generator[psycopg.Connection]:
    """Begin a transaction that changes rows without triggers or checks, in a session that later calls use again."""
    url = os.environ["PTJ_TEST_ADMIN_URL"]
    try:
        _sessions[url].execute("SELECT 1")
    except (KeyError, psycopg.OperationalError):  # not opened, or ended by a test
        _sessions[url] = psycopg.connect(url, autocommit=True)
    with _sessions[url].transaction():
        _sessions[url].execute("SET LOCAL session_replication_role = replica")
        yield _sessions[url]


def empty_tables() -> None:
    """Empty every table that migrations do not fill, as an administrator: the history tables refuse it from others.

    A test fills some ten of them with a few rows: deleting those takes a few milliseconds, truncating all 500 ms.
    """
    with administrator() as session:
        tables = session.execute(_TABLES, [OF_MIGRATIONS]).fetchall()
        filled = [(sql.Identifier(name), size) for name, size in tables if size]
        session.execute(sql.SQL("; ").join(sql.SQL("DELETE FROM {}").format(name) for name, _ in filled))
        if large := [name for name, size in filled if size > SMALL_TABLE]:
            session.execute(sql.SQL("TRUNCATE {} CASCADE").format(sql.SQL(", ").join(large)))


def read_rows() -> dict[str, bytes]:
    """Return the rows of every table that migrations do not fill."""
    with administrator() as session:
        names = [name for name, size in session.execute(_TABLES, [OF_MIGRATIONS]) if size]
        rows = {}
        for name in names:
            with session.cursor().copy(sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(name))) as copy:
                rows[name] = b"".join(copy)
    return rows


def write_rows(rows: dict[str, bytes]) -> None:
    """Insert rows of `read_rows`, from a database with the same schema."""
    with administrator() as session:
        for name, text in rows.items():
            with session.cursor().copy(sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(name))) as copy:
                copy.write(text)


def highest_key() -> int:
    """Return the highest number that any sequence gave out."""
    with administrator() as session:
        row = session.execute("SELECT max(last_value) FROM pg_sequences").fetchone()
    assert row
    return row[0] or 0


def advance_sequences(position: int) -> None:
    """Let every new row have a key above `position`."""
    with administrator() as session:
        session.execute(
            "SELECT setval(quote_ident(sequencename)::regclass, %s) FROM pg_sequences"
            " WHERE schemaname = 'public' AND coalesce(last_value, 0) < %s",
            [position, position],
        )


# Without stored bytecode each process of the tests compiles every module again, and rewrites its assertions.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

if SHARED not in os.environ:
    os.environ[SHARED] = json.dumps(start())
use(json.loads(os.environ[SHARED]))
