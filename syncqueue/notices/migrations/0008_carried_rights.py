"""Workers store which notice an item carries after its recipient was stopped."""

from django.db import migrations

RIGHTS = "GRANT UPDATE (carried) ON notices_recipientnotice TO pagetojob_worker;"


class Migration(migrations.Migration):
    dependencies = [("notices", "0007_index_further_notices"), ("tenants", "0002_rights")]

    operations = [migrations.RunSQL(RIGHTS, migrations.RunSQL.noop)]
