"""Tenants apart. A tenant's scope owes items; machines and operators move them; attempts are only ever added."""

from django.db import migrations

SQL = """
CALL ptj_protect('syncqueue_syncitem',
    app => 'SELECT, INSERT', worker => 'SELECT, INSERT, UPDATE', operator => 'SELECT, UPDATE');
CALL ptj_protect('syncqueue_syncattempt', app => '', worker => 'SELECT, INSERT', operator => 'SELECT');
CALL ptj_composite_key('syncqueue_syncitem', 'lead_id', 'leads_lead');
CALL ptj_composite_key('syncqueue_syncitem', 'binding_id', 'titanmap_pagebinding');
CALL ptj_composite_key('syncqueue_syncattempt', 'item_id', 'syncqueue_syncitem');
"""


class Migration(migrations.Migration):
    dependencies = [("syncqueue", "0001_initial"), ("tenants", "0002_scope"), ("leads", "0002_protect")]

    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
