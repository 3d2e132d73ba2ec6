"""A migration lets the released version keep running, and visitors never wait for it."""

import os
import time
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from django.contrib.postgres.operations import AddConstraintNotValid, AddIndexConcurrently
from django.db import OperationalError, connection, models
from django.db.migrations import Migration, RunSQL
from django.db.migrations import operations as ops
from django.db.migrations.operations.base import Operation

from pagetojob.platform.postgresql.base import patience
from pagetojob.platform.postgresql.operations import Together
from pagetojob.platform.runs.models import Run
from tests.support.migrations import disk_migrations, names, problems, released

TEXT = models.CharField(max_length=20)
INDEX = models.Index("name", name="lead_name")


def migration(*steps: Operation, app: str = "leads", **marks: str | bool) -> Migration:
    made: type[Migration] = type("Migration", (Migration,), {"operations": list(steps), **marks})
    return made("9999_change", app)


@pytest.fixture(scope="module")
def state() -> object:
    return disk_migrations().project_state()


def test_every_migration_since_the_release_keeps_the_released_version_running() -> None:
    """If one is named here, write it as in docs/contributing.md, "Change the schema"."""
    loader = disk_migrations()
    recorded = released()
    new = [key for key in names(loader) if ".".join(key) not in recorded]
    wrong = {
        ".".join(key): reasons
        for key in new
        if (reasons := problems(loader.disk_migrations[key], loader.project_state([key], at_end=False)))
    }
    assert wrong == {}


def test_every_released_migration_still_exists() -> None:
    assert released() - {".".join(key) for key in names(disk_migrations())} == set()


@pytest.mark.parametrize(
    "step",
    [
        ops.RemoveField("lead", "message"),
        ops.RenameField("lead", "message", "text"),
        ops.DeleteModel("LeadPhoto"),
        ops.AddField("lead", "nickname", models.CharField(max_length=20, default="")),
        ops.AlterField("lead", "consented_at", models.DateTimeField()),
        ops.AlterField("lead", "name", models.CharField(max_length=20)),
        ops.AlterField("lead", "consent_version", models.BigIntegerField(null=True)),
        ops.AddIndex("lead", INDEX),
        ops.AddConstraint("lead", models.UniqueConstraint("name", name="lead_name_once")),
        RunSQL("ALTER TABLE leads_lead DROP COLUMN message"),
        RunSQL(["CREATE INDEX lead_name ON leads_lead (name)"]),
        RunSQL("ALTER TABLE leads_lead ALTER COLUMN phone SET NOT NULL"),
        RunSQL("ALTER TABLE leads_lead ADD CONSTRAINT named CHECK (name <> '')"),
        Together([ops.RemoveField("lead", "message")]),
        ops.SeparateDatabaseAndState([ops.RemoveField("lead", "message")], []),
    ],
    ids=lambda step: f"{type(step).__name__}",
)
def test_the_check_refuses(step: Operation, state: object) -> None:
    assert problems(migration(step), state)


@pytest.mark.parametrize(
    "step",
    [
        ops.AddField("lead", "nickname", models.CharField(max_length=20, null=True)),
        ops.AddField("lead", "nickname", models.CharField(max_length=20, db_default="")),
        ops.AlterField("lead", "name", models.CharField(max_length=400)),
        ops.AlterField("lead", "name", models.CharField(max_length=200, help_text="New.")),
        AddIndexConcurrently("lead", INDEX),
        RunSQL("CREATE INDEX CONCURRENTLY lead_name ON leads_lead (name)"),
        RunSQL("ALTER TABLE leads_lead ADD CONSTRAINT named CHECK (name <> '') NOT VALID"),
        RunSQL("GRANT SELECT ON leads_lead TO pagetojob_worker"),
    ],
    ids=lambda step: f"{type(step).__name__}",
)
def test_the_check_permits(step: Operation, state: object) -> None:
    assert problems(migration(step), state) == []


def test_a_new_table_may_have_everything(state: object) -> None:
    steps = [
        ops.CreateModel("Letter", [("id", models.BigAutoField(primary_key=True)), ("name", TEXT)]),
        ops.AddField("letter", "text", models.CharField(max_length=20)),
        ops.AddIndex("letter", models.Index("name", name="letter_name")),
    ]
    assert problems(migration(Together(steps)), state) == []


def test_a_contraction_names_the_release_that_permits_it(state: object) -> None:
    step = ops.RemoveField("lead", "message")
    assert problems(migration(step, contracts="v0.2: writes it no more"), state) == []
    assert problems(migration(ops.AddIndex("lead", INDEX), contracts="v0.2: …"), state)
    assert problems(migration(ops.AddIndex("lead", INDEX), locks_briefly="some hundred rows"), state) == []


@pytest.mark.parametrize(
    "step",
    [
        ops.RemoveConstraint("lead", "lead_exclusion_known"),
        AddConstraintNotValid("lead", models.CheckConstraint(condition=models.Q(name="x"), name="lead_named")),
    ],
    ids=lambda step: f"{type(step).__name__}",
)
def test_a_constraint_is_changed_all_or_nothing(step: Operation, state: object) -> None:
    assert problems(migration(step), state) == []
    assert problems(migration(step, atomic=False), state)


@pytest.mark.django_db(transaction=True)
def test_a_migration_that_would_wait_for_a_lock_gives_up(settings: Any) -> None:
    settings.MIGRATION_LOCK_SECONDS = 1
    with psycopg.connect(os.environ["PTJ_TEST_OWNER_URL"]) as owner:
        owner.execute("LOCK TABLE tenants_tenant IN ACCESS EXCLUSIVE MODE")
        began = time.monotonic()
        with pytest.raises(OperationalError, match="lock timeout"), patience(8), connection.schema_editor() as editor:
            editor.execute("SELECT FROM tenants_tenant")
    assert time.monotonic() - began < 10
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('lock_timeout')")
        assert cursor.fetchone() == ("0",)


@pytest.mark.django_db(transaction=True)
def test_an_interrupted_build_of_an_index_is_repeated() -> None:
    index = next(index for index in Run._meta.indexes if index.name == "run_of_kind")
    login = urlsplit(os.environ["PTJ_TEST_OWNER_URL"])
    owner = connection.copy()
    owner.settings_dict |= {"USER": login.username, "PASSWORD": login.password}
    of_index = "WHERE indexrelid = 'run_of_kind'::regclass"
    with psycopg.connect(os.environ["PTJ_TEST_ADMIN_URL"], autocommit=True) as admin:
        admin.execute(f"UPDATE pg_index SET indisvalid = false {of_index}")
        try:
            with owner.schema_editor(atomic=False) as editor:
                editor.add_index(Run, index, concurrently=True)  # type: ignore[call-arg]
        finally:
            owner.close()
        assert admin.execute(f"SELECT indisvalid FROM pg_index {of_index}").fetchone() == (True,)
