"""A step names the file it made; operators may read of a data key all but its bytes, to name what a secret is under."""

from django.db import migrations

SQL = """
GRANT UPDATE (file_id) ON vault_followup TO pagetojob_worker;
CALL ptj_composite_key('vault_followup', 'file_id', 'files_file');
CREATE POLICY operator_all ON vault_datakey TO pagetojob_operator USING (true) WITH CHECK (true);
GRANT SELECT (id, public_id, tenant_id, purpose, connection_id, generation, kek_id, created_at, destroyed_at)
    ON vault_datakey TO pagetojob_operator;
"""


class Migration(migrations.Migration):
    dependencies = [("vault", "0003_receipt_pdf"), ("files", "0002_protect"), ("tenants", "0002_scope")]

    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
