"""Rights on flags and evidence, and the changes that raise the epoch of a tenant's gates.

A flag is set and killed, never moved or removed. Evidence is added, confirmed and revoked.
"""

from django.db import migrations

FLAGS = """
CALL ptj_protect('gates_flag',
    app => 'SELECT, INSERT, UPDATE (wanted, killed)',
    worker => 'SELECT', operator => 'SELECT, UPDATE (wanted, killed)');
"""

EVIDENCE = """
-- Every tenant reads the evidence of the platform; a tenant's own evidence is read by that tenant alone.
DO $$
DECLARE tbl text;
BEGIN
    FOREACH tbl IN ARRAY ARRAY['gates_evidence', 'gates_evidencefile'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tbl);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tbl);
        EXECUTE format('CREATE POLICY owner_all ON %I TO pagetojob_owner USING (true) WITH CHECK (true)', tbl);
        EXECUTE format('CREATE POLICY app_own_and_house ON %I TO pagetojob_app
            USING (tenant_id IS NULL
                OR tenant_id = (SELECT nullif(current_setting(''app.tenant'', true), '''')::bigint))
            WITH CHECK (tenant_id IS NULL
                OR tenant_id = (SELECT nullif(current_setting(''app.tenant'', true), '''')::bigint))', tbl);
        EXECUTE format('CREATE POLICY worker_all ON %I TO pagetojob_worker USING (true) WITH CHECK (true)', tbl);
        EXECUTE format('CREATE POLICY operator_all ON %I TO pagetojob_operator USING (true) WITH CHECK (true)', tbl);
        EXECUTE format('REVOKE ALL ON %I FROM pagetojob_app', tbl);
    END LOOP;
END $$;
GRANT SELECT, INSERT, UPDATE (confirmed_by_id, confirmed_at, revoked_by_id, revoked_at, revoked_reason)
    ON gates_evidence TO pagetojob_app, pagetojob_operator;
GRANT SELECT ON gates_evidence TO pagetojob_worker;
GRANT SELECT, INSERT ON gates_evidencefile TO pagetojob_app, pagetojob_operator;
"""

EPOCHS = """
-- A decision also depends on the demo mark of the tenant, and on rows that an owner removes with TRUNCATE.
CREATE FUNCTION ptj_demo_raises_epoch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.gates_epoch := OLD.gates_epoch + 1;
    RETURN NEW;
END $$;
CREATE TRIGGER ptj_demo_raises_epoch BEFORE UPDATE ON tenants_tenant
    FOR EACH ROW WHEN (OLD.is_demo IS DISTINCT FROM NEW.is_demo) EXECUTE FUNCTION ptj_demo_raises_epoch();

CREATE FUNCTION ptj_emptied_raises_epochs() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE tenants_tenant SET gates_epoch = gates_epoch + 1;
    RETURN NULL;
END $$;
CREATE TRIGGER ptj_emptied AFTER TRUNCATE ON gates_flag
    FOR EACH STATEMENT EXECUTE FUNCTION ptj_emptied_raises_epochs();
CREATE TRIGGER ptj_emptied AFTER TRUNCATE ON gates_evidence
    FOR EACH STATEMENT EXECUTE FUNCTION ptj_emptied_raises_epochs();
REVOKE ALL ON FUNCTION ptj_demo_raises_epoch, ptj_emptied_raises_epochs FROM PUBLIC;
"""
EPOCHS_UNDO = """
DROP TRIGGER ptj_emptied ON gates_evidence;
DROP TRIGGER ptj_emptied ON gates_flag;
DROP FUNCTION ptj_emptied_raises_epochs;
DROP TRIGGER ptj_demo_raises_epoch ON tenants_tenant;
DROP FUNCTION ptj_demo_raises_epoch;
"""


class Migration(migrations.Migration):
    dependencies = [("gates", "0001_initial"), ("tenants", "0002_rights")]

    operations = [
        migrations.RunSQL(FLAGS, migrations.RunSQL.noop),
        migrations.RunSQL(EVIDENCE, migrations.RunSQL.noop),
        migrations.RunSQL(EPOCHS, EPOCHS_UNDO),
    ]
