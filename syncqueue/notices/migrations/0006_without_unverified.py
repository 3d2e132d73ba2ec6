"""Remove the index of unverified reports: counts by hour replace the mark on the notice."""

from django.contrib.postgres.operations import RemoveIndexConcurrently
from django.db import migrations


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("notices", "0005_validate_kinds")]

    operations = [RemoveIndexConcurrently("recipientnotice", "recipient_notice_unverified")]
