"""A recipient that the business lets customers reply to."""

from django.db import migrations, models

RIGHTS = "GRANT UPDATE (takes_replies) ON tenants_noticerecipient TO pagetojob_app, pagetojob_operator"


class Migration(migrations.Migration):
    dependencies = [("tenants", "0012_staff_role_rights")]

    operations = [
        migrations.AddField(
            "noticerecipient",
            "takes_replies",
            models.BooleanField(
                db_default=False,
                default=False,
                help_text="Customers see it, and may reply to it, once it is confirmed.",
            ),
        ),
        migrations.RunSQL(RIGHTS, migrations.RunSQL.noop),
    ]
