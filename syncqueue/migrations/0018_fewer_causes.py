"""What has no cause has no entry in the index of causes: most items never have one."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("syncqueue", "0017_indexes")]

    operations = [
        migrations.RemoveIndex(model_name="syncitem", name="sync_item_cause_newest"),
        migrations.AddIndex(
            model_name="syncitem",
            index=models.Index(
                condition=models.Q(
                    ("cause__gt", ""),
                    ("state__in", ("queued", "sending", "retrying", "needs review", "blocked", "unknown")),
                ),
                fields=["cause", "-created_at", "-id"],
                name="sync_item_cause_newest",
            ),
        ),
    ]
