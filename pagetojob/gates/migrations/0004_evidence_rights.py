"""Evidence of the house is read by all; a tenant's by that tenant alone. It is added, confirmed and revoked."""

from django.db import migrations

SQL = """
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


class Migration(migrations.Migration):
    dependencies = [("gates", "0003_evidence"), ("tenants", "0002_scope")]

    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
