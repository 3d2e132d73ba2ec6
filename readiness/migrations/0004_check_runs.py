"""Runs of checks that a place signed. They are only ever added, and each one is a change of the pack."""

import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import readiness.models.protocol

RIGHTS = """
GRANT INSERT ON readiness_checkrun, readiness_checkresult TO pagetojob_app;
CREATE TRIGGER ptj_pack_changed AFTER INSERT ON readiness_checkrun
    FOR EACH STATEMENT EXECUTE FUNCTION ptj_pack_changed();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("readiness", "0003_search_rights"),
    ]

    operations = [
        migrations.CreateModel(
            name="CheckRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("sha256", models.CharField(max_length=64)),
                ("place", models.CharField(help_text="Name of the key that signed the file.", max_length=120)),
                (
                    "key",
                    models.CharField(
                        blank=True, help_text="The public key; empty for an unknown place.", max_length=200
                    ),
                ),
                ("commit", models.CharField(max_length=40)),
                ("tree", models.CharField(help_text="SHA-256 over the tested files.", max_length=64)),
                ("started_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField()),
                (
                    "received_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                ("text", models.TextField()),
            ],
            options={
                "ordering": ("-finished_at", "-id"),
                "constraints": [
                    models.UniqueConstraint(models.F("sha256"), models.F("key"), name="checkrun_once"),
                    models.CheckConstraint(
                        condition=models.Q(("sha256__regex", "^[0-9a-f]{64}$")), name="checkrun_sha256"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CheckResult",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "check_name",
                    models.CharField(
                        help_text="Anchor of the line that it tests.", max_length=140, verbose_name="check"
                    ),
                ),
                ("outcome", models.CharField(choices=[("passed", "passed"), ("failed", "failed")], max_length=6)),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="results", to="readiness.checkrun"
                    ),
                ),
            ],
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="checkrun",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="096c4ff0be8b9c37dd5110a70f9bdc7170f8d1d1",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_dcf02",
                    table="readiness_checkrun",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="checkrun",
            trigger=pgtrigger.compiler.Trigger(
                name="never_emptied",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'table % is append-only', TG_TABLE_NAME;",
                    hash="9cc60e81729068988abef5dca3c70f9a15fc3cc4",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_never_emptied_cfcbb",
                    table="readiness_checkrun",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="checkresult",
            constraint=models.UniqueConstraint(models.F("check_name"), models.F("run"), name="checkresult_once"),
        ),
        migrations.AddConstraint(
            model_name="checkresult",
            constraint=models.CheckConstraint(
                condition=models.Q(("outcome__in", ["passed", "failed"])), name="checkresult_outcome_known"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="checkresult",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="02dedc667d7f9a045fcc8cb42fb91528ee2d7788",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_9b216",
                    table="readiness_checkresult",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="checkresult",
            trigger=pgtrigger.compiler.Trigger(
                name="never_emptied",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'table % is append-only', TG_TABLE_NAME;",
                    hash="24567ef5bc7cf94d8b7a8589547df7aad6ca9981",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_never_emptied_82c30",
                    table="readiness_checkresult",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddField(
            model_name="asbuiltnote",
            name="waits_for",
            field=models.TextField(
                blank=True,
                default="",
                help_text="Gates whose evidence the line still needs before its status can change. Each on a separate line.",  # noqa: E501
                validators=[readiness.models.protocol.gates_only],
            ),
            preserve_default=False,
        ),
        migrations.RunSQL(RIGHTS, migrations.RunSQL.noop),
    ]
