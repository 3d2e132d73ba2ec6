"""Rights on logos, and the key that keeps a profile's logo within its tenant."""

from django.db import migrations

SQL = """
CALL ptj_protect('tenants_logo', app => 'SELECT', worker => '', operator => 'SELECT, INSERT');
CALL ptj_composite_key('tenants_businessprofile', 'logo_id', 'tenants_logo');
"""


class Migration(migrations.Migration):
    dependencies = [("tenants", "0006_business_look")]

    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
