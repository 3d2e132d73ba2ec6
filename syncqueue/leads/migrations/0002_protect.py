"""Tenants apart. Machines and operators read leads; only the tenant's own scope writes them.

What a lead is known by, and what the visitor agreed to and when, never changes.
"""

from django.db import migrations

SQL = """
CALL ptj_protect('leads_lead',
    app => 'SELECT, INSERT,
        UPDATE (excluded_as, name, phone, phone_e164, email, street, city, state, zip, message, source)',
    worker => 'SELECT', operator => 'SELECT');
CALL ptj_protect('leads_bookingrequest',
    app => 'SELECT, INSERT, UPDATE (binding_id)', worker => 'SELECT', operator => 'SELECT');
CALL ptj_composite_key('leads_bookingrequest', 'lead_id', 'leads_lead');
CALL ptj_composite_key('leads_bookingrequest', 'binding_id', 'titanmap_pagebinding');
"""


class Migration(migrations.Migration):
    dependencies = [("leads", "0001_initial"), ("tenants", "0002_scope"), ("titanmap", "0002_protect")]

    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
