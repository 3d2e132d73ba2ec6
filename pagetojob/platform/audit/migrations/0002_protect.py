"""Tenant lines for the tenant, house lines for operators; nobody changes or removes any."""

from django.db import migrations

SQL = """
ALTER TABLE audit_auditentry ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_auditentry FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON audit_auditentry TO pagetojob_owner USING (true) WITH CHECK (true);
CREATE POLICY app_reads_own ON audit_auditentry FOR SELECT TO pagetojob_app
    USING (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::bigint));
-- A line without a tenant is a security event or an act on the house: written by all, read by operators.
CREATE POLICY app_writes ON audit_auditentry FOR INSERT TO pagetojob_app
    WITH CHECK (tenant_id IS NULL
        OR tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::bigint));
CREATE POLICY worker_writes ON audit_auditentry FOR INSERT TO pagetojob_worker WITH CHECK (true);
CREATE POLICY operator_reads ON audit_auditentry FOR SELECT TO pagetojob_operator USING (true);
CREATE POLICY operator_writes ON audit_auditentry FOR INSERT TO pagetojob_operator WITH CHECK (true);
GRANT SELECT ON audit_auditentry TO pagetojob_app, pagetojob_operator;
-- Neither the time nor the number of a line is the writer's to choose.
GRANT INSERT (tenant_id, actor_id, actor_label, action, subject, reason, changes, request_id)
    ON audit_auditentry TO pagetojob_app, pagetojob_worker, pagetojob_operator;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial"), ("tenants", "0002_scope")]

    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
