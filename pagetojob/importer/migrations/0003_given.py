"""Operators stage the rows of a file that is read whole when it comes, as a Titan Map in JSON is."""

from django.db import migrations

SQL = "GRANT INSERT ON importer_importrow TO pagetojob_operator;"


class Migration(migrations.Migration):
    dependencies = [("importer", "0002_protect"), ("tenants", "0002_scope")]

    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
