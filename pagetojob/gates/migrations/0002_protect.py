"""Tenants apart. A flag is wished for and killed, and is never moved or removed."""

from django.db import migrations

SQL = """
CALL ptj_protect('gates_flag',
    app => 'SELECT, INSERT, UPDATE (wanted, killed)',
    worker => 'SELECT', operator => 'SELECT, UPDATE (wanted, killed)');
"""


class Migration(migrations.Migration):
    dependencies = [("gates", "0001_initial"), ("tenants", "0002_scope")]

    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
