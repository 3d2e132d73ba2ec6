"""Store the versions of the legal texts that a visitor was shown. They never change, so no role may update them."""

from django.db import migrations, models

from pagetojob.platform.postgresql.operations import Together


class Migration(migrations.Migration):
    dependencies = [
        ("leads", "0002_rights"),
    ]

    operations = [
        Together(
            [
                migrations.AddField(
                    model_name="lead",
                    name="consent_version",
                    field=models.PositiveIntegerField(editable=False, null=True),
                ),
                migrations.AddField(
                    model_name="lead",
                    name="privacy_version",
                    field=models.PositiveIntegerField(editable=False, null=True),
                ),
                migrations.AddField(
                    model_name="lead",
                    name="terms_version",
                    field=models.PositiveIntegerField(editable=False, null=True),
                ),
            ]
        )
    ]
