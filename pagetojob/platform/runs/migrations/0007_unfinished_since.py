"""Store since when each periodic task is woken without finishing, so that a pause of the dispatcher makes none late."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("runs", "0006_scheduled_task_created_at")]

    operations = [
        migrations.AddField(
            "scheduledtask",
            "unfinished_since",
            models.DateTimeField(help_text="The first wake-up after it last finished.", null=True),
        ),
    ]
