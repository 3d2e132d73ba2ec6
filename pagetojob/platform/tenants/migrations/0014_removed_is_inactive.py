"""Let no removed recipient be active: it would get personal data, and no list shows it.

0015 corrects the rows that an earlier version left active. The released version makes no others.
"""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tenants", "0013_replies")]

    operations = [
        AddConstraintNotValid(
            "noticerecipient",
            models.CheckConstraint(
                condition=models.Q(removed_at__isnull=True) | models.Q(active=False),
                name="notice_recipient_removed_is_inactive",
            ),
        ),
    ]
