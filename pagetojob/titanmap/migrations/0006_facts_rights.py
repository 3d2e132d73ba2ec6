"""Tenants apart: what holds for the shop as a whole."""

from django.db import migrations

SQL = """
CALL ptj_protect('titanmap_shopfacts',
    app => 'SELECT, INSERT, UPDATE', worker => 'SELECT', operator => 'SELECT, INSERT, UPDATE');
"""


class Migration(migrations.Migration):
    dependencies = [("titanmap", "0005_facts"), ("tenants", "0002_scope")]

    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
