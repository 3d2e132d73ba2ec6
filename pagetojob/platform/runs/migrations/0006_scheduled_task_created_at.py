"""Store since when each periodic task exists, so that one that never finished is noticed."""

from django.db import migrations, models
from django.db.models.functions import Now


class Migration(migrations.Migration):
    dependencies = [("runs", "0005_host_report")]

    operations = [
        migrations.AddField("scheduledtask", "created_at", models.DateTimeField(db_default=Now(), editable=False)),
    ]
