"""A search for a person also reads the phones of people on call; who has a role with us is left out there."""

from django.db import migrations

RIGHTS = "GRANT SELECT (id, user_id, phone) ON ops_oncallcontact TO pagetojob_app;"


class Migration(migrations.Migration):
    dependencies = [("retention", "0005_erasure"), ("ops", "0002_rights")]

    operations = [migrations.RunSQL(RIGHTS, migrations.RunSQL.noop)]
