"""Validate the kinds of reports, and index delayed notices with the returned ones, which the ledger counts apart.

The new index comes first, and also serves the query of earlier code, which reads the returned ones only.
"""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently, ValidateConstraint
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("notices", "0004_delayed")]

    operations = [
        ValidateConstraint("deliveryreport", "delivery_report_kind_known"),
        AddIndexConcurrently(
            "recipientnotice",
            models.Index(
                fields=["tenant", "lead"],
                condition=models.Q(carried=True, reported__in=("hard bounce", "soft bounce", "delayed")),
                name="recipient_notice_not_arrived",
            ),
        ),
        RemoveIndexConcurrently("recipientnotice", "recipient_notice_returned"),
    ]
