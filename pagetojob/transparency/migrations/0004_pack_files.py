"""One more kind of entry: a file of a version of the readiness pack."""

from django.db import migrations, models

KINDS = [
    ("pack-version", "version of the readiness pack"),
    ("pack-file", "file of a version of the readiness pack"),
    ("sealed-month", "sealed month"),
    ("restatement", "restatement"),
    ("packet", "proof packet"),
    ("receipt", "receipt"),
    ("validation-run", "sandbox validation run"),
    ("evidence-file", "evidence of a test run"),
    ("audit-checkpoint", "head of the audit log"),
    ("verify-program", "version of verify.py"),
]


class Migration(migrations.Migration):
    dependencies = [("transparency", "0003_timestamps")]

    operations = [
        migrations.AlterField("logsubmission", "kind", models.CharField(choices=KINDS, max_length=20)),
        migrations.RemoveConstraint("logsubmission", "log_submission_kind_known"),
        migrations.AddConstraint(
            "logsubmission",
            models.CheckConstraint(
                condition=models.Q(kind__in=[kind for kind, _ in KINDS]), name="log_submission_kind_known"
            ),
        ),
    ]
