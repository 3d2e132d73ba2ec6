"""The migrations make the schema that `catalog.txt` records, so that a change of the schema is seen in a review."""

import difflib
import os
from collections.abc import Generator

import psycopg
import pytest

from tests.support.catalog import RECORDING, read_catalog, read_template


def difference(before: list[str], after: list[str]) -> list[str]:
    return list(difflib.unified_diff(before, after, "recorded", "migrated", n=0, lineterm=""))


def test_the_migrated_schema_is_the_recorded_one() -> None:
    recorded = RECORDING.read_text(encoding="utf-8").splitlines()
    changes = difference(recorded, read_template())
    assert not changes, "If you meant this change, run `make catalog` and commit its diff:\n" + "\n".join(changes[:60])


@pytest.fixture
def admin() -> Generator[psycopg.Connection]:
    """A superuser's session that is never committed."""
    session = psycopg.connect(os.environ["PTJ_TEST_ADMIN_URL"])
    try:
        yield session
    finally:
        session.rollback()
        session.close()


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ("ALTER TABLE leads_lead NO FORCE ROW LEVEL SECURITY", "table leads_lead: owner pagetojob_owner, row security"),
        ("ALTER TABLE leads_lead ADD COLUMN nickname text", "table leads_lead: column nickname text"),
        ("ALTER TABLE leads_lead DROP COLUMN message", "table leads_lead: column message text not null"),
        ("ALTER TABLE syncqueue_syncitem DISABLE TRIGGER USER", ", enabled state D"),
        ("CREATE INDEX found ON leads_lead (city)", "INDEX found ON"),
        ("ALTER TABLE leads_lead ADD CONSTRAINT named CHECK (name <> 'x')", "constraint named CHECK"),
        ("DROP POLICY app_own_tenant ON leads_lead", "table leads_lead: policy app_own_tenant"),
        ("GRANT DELETE ON leads_lead TO pagetojob_app", "table leads_lead: grant DELETE"),
        ("GRANT EXECUTE ON FUNCTION ptj_row_change TO PUBLIC", "function ptj_row_change(): without EXECUTE to public"),
        ("ALTER FUNCTION ptj_row_change SECURITY DEFINER", "SECURITY DEFINER"),
        ("COMMENT ON TABLE leads_lead IS 'Requests of visitors.'", "comment on table public.leads_lead: Requests of"),
        ("CREATE SEQUENCE counter", "sequence counter: owner"),
        ("CREATE VIEW seen AS SELECT 1 AS n", "view seen: owner"),
        (
            "INSERT INTO readiness_packclock (id, epoch, published) VALUES (1, 1, 0)",
            "table readiness_packclock: 1 rows",
        ),
    ],
)
def test_a_change_of_the_schema_is_noticed(admin: psycopg.Connection, change: str, line: str) -> None:
    before = read_catalog(admin)
    admin.execute(change)
    changes = difference(before, read_catalog(admin))
    assert any(line in changed for changed in changes), changes[:20]
