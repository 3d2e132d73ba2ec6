"""Changes made in setup."""

import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

from pagetojob.platform.postgresql.operations import Together


class Migration(migrations.Migration):
    dependencies = [
        ("onboarding", "0002_rights"),
        ("tenants", "0006_business_look"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        Together(
            [
                migrations.CreateModel(
                    name="SetupChange",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("number", models.PositiveIntegerField()),
                        ("step", models.CharField(max_length=10)),
                        ("before", models.JSONField()),
                        ("after", models.JSONField()),
                        ("reason", models.CharField(max_length=500)),
                        (
                            "at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                        ),
                        (
                            "by",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
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
                        "ordering": ("-number",),
                        "constraints": [
                            models.UniqueConstraint(models.F("tenant"), models.F("number"), name="setup_change_once"),
                            models.CheckConstraint(
                                condition=models.Q(("reason", ""), _negated=True), name="setup_change_has_reason"
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="setupchange",
                    trigger=pgtrigger.compiler.Trigger(
                        name="append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table',"
                            " TG_TABLE_NAME;",
                            hash="d93859e81310076f0f908d69facd509c4ea2bede",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_1268e",
                            table="onboarding_setupchange",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="setupchange",
                    trigger=pgtrigger.compiler.Trigger(
                        name="never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'table % is append-only', TG_TABLE_NAME;",
                            hash="dd83cd0201da991daa3be546f035fab935481622",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_never_emptied_bb604",
                            table="onboarding_setupchange",
                            when="BEFORE",
                        ),
                    ),
                ),
            ]
        )
    ]
