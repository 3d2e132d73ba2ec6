"""Who claimed an item, and no entry in the index of causes for what has none."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("syncqueue", "0017_indexes")]

    operations = [
        migrations.AddField(
            model_name="syncitem",
            name="claimed_by",
            field=models.CharField(
                blank=True,
                db_default="",
                editable=False,
                help_text="The process that claimed it last; see `workers`.",
                max_length=80,
            ),
        ),
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
