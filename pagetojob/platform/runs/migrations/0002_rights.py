"""Rights on runs, and on periodic tasks, which only workers write."""

from django.db import migrations

SQL = """
CALL ptj_protect('runs_run',
    app => 'SELECT, INSERT, UPDATE', worker => 'SELECT, UPDATE', operator => 'SELECT, INSERT, UPDATE');
REVOKE ALL ON runs_scheduledtask FROM pagetojob_app;
GRANT SELECT ON runs_scheduledtask TO pagetojob_operator;
GRANT SELECT, INSERT, UPDATE ON runs_scheduledtask TO pagetojob_worker;
"""


class Migration(migrations.Migration):
    dependencies = [("runs", "0001_initial"), ("tenants", "0002_rights")]

    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
