"""The database's side of the tenant scope: two procedures that later migrations call.

They are SQL, so that a migration never depends on application code.
"""

from django.db import migrations

ROLES = """
DO $$
BEGIN
    IF (SELECT count(*) FROM pg_roles WHERE rolname IN
        ('pagetojob_owner', 'pagetojob_app', 'pagetojob_worker', 'pagetojob_operator')) < 4 THEN
        RAISE EXCEPTION 'the four pagetojob_* roles are missing: run python -m pagetojob.local.provision';
    END IF;
    IF current_user <> 'pagetojob_owner' THEN
        RAISE EXCEPTION 'migrate as pagetojob_owner, not as %: set DATABASE_URL for this command', current_user;
    END IF;
END $$;
"""

PROTECT = """
CREATE PROCEDURE ptj_protect(tbl regclass, worker text DEFAULT '', operator text DEFAULT '')
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', tbl);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', tbl);
    EXECUTE format(
        'CREATE POLICY owner_all ON %s TO pagetojob_owner USING (true) WITH CHECK (true)', tbl);
    -- After one tenant transaction the setting is an empty string, hence nullif; the sub-select is
    -- evaluated once and lets the planner use the index.
    EXECUTE format(
        'CREATE POLICY app_own_tenant ON %s TO pagetojob_app
            USING (tenant_id = (SELECT nullif(current_setting(''app.tenant'', true), '''')::bigint))
            WITH CHECK (tenant_id = (SELECT nullif(current_setting(''app.tenant'', true), '''')::bigint))',
        tbl);
    IF worker <> '' THEN
        EXECUTE format(
            'CREATE POLICY worker_all ON %s TO pagetojob_worker USING (true) WITH CHECK (true)', tbl);
        EXECUTE format('GRANT %s ON %s TO pagetojob_worker', worker, tbl);
    END IF;
    IF operator <> '' THEN
        EXECUTE format(
            'CREATE POLICY operator_all ON %s TO pagetojob_operator USING (true) WITH CHECK (true)', tbl);
        EXECUTE format('GRANT %s ON %s TO pagetojob_operator', operator, tbl);
    END IF;
END $$;
COMMENT ON PROCEDURE ptj_protect IS
    'Row-level security for a table with tenant_id; rights of the worker and operator roles.';
"""

COMPOSITE_KEY = """
CREATE PROCEDURE ptj_composite_key(tbl regclass, col name, target regclass)
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format(
        'ALTER TABLE %s ADD CONSTRAINT %I FOREIGN KEY (tenant_id, %I) REFERENCES %s (tenant_id, id)
            DEFERRABLE INITIALLY DEFERRED',
        tbl, left(col, 40) || '_same_tenant', col, target);
END $$;
COMMENT ON PROCEDURE ptj_composite_key IS
    'A foreign key that cannot point into another tenant; plain ones ignore row-level security.';
"""

GRANTS = """
REVOKE ALL ON PROCEDURE ptj_protect, ptj_composite_key FROM PUBLIC;
GRANT SELECT ON tenants_tenant, tenants_membership TO pagetojob_worker, pagetojob_operator;
-- Enough to name who did what; not an address, not a password hash.
GRANT SELECT (id, public_id, name) ON tenants_user TO pagetojob_operator;
GRANT UPDATE (gates_epoch) ON tenants_tenant TO pagetojob_operator;
CALL ptj_protect('tenants_businessprofile', worker => 'SELECT', operator => 'SELECT');
"""


class Migration(migrations.Migration):
    dependencies = [("tenants", "0001_initial")]

    operations = [
        migrations.RunSQL(ROLES, migrations.RunSQL.noop),
        migrations.RunSQL(PROTECT, "DROP PROCEDURE ptj_protect"),
        migrations.RunSQL(COMPOSITE_KEY, "DROP PROCEDURE ptj_composite_key"),
        migrations.RunSQL(GRANTS, migrations.RunSQL.noop),
    ]
