"""Rights on synthetic requests: the form stores the last one, workers read it."""

from django.db import migrations

RIGHTS = """
CALL ptj_protect('syncqueue_syntheticrequest',
    app => 'SELECT, INSERT, UPDATE (nonce, stored_at)', worker => 'SELECT');
"""


class Migration(migrations.Migration):
    dependencies = [("syncqueue", "0006_synthetic_request"), ("tenants", "0002_rights")]

    operations = [migrations.RunSQL(RIGHTS, migrations.RunSQL.noop)]
