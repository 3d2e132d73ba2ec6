import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('importer', '0003_given'),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='upload',
            name='state_moves',
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='upload',
            trigger=pgtrigger.compiler.Trigger(name='state_begins', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (NEW.state <> 'uploaded' OR NEW.version <> 0)", func="\n            RAISE EXCEPTION 'a row of % begins as uploaded at version 0', TG_TABLE_NAME\n                USING ERRCODE = 'check_violation';\n        ", hash='ef609ea723954456dd0ba4138d6f7d422682b24f', operation='INSERT', pgid='pgtrigger_state_begins_c068a', table='importer_upload', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='upload',
            trigger=pgtrigger.compiler.Trigger(name='state_moves', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            IF OLD.state = ANY (ARRAY['discarded', 'refused', 'undone']::text[]) AND NOT (\n                OLD.state = ANY (ARRAY[]::text[]) AND OLD.state || '>' || NEW.state = ANY (ARRAY['applied>undoing', 'applying>applied', 'reading>discarded', 'reading>ready', 'reading>refused', 'ready>applying', 'ready>discarded', 'undoing>undone', 'uploaded>discarded', 'uploaded>reading']::text[])\n                AND OLD.state_since > now() - interval '75 seconds'\n            ) THEN\n                IF to_jsonb(NEW) - ARRAY[]::text[] IS DISTINCT FROM to_jsonb(OLD) - ARRAY[]::text[] THEN\n                    RAISE EXCEPTION 'a row of % has ended as %: its facts stay', TG_TABLE_NAME, OLD.state\n                        USING ERRCODE = 'check_violation';\n                END IF;\n                RETURN NEW;\n            END IF;\n            IF OLD.state <> NEW.state AND NOT (OLD.state || '>' || NEW.state = ANY (ARRAY['applied>undoing', 'applying>applied', 'reading>discarded', 'reading>ready', 'reading>refused', 'ready>applying', 'ready>discarded', 'undoing>undone', 'uploaded>discarded', 'uploaded>reading']::text[])) THEN\n                RAISE EXCEPTION 'illegal move of %: % -> %', TG_TABLE_NAME, OLD.state, NEW.state\n                    USING ERRCODE = 'check_violation';\n            END IF;\n            IF NEW.version <> OLD.version + (OLD.state <> NEW.state)::int THEN\n                RAISE EXCEPTION 'a move of % raises its version by one, and nothing else does', TG_TABLE_NAME\n                    USING ERRCODE = 'check_violation';\n            END IF;\n            RETURN NEW;\n        ", hash='4c127bb917e70355fd1f3d9d39589630f56c4ac3', operation='UPDATE', pgid='pgtrigger_state_moves_91910', table='importer_upload', when='BEFORE')),
        ),
    ]
