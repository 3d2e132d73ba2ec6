"""Rights on refusals: workers record and check them, and operators start a check."""

from django.db import migrations

RIGHTS = """
CALL ptj_protect('syncqueue_refusal', app => '', worker => 'SELECT, INSERT, UPDATE', operator => 'SELECT, UPDATE');
CALL ptj_composite_key('syncqueue_refusal', 'probe_id', 'syncqueue_syncitem');
"""


class Migration(migrations.Migration):
    dependencies = [("syncqueue", "0012_refusal"), ("tenants", "0002_rights")]

    operations = [migrations.RunSQL(RIGHTS, migrations.RunSQL.noop)]
