"""Timestamps of checkpoints: workers write them, everyone reads them."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

RIGHTS = """
REVOKE ALL ON transparency_checkpointtimestamp FROM pagetojob_app;
GRANT SELECT ON transparency_checkpointtimestamp TO pagetojob_app, pagetojob_worker, pagetojob_operator;
GRANT INSERT ON transparency_checkpointtimestamp TO pagetojob_worker;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("transparency", "0002_rights"),
    ]

    operations = [
        migrations.CreateModel(
            name="CheckpointTimestamp",
            fields=[
                (
                    "checkpoint",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="timestamp",
                        serialize=False,
                        to="transparency.logcheckpoint",
                    ),
                ),
                ("token", models.BinaryField(help_text="Timestamp token (RFC 3161) in DER.")),
                ("dated_at", models.DateTimeField(help_text="Time that the authority states.")),
            ],
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="checkpointtimestamp",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="7ae8358c408b5b310466fcf77377c6fbc3fc6974",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_7d65f",
                    table="transparency_checkpointtimestamp",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="checkpointtimestamp",
            trigger=pgtrigger.compiler.Trigger(
                name="never_emptied",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'table % is append-only', TG_TABLE_NAME;",
                    hash="d4a9f47fa8d141ef29be127d8a9d0f01fb8c009c",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_never_emptied_b317e",
                    table="transparency_checkpointtimestamp",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.RunSQL(RIGHTS, migrations.RunSQL.noop),
    ]
