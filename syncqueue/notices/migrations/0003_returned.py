"""Index the returned notices, which the ledger of notices counts apart."""

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
        )
    ]
