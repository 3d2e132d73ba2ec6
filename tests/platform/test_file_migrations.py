"""The migrations of files on a database that holds files and has only some of them."""

import os
import subprocess
import sys
from collections.abc import Generator

import psycopg
import pytest
from psycopg import sql

from pagetojob.local.database_url import with_database
from pagetojob.local.provision import provision
from tests.support.services import ROOT, database_name

BEFORE_PICTURES, BRIEF_LOCKS = "0004_encryption", "0006_brief_locks"
#: The index that 0004 made before 0006 existed.
INDEX = "CREATE INDEX file_unencrypted ON files_file (tenant_id, id) WHERE NOT is_encrypted"
INTERRUPTED = "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'file_unencrypted'::regclass"
DATA = """
INSERT INTO tenants_tenant (public_id, slug, name, time_zone, is_demo, gates_epoch)
VALUES (gen_random_uuid(), 'early', 'Early', 'America/Phoenix', false, 0);
INSERT INTO files_file (tenant_id, public_id, name, content_type, size, sha256, purpose, is_encrypted)
SELECT t.id, gen_random_uuid(), purpose, 'text/plain', 3, repeat('0', 64), purpose, n % 2 = 0
FROM tenants_tenant AS t,
    unnest(ARRAY['proof', 'evidence', 'import', 'photo', 'packet']) WITH ORDINALITY AS each(purpose, n);
INSERT INTO files_filechunk (tenant_id, file_id, position, content) SELECT tenant_id, id, 0, 'abc' FROM files_file;
"""
ROWS = "SELECT f.name, f.is_encrypted, c.content FROM files_file AS f JOIN files_filechunk AS c ON c.file_id = f.id"


@pytest.fixture
def database() -> Generator[str]:
    """Return the name of an empty database of this server."""
    name = database_name("early_files")
    provision(os.environ["PTJ_TEST_ADMIN_URL"], database=name)
    yield name
    with psycopg.connect(os.environ["PTJ_TEST_ADMIN_URL"], autocommit=True) as admin:
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def migrate(database: str, *target: str) -> None:
    url = with_database(os.environ["PTJ_TEST_OWNER_URL"], database)
    command = [sys.executable, "manage.py", "migrate", "--verbosity=0", *target]
    subprocess.run(command, cwd=ROOT, env=os.environ | {"DATABASE_URL": url}, check=True, timeout=300)


@pytest.mark.nightly
def test_files_stored_before_0006_remain_and_are_indexed(database: str) -> None:
    """Applied alone, over an index of an earlier 0004 and over the invalid one that an interrupted 0006 leaves."""
    migrate(database, "files", BEFORE_PICTURES)
    with psycopg.connect(with_database(os.environ["PTJ_TEST_ADMIN_URL"], database), autocommit=True) as admin:
        admin.execute(DATA)
        stored = admin.execute(ROWS).fetchall()
        assert len(stored) == 5
        for is_interrupted in (False, True):
            admin.execute(INDEX)
            if is_interrupted:
                admin.execute(INTERRUPTED)
            migrate(database, "files", BRIEF_LOCKS)
            assert state_of(admin) == (True, True, 1)
            assert admin.execute(ROWS).fetchall() == stored
            migrate(database, "files", "0005_pictures")
        migrate(database)
        assert state_of(admin) == (True, True, 1)
        assert admin.execute(ROWS).fetchall() == stored


def state_of(admin: psycopg.Connection) -> tuple[object, ...] | None:
    """Return whether the index and the constraint are valid, and how many such indexes there are."""
    query = """
        SELECT bool_and(i.indisvalid), (SELECT convalidated FROM pg_constraint WHERE conname = 'file_purpose_known'),
            count(*)
        FROM pg_index AS i WHERE i.indexrelid = to_regclass('file_unencrypted')
    """
    return admin.execute(query).fetchone()
