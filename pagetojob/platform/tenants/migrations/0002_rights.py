"""Procedures for row-level security that other migrations call, and the rights on tenants and on Django's own tables.

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
REVOKE ALL ON PROCEDURE ptj_protect FROM PUBLIC;
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
REVOKE ALL ON PROCEDURE ptj_composite_key FROM PUBLIC;
"""

TENANT_KEEPS = """
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
REVOKE ALL ON FUNCTION ptj_tenant_keeps FROM PUBLIC;
"""

GRANTS = """
-- The ORM saves a whole row, so the trigger above guards the columns that never change.
GRANT INSERT, UPDATE (public_id, slug, name, time_zone, is_demo, gates_epoch, created_at)
    ON tenants_tenant TO pagetojob_app;
GRANT SELECT ON tenants_tenant, tenants_membership TO pagetojob_worker, pagetojob_operator;
-- Triggers on flags, evidence and connections raise the epoch with the rights of the role that changes a row.
GRANT UPDATE (gates_epoch) ON tenants_tenant TO pagetojob_worker, pagetojob_operator;
GRANT UPDATE (time_zone) ON tenants_tenant TO pagetojob_operator;
GRANT INSERT, UPDATE ON tenants_user, tenants_membership TO pagetojob_app;
-- Operators may see a person's name, but no email address and no password hash.
GRANT SELECT (id, public_id, name) ON tenants_user TO pagetojob_operator;
CALL ptj_protect('tenants_businessprofile',
    app => 'SELECT, INSERT, UPDATE', worker => 'SELECT', operator => 'SELECT, UPDATE (hours)');

-- Site keys and origins are read before the tenant is known. The digest of a key never changes.
REVOKE ALL ON tenants_sitekey, tenants_siteorigin FROM pagetojob_app;
GRANT SELECT, INSERT, UPDATE (label, active) ON tenants_sitekey TO pagetojob_app;
GRANT SELECT, INSERT, DELETE ON tenants_siteorigin TO pagetojob_app;

-- Django's own tables. Permissions come from roles (tenants/roles.py) and sessions from accounts, so the app
-- needs neither groups and permissions nor Django's sessions.
GRANT INSERT ON django_admin_log TO pagetojob_app;
REVOKE ALL ON auth_group, auth_group_permissions, auth_permission, django_session FROM pagetojob_app;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("tenants", "0001_initial"),
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("sessions", "0001_initial"),
    ]

    operations = [
        migrations.RunSQL(ROLES, migrations.RunSQL.noop),
        migrations.RunSQL(PROTECT, "DROP PROCEDURE ptj_protect"),
        migrations.RunSQL(COMPOSITE_KEY, "DROP PROCEDURE ptj_composite_key"),
        migrations.RunSQL(
            TENANT_KEEPS, "DROP TRIGGER ptj_tenant_keeps ON tenants_tenant; DROP FUNCTION ptj_tenant_keeps"
        ),
        migrations.RunSQL(GRANTS, migrations.RunSQL.noop),
    ]
