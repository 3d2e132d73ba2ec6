"""Tenants apart."""

from django.db import migrations

SQL = """
CALL ptj_protect('gates_flag', worker => 'SELECT', operator => 'SELECT, UPDATE');
"""


class Migration(migrations.Migration):
    dependencies = [("gates", "0001_initial"), ("tenants", "0002_scope")]

    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
