"""Webhook routes can be closed and opened again."""

from django.db import migrations, models

RIGHTS = "GRANT UPDATE (closed_at) ON syncqueue_hookroute TO pagetojob_app"


class Migration(migrations.Migration):
    dependencies = [("syncqueue", "0004_other_body")]

    operations = [
        migrations.AddField(
            model_name="hookroute",
            name="closed_at",
            field=models.DateTimeField(editable=False, help_text="A person closed it: nothing is accepted.", null=True),
        ),
        migrations.RunSQL(RIGHTS, "REVOKE UPDATE (closed_at) ON syncqueue_hookroute FROM pagetojob_app"),
    ]
