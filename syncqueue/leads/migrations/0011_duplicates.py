"""An answer of the office that a request is a duplicate."""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

KINDS = [
    ("contacted", "Contacted"),
    ("booked", "Booked"),
    ("not a fit", "Not a fit"),
    ("spam", "Spam"),
    ("not spam", "Not spam"),
    ("duplicate", "Duplicate"),
]


class Migration(migrations.Migration):
    dependencies = [("leads", "0010_unseen_characters")]

    operations = [
        migrations.RemoveConstraint("leadanswer", "lead_answer_kind_known"),
        migrations.AlterField("leadanswer", "kind", models.CharField(choices=KINDS, max_length=10)),
        AddConstraintNotValid(
            "leadanswer",
            models.CheckConstraint(
                condition=models.Q(kind__in=[kind for kind, _ in KINDS]), name="lead_answer_kind_known"
            ),
        ),
    ]
