"""Store when a test message was reported as delivered, so that its report counts once."""

from django.db import migrations, models

RIGHTS = "GRANT UPDATE (test_delivered_at) ON tenants_noticerecipient TO pagetojob_worker"


class Migration(migrations.Migration):
    dependencies = [("tenants", "0015_removed_valid")]

    operations = [
        migrations.AddField(
            "noticerecipient", "test_delivered_at", models.DateTimeField(blank=True, editable=False, null=True)
        ),
        migrations.RunSQL(RIGHTS, migrations.RunSQL.noop),
    ]
