"""Operators search the texts of the pack, which are public."""

from django.db import migrations

RIGHTS = "GRANT SELECT ON readiness_packtext TO pagetojob_operator;"


class Migration(migrations.Migration):
    dependencies = [("readiness", "0002_rights")]

    operations = [migrations.RunSQL(RIGHTS, migrations.RunSQL.noop)]
