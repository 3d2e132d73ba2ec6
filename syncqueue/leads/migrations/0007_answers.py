"""Answers and notes of the office about a request."""

import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import pagetojob.platform.tenants.models
from pagetojob.platform.postgresql.operations import Together


class Migration(migrations.Migration):
    dependencies = [
        ("leads", "0006_session_channel"),
        ("tenants", "0007_logo_rights"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        Together(
            [
                migrations.CreateModel(
                    name="LeadNote",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "created_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                        ),
                        ("text", models.CharField(max_length=2000)),
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
                            "lead",
                            pagetojob.platform.tenants.models.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="notes",
                                to="leads.lead",
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
                        "ordering": ("id",),
                    },
                ),
                migrations.CreateModel(
                    name="LeadAnswer",
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
                            "kind",
                            models.CharField(
                                choices=[
                                    ("contacted", "Contacted"),
                                    ("booked", "Booked"),
                                    ("not a fit", "Not a fit"),
                                    ("spam", "Spam"),
                                    ("not spam", "Not spam"),
                                ],
                                max_length=10,
                            ),
                        ),
                        (
                            "suspected",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=16), blank=True, default=list, editable=False
                            ),
                        ),
                        ("undone_at", models.DateTimeField(editable=False, null=True)),
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
                            "lead",
                            pagetojob.platform.tenants.models.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="answers",
                                to="leads.lead",
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
                        (
                            "undone_by",
                            models.ForeignKey(
                                db_index=False,
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ("id",),
                        "indexes": [models.Index(fields=["tenant", "lead", "id"], name="lead_answer_of_lead")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("kind__in", ["contacted", "booked", "not a fit", "spam", "not spam"])
                                ),
                                name="lead_answer_kind_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("undone_at", None), ("undone_by", None)),
                                    models.Q(("undone_at__isnull", False), ("undone_by__isnull", False)),
                                    _connector="OR",
                                ),
                                name="lead_answer_undone_by_a_person",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="leadanswer",
                    trigger=pgtrigger.compiler.Trigger(
                        name="undone_once",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n                    IF TG_OP = 'UPDATE' AND OLD.undone_at IS NULL\n                        AND to_jsonb(NEW) - '{undone_at,undone_by_id}'::text[]\n                            = to_jsonb(OLD) - '{undone_at,undone_by_id}'::text[]\n                    THEN\n                        RETURN NEW;\n                    END IF;\n                    RAISE EXCEPTION 'an answer stays, and is undone once' USING ERRCODE = 'check_violation';\n                ",  # noqa: E501
                            hash="e1a0b109ad1cfb7cc6ee4da3a88731599fcd30f4",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_undone_once_29c72",
                            table="leads_leadanswer",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.AddIndex(
                    model_name="leadnote",
                    index=models.Index(fields=["tenant", "lead", "id"], name="lead_note_of_lead"),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="leadnote",
                    trigger=pgtrigger.compiler.Trigger(
                        name="note_stays",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n                    IF current_user = 'pagetojob_owner' AND current_setting('app.erase', true) = 'on' THEN\n                        RETURN NEW;\n                    END IF;\n                    RAISE EXCEPTION 'a note stays' USING ERRCODE = 'check_violation';\n                ",  # noqa: E501
                            hash="4f696448d95f387683df5f2254a5dcfb796686be",
                            operation="UPDATE",
                            pgid="pgtrigger_note_stays_3361f",
                            table="leads_leadnote",
                            when="BEFORE",
                        ),
                    ),
                ),
            ]
        )
    ]
