"""Files that are pictures of pages."""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

from pagetojob.platform.postgresql.operations import Together

PURPOSES = ["proof", "evidence", "import", "photo", "packet", "picture"]


class Migration(migrations.Migration):
    dependencies = [("files", "0004_encryption")]

    operations = [
        Together(
            [
                migrations.RemoveConstraint(model_name="file", name="file_purpose_known"),
                migrations.AlterField(
                    model_name="file",
                    name="purpose",
                    field=models.CharField(
                        choices=[
                            ("proof", "proof of work done manually"),
                            ("evidence", "evidence for a gate or a readiness item"),
                            ("import", "a customer's own export, to be imported"),
                            ("photo", "a photo that a visitor attached to a request"),
                            ("packet", "a document that we created and delivered"),
                            ("picture", "a picture of a page that we read"),
                        ],
                        max_length=10,
                    ),
                ),
                AddConstraintNotValid(
                    model_name="file",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("purpose__in", PURPOSES)), name="file_purpose_known"
                    ),
                ),
            ]
        )
    ]
