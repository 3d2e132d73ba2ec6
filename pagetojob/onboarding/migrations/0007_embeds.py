"""Pages of contractors' own websites that get our form."""

import uuid

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("onboarding", "0006_contractor_health_rights"),
        ("tenants", "0007_logo_rights"),
    ]

    operations = [
        migrations.CreateModel(
            name="Embed",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                ("page_url", models.CharField(max_length=500)),
                (
                    "state",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("detected", "Detected"),
                            ("not yet", "Not yet detected"),
                            ("other page", "Detected on another page"),
                        ],
                        editable=False,
                        max_length=10,
                    ),
                ),
                ("other_url", models.CharField(blank=True, editable=False, max_length=500)),
                (
                    "note",
                    models.CharField(blank=True, editable=False, help_text="The reason of the state.", max_length=300),
                ),
                (
                    "detected_at",
                    models.DateTimeField(editable=False, help_text="The last time that the form was there.", null=True),
                ),
                ("checked_at", models.DateTimeField(editable=False, null=True)),
                ("due_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                (
                    "site_key",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="tenants.sitekey"
                    ),
                ),
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
                "ordering": ("page_url",),
                "indexes": [models.Index(fields=["due_at"], name="embed_due")],
                "constraints": [
                    models.UniqueConstraint(models.F("tenant"), models.F("page_url"), name="embed_once"),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["", "detected", "not yet", "other page"])),
                        name="embed_state_known",
                    ),
                ],
            },
        ),
    ]
