"""Pictures of findings."""

import uuid

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import pagetojob.platform.tenants.models


class Migration(migrations.Migration):
    dependencies = [
        ("drift", "0007_address_rule"),
        ("files", "0005_pictures"),
        ("tenants", "0010_page_until"),
    ]

    operations = [
        migrations.CreateModel(
            name="FindingPicture",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("opening", models.PositiveIntegerField(help_text="Value of the finding's times_opened.")),
                (
                    "moment",
                    models.CharField(
                        choices=[
                            ("opened", "Before: when the finding opened"),
                            ("changed", "After a change: the website still differs"),
                            ("resolved", "After: when the finding was resolved"),
                        ],
                        max_length=10,
                    ),
                ),
                ("quote", models.CharField(blank=True, max_length=400)),
                ("selector", models.CharField(blank=True, max_length=400)),
                (
                    "why",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("not visible", "Browsers do not show this part of the page, such as its structured data."),
                            ("hidden", "The design of the page hides this part."),
                            ("failed", "The browser failed three times."),
                        ],
                        max_length=12,
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                (
                    "recorded_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                (
                    "file",
                    pagetojob.platform.tenants.models.TenantForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="files.file",
                    ),
                ),
                (
                    "finding",
                    pagetojob.platform.tenants.models.TenantForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="pictures",
                        to="drift.finding",
                    ),
                ),
                (
                    "reading",
                    pagetojob.platform.tenants.models.TenantForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="drift.sitereading",
                    ),
                ),
                (
                    "snapshot",
                    pagetojob.platform.tenants.models.TenantForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="drift.snapshot",
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
                "indexes": [
                    models.Index(
                        condition=models.Q(("file__isnull", True), ("why", "")),
                        fields=["tenant", "id"],
                        name="finding_picture_due",
                    ),
                    models.Index(fields=["tenant", "reading"], name="finding_picture_reading"),
                ],
                "constraints": [
                    models.UniqueConstraint(models.F("tenant"), models.F("id"), name="finding_picture_tenant_key"),
                    models.UniqueConstraint(
                        models.F("tenant"),
                        models.F("finding"),
                        models.F("opening"),
                        models.F("moment"),
                        models.F("snapshot"),
                        name="finding_picture_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("moment__in", ["opened", "changed", "resolved"])),
                        name="finding_picture_moment_known",
                    ),
                ],
            },
        ),
    ]
