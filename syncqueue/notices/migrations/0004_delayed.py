"""Store reports of delays."""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

_KINDS = [
    ("hard bounce", "returned: the address does not accept messages"),
    ("soft bounce", "returned: the message was refused"),
    ("delayed", "delayed: the mail server is still trying"),
    ("complaint", "accepted, then reported as spam"),
    ("delivered", "delivered"),
]


class Migration(migrations.Migration):
    dependencies = [("notices", "0003_returned")]

    operations = [
        migrations.AlterField("deliveryreport", "kind", models.CharField(choices=_KINDS, max_length=11)),
        migrations.RemoveConstraint("deliveryreport", "delivery_report_kind_known"),
        AddConstraintNotValid(
            "deliveryreport",
            models.CheckConstraint(
                condition=models.Q(kind__in=[kind for kind, _ in _KINDS]), name="delivery_report_kind_known"
            ),
        ),
    ]
