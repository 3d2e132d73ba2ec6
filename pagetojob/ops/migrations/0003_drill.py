"""Drills: practices of runbooks."""

import uuid

import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

from pagetojob.platform.postgresql.operations import Together

RIGHTS = """
REVOKE ALL ON ops_drill FROM pagetojob_app;
GRANT SELECT, INSERT ON ops_drill TO pagetojob_operator, pagetojob_worker;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("ops", "0002_rights"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        Together(
            [
                migrations.CreateModel(
                    name="Drill",
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
                        ("runbook", models.CharField(help_text="A slug of runbooks.RUNBOOKS.", max_length=40)),
                        (
                            "by_label",
                            models.CharField(
                                blank=True, help_text="The command, if no signed-in person recorded it.", max_length=60
                            ),
                        ),
                        ("at", models.DateTimeField(help_text="When the practice ended.")),
                        (
                            "outcome",
                            models.CharField(
                                choices=[
                                    ("passed", "passed"),
                                    ("problems", "passed with problems"),
                                    ("failed", "failed"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("note", models.CharField(blank=True, max_length=500)),
                        (
                            "by",
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
                        "ordering": ("-at", "-pk"),
                        "indexes": [models.Index(fields=["runbook", "-at", "-id"], name="drill_newest")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("outcome__in", ["passed", "problems", "failed"])),
                                name="drill_outcome_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("by__isnull", False), ("by_label", "")),
                                    models.Q(("by__isnull", True), models.Q(("by_label", ""), _negated=True)),
                                    _connector="OR",
                                ),
                                name="drill_by_a_person_or_a_command",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="drill",
                    trigger=pgtrigger.compiler.Trigger(
                        name="append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",  # noqa: E501
                            hash="034bff2ec435bd780f8db985723b38170534217c",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_d71db",
                            table="ops_drill",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="drill",
                    trigger=pgtrigger.compiler.Trigger(
                        name="never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'table % is append-only', TG_TABLE_NAME;",
                            hash="a7723e8c494c7a071de6466287a2b600e7c7833d",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_never_emptied_3b508",
                            table="ops_drill",
                            when="BEFORE",
                        ),
                    ),
                ),
            ]
        ),
        migrations.RunSQL(RIGHTS, migrations.RunSQL.noop),
    ]
