"""Index further notices that did not arrive with the carried ones: they also tell whether a request reached someone.

The new index comes first, and also serves the query of earlier code, which reads the carried ones only.
"""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("notices", "0006_without_unverified")]

    operations = [
        AddIndexConcurrently(
            "recipientnotice",
            models.Index(
                fields=["tenant", "lead"],
                condition=models.Q(reported__in=("hard bounce", "soft bounce", "delayed")),
                name="recipient_notice_unreached",
            ),
        ),
        RemoveIndexConcurrently("recipientnotice", "recipient_notice_not_arrived"),
    ]
