"""Operators set the clock of a tenant; of its other columns they change none."""

from django.db import migrations

SQL = "GRANT UPDATE (time_zone) ON tenants_tenant TO pagetojob_operator"


class Migration(migrations.Migration):
    dependencies = [("tenants", "0005_site_key_rights")]

    operations = [
        migrations.RunSQL(SQL, "REVOKE UPDATE (time_zone) ON tenants_tenant FROM pagetojob_operator"),
    ]
