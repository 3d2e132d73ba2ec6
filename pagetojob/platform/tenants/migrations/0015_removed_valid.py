"""Validate the constraint of 0014, while requests are stored."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("tenants", "0014_removed_is_inactive")]

    operations = [ValidateConstraint("noticerecipient", "notice_recipient_removed_is_inactive")]
