"""A database of another version stops `make run` with a sentence, and is left as it is."""

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from pagetojob.local.applied_migrations import applied_migrations, known_migrations, refuse_foreign_migrations
from pagetojob.local.database_url import with_database
from pagetojob.local.databases import embedded
from pagetojob.local.errors import LocalError
from pagetojob.local.place import CLONE, Place
from pagetojob.local.postgres import Postgres

#: As a database of version 0.1 has it: some names are those of today, some are not.
OLDER = """
CREATE TABLE django_migrations (id bigint, app varchar(255), name varchar(255), applied timestamptz);
INSERT INTO django_migrations (app, name) VALUES
    ('accounts', '0001_initial'), ('accounts', '0002_rights'), ('tenants', '0002_scope'), ('syncqueue', '0014_tally')
"""


def test_the_clone_knows_the_migrations_of_its_apps() -> None:
    known = known_migrations()
    assert len(known) > 16
    assert all("0001_initial" in names for names in known.values())


def test_the_migrated_schema_is_not_foreign() -> None:
    url = os.environ["PTJ_TEST_OWNER_URL"]
    assert ("tenants", "0002_rights") in applied_migrations(url)
    refuse_foreign_migrations(url, Place.of(None), embedded=True)


def test_each_kind_of_database_has_its_own_advice(cluster: Postgres, tmp_path: Path) -> None:
    url = cluster.admin_url
    refuse_foreign_migrations(url, Place.of(None), embedded=True)  # an empty database is anyone's
    with psycopg.connect(url) as connection:
        connection.execute(OLDER)
    with pytest.raises(LocalError, match=r'Remove it and its data with "make clean", then run "make run" again\.$'):
        refuse_foreign_migrations(url, Place.of(None), embedded=True)
    with pytest.raises(LocalError, match=rf'Remove it and its data with "rm -r {tmp_path}/x", then'):
        refuse_foreign_migrations(url, Place.of(tmp_path / "x"), embedded=True)
    with pytest.raises(LocalError, match=r"Set DATABASE_URL to an empty database\.$"):
        refuse_foreign_migrations(url, Place.of(None), embedded=False)
    with psycopg.connect(url) as connection:
        connection.execute("DELETE FROM django_migrations WHERE app IN ('tenants', 'syncqueue')")
        connection.execute("INSERT INTO django_migrations (app, name) VALUES ('somebody_else', '0009_theirs')")
    refuse_foreign_migrations(url, Place.of(None), embedded=True)


def test_a_database_that_does_not_answer_is_named_without_its_password() -> None:
    with pytest.raises(LocalError, match="cannot be reached") as caught:
        applied_migrations("postgresql://owner:secret@127.0.0.1:1/pagetojob")
    assert "secret" not in str(caught.value)


def test_make_run_stops_before_it_changes_anything(tmp_path: Path, clean_environment: dict[str, str]) -> None:
    place = Place.of(tmp_path / "instance")
    with Postgres(place.folder("postgres"), durable=False) as postgres:
        embedded(place, postgres.admin_url)
        with psycopg.connect(with_database(postgres.admin_url, "pagetojob")) as connection:
            connection.execute(OLDER + "; ALTER TABLE django_migrations OWNER TO pagetojob_owner")
    command = [sys.executable, "-m", "pagetojob.local", "--data", str(place.root), "--port", "0", "--throw-away"]
    run = subprocess.run(
        command, cwd=CLONE, env=clean_environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert run.returncode == 1
    assert "This local database was made by another version of PageToJob" in run.stdout
    assert "Traceback" not in run.stdout + run.stderr
    with (
        Postgres(place.folder("postgres"), durable=False) as postgres,
        psycopg.connect(with_database(postgres.admin_url, "pagetojob")) as connection,
    ):
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        assert tables == [("django_migrations",)]
        assert connection.execute("SELECT count(*) FROM django_migrations").fetchone() == (4,)
