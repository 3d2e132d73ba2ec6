"""Rights on the triage of items: operators assign and snooze items, and workers do it for bulk runs."""

from django.db import migrations

RIGHTS = """
CALL ptj_protect('syncqueue_itemtriage', app => '',
    worker => 'SELECT, INSERT, UPDATE', operator => 'SELECT, INSERT, UPDATE');
CALL ptj_protect('syncqueue_triagechange', app => '', worker => 'SELECT, INSERT', operator => 'SELECT, INSERT');
CALL ptj_composite_key('syncqueue_itemtriage', 'item_id', 'syncqueue_syncitem');
CALL ptj_composite_key('syncqueue_triagechange', 'item_id', 'syncqueue_syncitem');
CALL ptj_composite_key('syncqueue_triagechange', 'run_id', 'runs_run');
REVOKE ALL ON syncqueue_queuevisit FROM pagetojob_app;
GRANT SELECT, INSERT, UPDATE ON syncqueue_queuevisit TO pagetojob_operator;
"""


class Migration(migrations.Migration):
    dependencies = [("syncqueue", "0009_triage"), ("tenants", "0002_rights")]

    operations = [migrations.RunSQL(RIGHTS, migrations.RunSQL.noop)]
