"""Remember the field of each heading instead of whole mappings; refuse a file while it is applied."""

import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

from pagetojob.platform.postgresql.operations import Together

RIGHTS = """
CALL ptj_protect('importer_rememberedheading',
    app => 'SELECT, INSERT, UPDATE', operator => 'SELECT, INSERT, UPDATE');
"""


class Migration(migrations.Migration):
    dependencies = [
        ("importer", "0002_rights"),
        ("tenants", "0003_second_factor_required"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        Together(
            [
                migrations.CreateModel(
                    name="RememberedHeading",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("target", models.CharField(max_length=60)),
                        ("heading", models.CharField(help_text="In the form of `fields.heading_key`.", max_length=200)),
                        ("field", models.CharField(blank=True, max_length=60)),
                        ("confirmed_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        (
                            "confirmed_by",
                            models.ForeignKey(
                                null=True,
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
                        "constraints": [
                            models.UniqueConstraint(
                                models.F("tenant"),
                                models.F("target"),
                                models.F("heading"),
                                name="remembered_heading_once",
                            )
                        ],
                    },
                ),
                pgtrigger.migrations.RemoveTrigger(
                    model_name="upload",
                    name="state_moves",
                ),
                migrations.RemoveConstraint(
                    model_name="upload",
                    name="upload_fingerprint_shape",
                ),
                migrations.AddField(
                    model_name="upload",
                    name="notes",
                    field=models.JSONField(
                        blank=True,
                        default=dict,
                        help_text="Facts about the whole file: the days that it covers, remarks.",
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="upload",
                    trigger=pgtrigger.compiler.Trigger(
                        name="state_moves",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.state = ANY (ARRAY['discarded', 'refused', 'undone']::text[]) OR (OLD.state <> NEW.state AND NOT (OLD.state || '>' || NEW.state = ANY (ARRAY['applied>undoing', 'applying>applied', 'applying>refused', 'reading>discarded', 'reading>ready', 'reading>refused', 'ready>applying', 'ready>discarded', 'undoing>undone', 'uploaded>discarded', 'uploaded>reading']::text[]))) OR NEW.version <> OLD.version + (OLD.state <> NEW.state)::int)",  # noqa: E501
                            func="\n            IF OLD.state = ANY (ARRAY['discarded', 'refused', 'undone']::text[]) AND NOT (\n                OLD.state = ANY (ARRAY[]::text[]) AND OLD.state || '>' || NEW.state = ANY (ARRAY['applied>undoing', 'applying>applied', 'applying>refused', 'reading>discarded', 'reading>ready', 'reading>refused', 'ready>applying', 'ready>discarded', 'undoing>undone', 'uploaded>discarded', 'uploaded>reading']::text[])\n                AND OLD.state_since > now() - interval '75 seconds'\n            ) THEN\n                IF to_jsonb(NEW) - ARRAY[]::text[] IS DISTINCT FROM to_jsonb(OLD) - ARRAY[]::text[] THEN\n                    RAISE EXCEPTION 'a row of % has ended as %: its facts stay', TG_TABLE_NAME, OLD.state\n                        USING ERRCODE = 'check_violation';\n                END IF;\n                RETURN NEW;\n            END IF;\n            IF OLD.state <> NEW.state AND NOT (OLD.state || '>' || NEW.state = ANY (ARRAY['applied>undoing', 'applying>applied', 'applying>refused', 'reading>discarded', 'reading>ready', 'reading>refused', 'ready>applying', 'ready>discarded', 'undoing>undone', 'uploaded>discarded', 'uploaded>reading']::text[])) THEN\n                RAISE EXCEPTION 'illegal move of %: % -> %', TG_TABLE_NAME, OLD.state, NEW.state\n                    USING ERRCODE = 'check_violation';\n            END IF;\n            IF NEW.version <> OLD.version + (OLD.state <> NEW.state)::int THEN\n                RAISE EXCEPTION 'a move of % raises its version by one, and nothing else does', TG_TABLE_NAME\n                    USING ERRCODE = 'check_violation';\n            END IF;\n            RETURN NEW;\n        ",  # noqa: E501
                            hash="dbd7e921ad974c0db692c2035eb6d84065140953",
                            operation="UPDATE",
                            pgid="pgtrigger_state_moves_91910",
                            table="importer_upload",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.RemoveField(
                    model_name="upload",
                    name="fingerprint",
                ),
                migrations.DeleteModel(
                    name="ColumnMapping",
                ),
                migrations.RunSQL(RIGHTS, migrations.RunSQL.noop),
            ]
        )
    ]
