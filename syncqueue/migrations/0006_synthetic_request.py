"""The last synthetic request to the form of a website."""

import django.db.models.deletion
from django.db import migrations, models

from pagetojob.platform.postgresql.operations import Together


class Migration(migrations.Migration):
    dependencies = [
        ("syncqueue", "0005_closed_routes"),
        ("tenants", "0007_logo_rights"),
    ]

    operations = [
        Together(
            [
                migrations.CreateModel(
                    name="SyntheticRequest",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("nonce", models.CharField(max_length=32)),
                        ("stored_at", models.DateTimeField()),
                        (
                            "tenant",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="tenants.tenant",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [models.UniqueConstraint(models.F("tenant"), name="synthetic_request_once")],
                    },
                ),
            ]
        )
    ]
