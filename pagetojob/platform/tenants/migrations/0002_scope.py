"""The database's side of the tenant scope: two procedures that later migrations call, and rights.

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
CREATE PROCEDURE ptj_protect(tbl regclass, app text, worker text DEFAULT '', operator text DEFAULT '')
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
    -- A new table can be read by the app; here it gets exactly what the caller names.
    EXECUTE format('REVOKE ALL ON %s FROM pagetojob_app', tbl);
    IF app <> '' THEN
        EXECUTE format('GRANT %s ON %s TO pagetojob_app', app, tbl);
    END IF;
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
    'Row-level security for a table with tenant_id; rights of the app, worker and operator roles.';
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

KEEPS = """
CREATE FUNCTION ptj_tenant_keeps() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.public_id, NEW.created_at) IS DISTINCT FROM (OLD.public_id, OLD.created_at) THEN
        RAISE EXCEPTION 'the public id and the birth of a tenant never change'
            USING ERRCODE = 'check_violation';
    END IF;
    -- An instance read earlier and saved now must not turn it back: senders compare it before each send.
    NEW.gates_epoch := greatest(OLD.gates_epoch, NEW.gates_epoch);
    RETURN NEW;
END $$;
CREATE TRIGGER ptj_tenant_keeps BEFORE UPDATE ON tenants_tenant
    FOR EACH ROW EXECUTE FUNCTION ptj_tenant_keeps();
"""

GRANTS = """
REVOKE ALL ON PROCEDURE ptj_protect, ptj_composite_key FROM PUBLIC;
REVOKE ALL ON FUNCTION ptj_tenant_keeps FROM PUBLIC;
-- The ORM saves a row whole, so columns that never change are guarded by the trigger above.
GRANT INSERT, UPDATE (public_id, slug, name, time_zone, is_demo, gates_epoch, created_at)
    ON tenants_tenant TO pagetojob_app;
GRANT INSERT, UPDATE ON tenants_user, tenants_membership TO pagetojob_app;
GRANT SELECT ON tenants_tenant, tenants_membership TO pagetojob_worker, pagetojob_operator;
-- Enough to name who did what; not an address, not a password hash.
GRANT SELECT (id, public_id, name) ON tenants_user TO pagetojob_operator;
-- For the trigger on flags, which runs with the rights of whoever changes one.
GRANT UPDATE (gates_epoch) ON tenants_tenant TO pagetojob_operator;
CALL ptj_protect('tenants_businessprofile', app => 'SELECT, INSERT, UPDATE', worker => 'SELECT', operator => 'SELECT');
"""


class Migration(migrations.Migration):
    dependencies = [("tenants", "0001_initial")]

    operations = [
        migrations.RunSQL(ROLES, migrations.RunSQL.noop),
        migrations.RunSQL(PROTECT, "DROP PROCEDURE ptj_protect"),
        migrations.RunSQL(COMPOSITE_KEY, "DROP PROCEDURE ptj_composite_key"),
        migrations.RunSQL(KEEPS, "DROP TRIGGER ptj_tenant_keeps ON tenants_tenant; DROP FUNCTION ptj_tenant_keeps"),
        migrations.RunSQL(GRANTS, migrations.RunSQL.noop),
    ]
