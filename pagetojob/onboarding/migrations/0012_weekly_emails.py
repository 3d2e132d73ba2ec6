"""The weekly email of each person: whether it is wanted, and the state of the newest one."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("onboarding", "0011_customer_answer_rights"),
        ("tenants", "0008_notice_channels"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="WeeklyEmail",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("wanted", models.BooleanField()),
                (
                    "week",
                    models.DateField(
                        editable=False, help_text="Monday on which the newest one was due and settled.", null=True
                    ),
                ),
                ("due_at", models.DateTimeField(editable=False, help_text="No earlier attempt than this.", null=True)),
                ("attempts", models.PositiveSmallIntegerField(db_default=0, default=0, editable=False)),
                ("error", models.CharField(blank=True, db_default="", editable=False, max_length=200)),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.tenant",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(models.F("tenant"), models.F("user"), name="weekly_email_once")
                ],
            },
        ),
    ]
