"""Machines may forget answers of the intake API that nobody asks for any more."""

from django.db import migrations

SQL = """
CREATE POLICY worker_all ON syncqueue_idempotencykey TO pagetojob_worker USING (true) WITH CHECK (true);
GRANT SELECT, DELETE ON syncqueue_idempotencykey TO pagetojob_worker;
"""


class Migration(migrations.Migration):
    dependencies = [("syncqueue", "0004_desk_rights")]

    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
