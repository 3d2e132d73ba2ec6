"""Rights on leads, their booking requests and photos. Only the scope of the tenant adds any.

The identifiers of a lead, and the time and content of the visitor's consent, never change.
"""

from django.db import migrations

SQL = """
-- Operators and workers may exclude a lead and correct its page, and operators may clear a suspicion. They cannot
-- change what the visitor typed.
CALL ptj_protect('leads_lead',
    app => 'SELECT, INSERT,
        UPDATE (excluded_as, name, phone, phone_e164, email, street, city, state, zip, message, source)',
    worker => 'SELECT, UPDATE (excluded_as)', operator => 'SELECT, UPDATE (excluded_as, suspected)');
CALL ptj_protect('leads_bookingrequest',
    app => 'SELECT, INSERT, UPDATE (binding_id)',
    worker => 'SELECT, UPDATE (binding_id)', operator => 'SELECT, UPDATE (binding_id)');
CALL ptj_protect('leads_leadphoto', app => 'SELECT, INSERT', worker => 'SELECT', operator => 'SELECT');

CALL ptj_composite_key('leads_bookingrequest', 'lead_id', 'leads_lead');
CALL ptj_composite_key('leads_bookingrequest', 'binding_id', 'titanmap_pagebinding');
CALL ptj_composite_key('leads_leadphoto', 'lead_id', 'leads_lead');
CALL ptj_composite_key('leads_leadphoto', 'file_id', 'files_file');
"""


class Migration(migrations.Migration):
    dependencies = [("leads", "0001_initial"), ("tenants", "0002_rights")]

    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
