"""Let an import whose run stopped be continued or undone."""
# ruff: noqa: E501

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("importer", "0003_remembered_headings"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="upload",
            name="state_moves",
        ),
        migrations.AlterField(
            model_name="upload",
            name="problem",
            field=models.TextField(blank=True, help_text="Reason why the whole file was rejected, or its run stopped."),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="upload",
            trigger=pgtrigger.compiler.Trigger(
                name="state_moves",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.state = ANY (ARRAY['discarded', 'refused', 'undone']::text[]) OR (OLD.state <> NEW.state AND NOT (OLD.state || '>' || NEW.state = ANY (ARRAY['applied>applying', 'applied>undoing', 'applying>applied', 'applying>ready', 'applying>refused', 'reading>discarded', 'reading>ready', 'reading>refused', 'ready>applying', 'ready>discarded', 'undoing>applied', 'undoing>undone', 'uploaded>discarded', 'uploaded>reading']::text[]))) OR NEW.version <> OLD.version + (OLD.state <> NEW.state)::int)",
                    func="\n            IF OLD.state = ANY (ARRAY['discarded', 'refused', 'undone']::text[]) AND NOT (\n                OLD.state = ANY (ARRAY[]::text[]) AND OLD.state || '>' || NEW.state = ANY (ARRAY['applied>applying', 'applied>undoing', 'applying>applied', 'applying>ready', 'applying>refused', 'reading>discarded', 'reading>ready', 'reading>refused', 'ready>applying', 'ready>discarded', 'undoing>applied', 'undoing>undone', 'uploaded>discarded', 'uploaded>reading']::text[])\n                AND OLD.state_since > now() - interval '75 seconds'\n            ) THEN\n                IF to_jsonb(NEW) - ARRAY[]::text[] IS DISTINCT FROM to_jsonb(OLD) - ARRAY[]::text[] THEN\n                    RAISE EXCEPTION 'a row of % has ended as %: its facts stay', TG_TABLE_NAME, OLD.state\n                        USING ERRCODE = 'check_violation';\n                END IF;\n                RETURN NEW;\n            END IF;\n            IF OLD.state <> NEW.state AND NOT (OLD.state || '>' || NEW.state = ANY (ARRAY['applied>applying', 'applied>undoing', 'applying>applied', 'applying>ready', 'applying>refused', 'reading>discarded', 'reading>ready', 'reading>refused', 'ready>applying', 'ready>discarded', 'undoing>applied', 'undoing>undone', 'uploaded>discarded', 'uploaded>reading']::text[])) THEN\n                RAISE EXCEPTION 'illegal move of %: % -> %', TG_TABLE_NAME, OLD.state, NEW.state\n                    USING ERRCODE = 'check_violation';\n            END IF;\n            IF NEW.version <> OLD.version + (OLD.state <> NEW.state)::int THEN\n                RAISE EXCEPTION 'a move of % raises its version by one, and nothing else does', TG_TABLE_NAME\n                    USING ERRCODE = 'check_violation';\n            END IF;\n            RETURN NEW;\n        ",
                    hash="e05d1e2d19ca4c8f448aeca3db0c72e8175c6245",
                    operation="UPDATE",
                    pgid="pgtrigger_state_moves_91910",
                    table="importer_upload",
                    when="BEFORE",
                ),
            ),
        ),
    ]
