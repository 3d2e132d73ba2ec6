"""Answers to the access checklist and the intake questionnaire, and their sign-offs."""

import uuid

import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

from pagetojob.platform.postgresql.operations import Together


class Migration(migrations.Migration):
    dependencies = [
        ("gates", "0003_shell_evidence"),
        ("onboarding", "0009_portal_rights"),
        ("tenants", "0007_logo_rights"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        Together(
            [
                migrations.CreateModel(
                    name="SignOff",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        (
                            "created_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                        ),
                        (
                            "part",
                            models.CharField(
                                choices=[("access", "Access checklist"), ("intake", "Intake questionnaire")],
                                max_length=6,
                            ),
                        ),
                        ("sha256", models.CharField(help_text="A hash of the answers signed off.", max_length=64)),
                        ("answers", models.PositiveSmallIntegerField()),
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
                            "evidence",
                            models.ForeignKey(
                                db_index=False,
                                help_text="Made from it, for a gate.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="gates.evidence",
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
                        "ordering": ("-id",),
                    },
                ),
                migrations.CreateModel(
                    name="CustomerAnswer",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        (
                            "created_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                        ),
                        (
                            "part",
                            models.CharField(
                                choices=[("access", "Access checklist"), ("intake", "Intake questionnaire")],
                                max_length=6,
                            ),
                        ),
                        ("slug", models.SlugField(max_length=60)),
                        ("shown", models.JSONField()),
                        ("text", models.CharField(max_length=4000)),
                        (
                            "modules",
                            models.JSONField(
                                default=list, help_text="Modules of the plan, as the person selected them."
                            ),
                        ),
                        (
                            "artifact",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="gates.evidencefile",
                            ),
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
                        "ordering": ("-id",),
                        "indexes": [
                            models.Index(fields=["tenant", "part", "slug", "-id"], name="customer_answer_newest")
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                models.F("tenant"), models.F("id"), name="customer_answer_tenant_key"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("part__in", ["access", "intake"])),
                                name="customer_answer_part_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("text", ""), _negated=True), name="customer_answer_filled"
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="customeranswer",
                    trigger=pgtrigger.compiler.Trigger(
                        name="append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF TG_OP = 'UPDATE' AND current_user = 'pagetojob_owner' AND current_setting('app.erase', true) = 'on'\n                AND to_jsonb(NEW) - ARRAY['text']::text[] = to_jsonb(OLD) - ARRAY['text']::text[] THEN\n                RETURN NEW;\n            END IF;\n            RAISE EXCEPTION 'table % is append-only', TG_TABLE_NAME;\n        ",  # noqa: E501
                            hash="6785ea375eb3d74fff845a9b7d3f8b1132ddd94a",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_877ad",
                            table="onboarding_customeranswer",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="customeranswer",
                    trigger=pgtrigger.compiler.Trigger(
                        name="never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'table % is append-only', TG_TABLE_NAME;",
                            hash="2a52c40a6eb66f81b05e2805ce10aea6d189d2a0",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_never_emptied_357eb",
                            table="onboarding_customeranswer",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.AddIndex(
                    model_name="signoff",
                    index=models.Index(fields=["tenant", "part", "-id"], name="sign_off_newest"),
                ),
                migrations.AddConstraint(
                    model_name="signoff",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("part__in", ["access", "intake"])), name="sign_off_part_known"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="signoff",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("sha256__regex", "^[0-9a-f]{64}$")), name="sign_off_sha256"
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="signoff",
                    trigger=pgtrigger.compiler.Trigger(
                        name="append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table',"
                            " TG_TABLE_NAME;",
                            hash="5c61374d94706ff28ffd1ad8f6c16c66ccdb91cd",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_25756",
                            table="onboarding_signoff",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="signoff",
                    trigger=pgtrigger.compiler.Trigger(
                        name="never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'table % is append-only', TG_TABLE_NAME;",
                            hash="77d5c6747b424c161edd1d571d7b7a968ab33683",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_never_emptied_c6a2c",
                            table="onboarding_signoff",
                            when="BEFORE",
                        ),
                    ),
                ),
            ]
        )
    ]
