"""Rights on the copy of a connection's lists. Workers write it in the scope of the tenant."""

from django.db import migrations

SQL = """
CALL ptj_protect('mirror_readcursor', app => 'SELECT, INSERT, UPDATE', worker => 'SELECT', operator => 'SELECT');
CALL ptj_protect('mirror_remoterow', app => 'SELECT, INSERT, UPDATE, DELETE', worker => 'SELECT', operator => 'SELECT');
CALL ptj_protect('mirror_callpace', app => 'SELECT, INSERT, UPDATE', worker => 'SELECT, UPDATE (next_at)',
    operator => 'SELECT');
CALL ptj_composite_key('mirror_readcursor', 'connection_id', 'vault_connection');
CALL ptj_composite_key('mirror_remoterow', 'connection_id', 'vault_connection');
CALL ptj_composite_key('mirror_callpace', 'connection_id', 'vault_connection');
"""


class Migration(migrations.Migration):
    dependencies = [("mirror", "0001_initial"), ("vault", "0002_rights"), ("tenants", "0002_rights")]

    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
