"""Two more files of a version: its CycloneDX attestation and the bill of materials of the code that made it."""

from django.db import migrations, models

KINDS = [
    ("pdf", "PDF packet"),
    ("zip", "zip bundle"),
    ("cdx", "attestation (CycloneDX)"),
    ("bom", "software bill of materials (CycloneDX)"),
]


class Migration(migrations.Migration):
    dependencies = [("readiness", "0004_check_runs")]

    operations = [
        migrations.AlterField("packfile", "kind", models.CharField(choices=KINDS, max_length=3)),
        migrations.RemoveConstraint("packfile", "packfile_kind_known"),
        migrations.AddConstraint(
            "packfile",
            models.CheckConstraint(
                condition=models.Q(kind__in=["pdf", "zip", "cdx", "bom"]), name="packfile_kind_known"
            ),
        ),
    ]
