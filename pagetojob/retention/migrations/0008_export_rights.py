"""Rights on exports of a tenant: operators request and download them, and a worker writes and removes them."""

from django.db import migrations

RIGHTS = """
CALL ptj_protect('retention_tenantexport', app => '',
    worker => 'SELECT, UPDATE (manifest, ended_at, removed_at)', operator => 'SELECT, INSERT');
CALL ptj_protect('retention_exportpart', app => '', worker => 'SELECT, INSERT, DELETE');
CALL ptj_composite_key('retention_tenantexport', 'run_id', 'runs_run');
CALL ptj_composite_key('retention_exportpart', 'export_id', 'retention_tenantexport');
-- An export contains the notes and assignments of operators too.
CREATE POLICY worker_all ON onboarding_contractornote FOR SELECT TO pagetojob_worker USING (true);
CREATE POLICY worker_all ON onboarding_assignment FOR SELECT TO pagetojob_worker USING (true);
GRANT SELECT ON onboarding_contractornote, onboarding_assignment TO pagetojob_worker;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("retention", "0007_tenant_export"),
        ("onboarding", "0006_contractor_health_rights"),
        ("runs", "0002_rights"),
        ("tenants", "0002_rights"),
    ]

    operations = [migrations.RunSQL(RIGHTS, migrations.RunSQL.noop)]
