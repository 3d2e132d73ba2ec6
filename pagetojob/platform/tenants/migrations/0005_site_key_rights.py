"""Site keys and origins are front-door tables: read before any tenant is known. A digest never changes."""

from django.db import migrations

SQL = """
REVOKE ALL ON tenants_sitekey, tenants_siteorigin FROM pagetojob_app;
GRANT SELECT, INSERT, UPDATE (label, active) ON tenants_sitekey TO pagetojob_app;
GRANT SELECT, INSERT, DELETE ON tenants_siteorigin TO pagetojob_app;
"""


class Migration(migrations.Migration):
    dependencies = [("tenants", "0004_site_keys")]

    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
