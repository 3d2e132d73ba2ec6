"""Every right on every table, column, sequence and function, against one list. A wider one fails here first."""

import os
from collections.abc import Generator

import psycopg
import pytest

APP, WORKER, OPERATOR = "pagetojob_app", "pagetojob_worker", "pagetojob_operator"
AUDIT_LINE = "INSERT (action, actor_id, actor_label, changes, reason, request_id, subject, tenant_id)"
LEAD_MARKS = "UPDATE (city, email, excluded_as, message, name, phone, phone_e164, source, state, street, zip)"
STORED = "UPDATE (sha256, size)"

#: Table: what app, worker and operator may do. A tenant table shows the app one tenant's rows, and only in its scope.
RIGHTS = {
    "audit_auditentry": (f"SELECT, {AUDIT_LINE}", AUDIT_LINE, f"SELECT, {AUDIT_LINE}"),
    "auth_group": ("", "", ""),
    "auth_group_permissions": ("", "", ""),
    "auth_permission": ("", "", ""),
    "django_admin_log": ("SELECT, INSERT", "", ""),
    "django_content_type": ("SELECT", "", ""),
    "django_migrations": ("SELECT", "", ""),
    "django_session": ("SELECT, INSERT, UPDATE, DELETE", "", ""),
    "files_file": (f"SELECT, INSERT, {STORED}", f"SELECT, INSERT, {STORED}", f"SELECT, INSERT, {STORED}"),
    "files_filechunk": ("SELECT, INSERT", "SELECT, INSERT", "SELECT, INSERT"),
    "gates_flag": ("SELECT, INSERT, UPDATE (killed, wanted)", "SELECT", "SELECT, UPDATE (killed, wanted)"),
    "leads_bookingrequest": (
        "SELECT, INSERT, UPDATE (binding_id)",
        "SELECT, UPDATE (binding_id)",
        "SELECT, UPDATE (binding_id)",
    ),
    "leads_lead": (
        f"SELECT, INSERT, {LEAD_MARKS}",
        "SELECT, UPDATE (excluded_as)",
        "SELECT, UPDATE (excluded_as, suspected)",
    ),
    "leads_leadphoto": ("SELECT, INSERT", "SELECT", "SELECT"),
    "readiness_checklistitem": ("SELECT, INSERT, UPDATE, DELETE", "", ""),
    "readiness_databoundary": ("SELECT, INSERT, UPDATE, DELETE", "", ""),
    "readiness_disclaimer": ("SELECT, INSERT, UPDATE, DELETE", "", ""),
    "readiness_gatedclaim": ("SELECT, INSERT, UPDATE, DELETE", "", ""),
    "readiness_page": ("SELECT, INSERT, UPDATE", "", ""),
    "readiness_pagesection": ("SELECT, INSERT, UPDATE", "", ""),
    "readiness_partnermaterial": ("SELECT, INSERT, UPDATE, DELETE", "", ""),
    "readiness_runbook": ("SELECT, INSERT, UPDATE, DELETE", "", ""),
    "readiness_runbookstep": ("SELECT, INSERT, UPDATE, DELETE", "", ""),
    "runs_duty": ("", "SELECT, INSERT, UPDATE", "SELECT"),
    "runs_run": ("SELECT, INSERT, UPDATE", "SELECT, UPDATE", "SELECT, INSERT, UPDATE"),
    "syncqueue_idempotencykey": ("SELECT, INSERT", "SELECT, DELETE", ""),
    "syncqueue_intakecounter": ("SELECT, INSERT, UPDATE", "SELECT, DELETE", ""),
    "syncqueue_itemnote": ("", "", "SELECT, INSERT"),
    "syncqueue_lane": ("", "SELECT, INSERT, UPDATE", "SELECT"),
    "syncqueue_ledgerday": ("", "SELECT, INSERT, UPDATE", "SELECT, INSERT, UPDATE"),
    "syncqueue_savedview": ("", "", "SELECT, INSERT, DELETE"),
    "syncqueue_syncattempt": ("", "SELECT, INSERT", "SELECT"),
    "syncqueue_syncitem": ("SELECT, INSERT", "SELECT, INSERT, UPDATE", "SELECT, UPDATE"),
    "tenants_businessprofile": ("SELECT, INSERT, UPDATE", "SELECT", "SELECT"),
    "tenants_membership": ("SELECT, INSERT, UPDATE", "SELECT", "SELECT"),
    "tenants_sitekey": ("SELECT, INSERT, UPDATE (active, label)", "", ""),
    "tenants_siteorigin": ("SELECT, INSERT, DELETE", "", ""),
    "tenants_tenant": (
        "SELECT, INSERT, UPDATE (created_at, gates_epoch, is_demo, name, public_id, slug, time_zone)",
        "SELECT",
        "SELECT, UPDATE (gates_epoch)",
    ),
    "tenants_user": ("SELECT, INSERT, UPDATE", "", "SELECT (id, name, public_id)"),
    "titanmap_capacityrule": ("SELECT, INSERT, UPDATE", "SELECT", "SELECT"),
    "titanmap_pagebinding": ("SELECT, INSERT, UPDATE", "SELECT", "SELECT, INSERT, UPDATE"),
    "titanmap_taxonomyitem": ("SELECT, INSERT, UPDATE", "SELECT", "SELECT, INSERT, UPDATE"),
}

