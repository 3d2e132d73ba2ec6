"""Index the returned notices, which the ledger counts apart, and those with an unverified report, for an alarm."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("notices", "0002_rights")]

    operations = [
        AddIndexConcurrently(
            "recipientnotice",
            models.Index(
                fields=["tenant", "lead"],
                condition=models.Q(carried=True, reported__in=("hard bounce", "soft bounce")),
                name="recipient_notice_returned",
            ),
        ),
        AddIndexConcurrently(
            "recipientnotice",
            models.Index(fields=["id"], condition=models.Q(reported="unverified"), name="recipient_notice_unverified"),
        ),
    ]
