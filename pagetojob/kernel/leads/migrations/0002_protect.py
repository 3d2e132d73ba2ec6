"""Tenants apart. Machines and operators read leads; only the tenant's own scope writes them."""

from django.db import migrations

SQL = """
CALL ptj_protect('leads_lead', worker => 'SELECT', operator => 'SELECT');
CALL ptj_protect('leads_bookingrequest', worker => 'SELECT', operator => 'SELECT');
CALL ptj_composite_key('leads_bookingrequest', 'lead_id', 'leads_lead');
CALL ptj_composite_key('leads_bookingrequest', 'binding_id', 'titanmap_pagebinding');
REVOKE DELETE ON leads_lead, leads_bookingrequest FROM pagetojob_app;
"""


class Migration(migrations.Migration):
    dependencies = [("leads", "0001_initial"), ("tenants", "0002_scope"), ("titanmap", "0002_protect")]

    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