#: Of anybody but the owner, PUBLIC included, on tables, views and sequences; column rights of one kind in one line.
GRANTED = """
SELECT relname, grantee, coalesce(string_agg(
    CASE WHEN columns IS NULL THEN kind ELSE kind || ' (' || columns || ')' END, ', '
    ORDER BY array_position(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE'], kind), kind, columns), '')
FROM (
    SELECT relname, acl.grantee::regrole::text AS grantee, privilege_type AS kind, NULL AS columns
    FROM pg_class, aclexplode(relacl) AS acl
    WHERE relnamespace = 'public'::regnamespace AND acl.grantee <> relowner
    UNION ALL
    SELECT relname, acl.grantee::regrole::text, privilege_type, string_agg(attname, ', ' ORDER BY attname)
    FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid, aclexplode(attacl) AS acl
    WHERE relnamespace = 'public'::regnamespace AND acl.grantee <> relowner
    GROUP BY 1, 2, 3
)
GROUP BY 1, 2
"""

Granted = dict[tuple[str, str], str]

EXPECTED: Granted = {
    (table, role): rights
    for table, row in RIGHTS.items()
    for role, rights in zip((APP, WORKER, OPERATOR), row, strict=True)
    if rights
}


def granted(session: psycopg.Connection) -> Granted:
    return {(name, role): rights for name, role, rights in session.execute(GRANTED)}


@pytest.fixture
def owner() -> Generator[psycopg.Connection]:
    """A session that is never committed."""
    session = psycopg.connect(os.environ["PTJ_TEST_OWNER_URL"])
    try:
        yield session
    finally:
        session.rollback()
        session.close()


def test_every_table_stands_in_the_list(owner: psycopg.Connection) -> None:
    tables = owner.execute("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'")
    assert {name for (name,) in tables} == set(RIGHTS)


def test_nobody_has_a_right_that_is_not_in_the_list(owner: psycopg.Connection) -> None:
    assert granted(owner) == EXPECTED


@pytest.mark.parametrize(
    "wider",
    [
        f"GRANT DELETE ON leads_lead TO {APP}",
        f"GRANT UPDATE (consent_text) ON leads_lead TO {APP}",
        f"GRANT INSERT (at) ON audit_auditentry TO {WORKER}",
        f"GRANT SELECT (email) ON tenants_user TO {OPERATOR}",
        "GRANT SELECT ON tenants_user TO PUBLIC",
        f"GRANT USAGE ON SEQUENCE leads_lead_id_seq TO {APP}",
        "GRANT SELECT ON leads_lead TO pagetojob_backup",
        f"CREATE VIEW people AS SELECT * FROM tenants_user; GRANT UPDATE ON people TO {WORKER}",
    ],
)
def test_a_wider_right_would_be_seen(owner: psycopg.Connection, wider: str) -> None:
    owner.execute(wider)
    assert granted(owner) != EXPECTED


def test_a_new_table_can_be_read_by_the_app_and_nothing_more(owner: psycopg.Connection) -> None:
    owner.execute("CREATE TABLE fresh (id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY)")
    assert granted(owner) == EXPECTED | {("fresh", APP): "SELECT"}


def test_no_function_lends_the_owner_s_rights(owner: psycopg.Connection) -> None:
    lending = "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef"
    assert owner.execute(lending).fetchall() == []


def test_the_procedures_of_migrations_are_the_owner_s_alone(owner: psycopg.Connection) -> None:
    may = "SELECT count(*) FROM pg_proc WHERE proname LIKE 'ptj%%' AND has_function_privilege(%s, oid, 'EXECUTE')"
    assert [owner.execute(may, [role]).fetchone() for role in (APP, WORKER, OPERATOR)] == [(0,)] * 3
