"""Tenants apart: capacity rules, and the offer a page is bound to."""

from django.db import migrations

SQL = """
CALL ptj_protect('titanmap_capacityrule',
    app => 'SELECT, INSERT, UPDATE', worker => 'SELECT', operator => 'SELECT');
CALL ptj_composite_key('titanmap_pagebinding', 'offer_id', 'titanmap_taxonomyitem');
"""


class Migration(migrations.Migration):
    dependencies = [("titanmap", "0003_capacity"), ("tenants", "0002_scope")]

    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
