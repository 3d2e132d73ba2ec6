"""Photos beside their lead. Operators and machines may exclude a lead and correct which page it belongs to.

Operators may also clear a suspicion. What the visitor typed stays out of their reach.
"""

from django.db import migrations

SQL = """
CALL ptj_protect('leads_leadphoto', app => 'SELECT, INSERT', worker => 'SELECT', operator => 'SELECT');
CALL ptj_composite_key('leads_leadphoto', 'lead_id', 'leads_lead');
CALL ptj_composite_key('leads_leadphoto', 'file_id', 'files_file');
GRANT UPDATE (excluded_as, suspected) ON leads_lead TO pagetojob_operator;
GRANT UPDATE (excluded_as) ON leads_lead TO pagetojob_worker;
GRANT UPDATE (binding_id) ON leads_bookingrequest TO pagetojob_operator, pagetojob_worker;
"""


class Migration(migrations.Migration):
    dependencies = [("leads", "0003_suspicion_and_photos"), ("files", "0002_protect")]

    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
