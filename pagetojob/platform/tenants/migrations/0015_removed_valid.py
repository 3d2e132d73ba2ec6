"""Correct the rows that the constraint of 0014 refuses, and validate it, while requests are stored."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations

CORRECTED = "UPDATE tenants_noticerecipient SET active = false WHERE removed_at IS NOT NULL AND active"


class Migration(migrations.Migration):
    dependencies = [("tenants", "0014_removed_is_inactive")]

    operations = [
        migrations.RunSQL(CORRECTED, migrations.RunSQL.noop),
        ValidateConstraint("noticerecipient", "notice_recipient_removed_is_inactive"),
    ]
