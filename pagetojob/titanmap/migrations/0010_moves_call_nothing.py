import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('titanmap', '0009_states_begin'),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='pagedraft',
            name='state_moves',
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='pagedraft',
            trigger=pgtrigger.compiler.Trigger(name='state_moves', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (OLD.state = ANY (ARRAY['approved', 'set aside']::text[]) OR (OLD.state <> NEW.state AND NOT (OLD.state || '>' || NEW.state = ANY (ARRAY['draft>in review', 'draft>set aside', 'in review>approved', 'in review>draft', 'in review>set aside']::text[]))) OR NEW.version <> OLD.version + (OLD.state <> NEW.state)::int)", func="\n            IF OLD.state = ANY (ARRAY['approved', 'set aside']::text[]) AND NOT (\n                OLD.state = ANY (ARRAY[]::text[]) AND OLD.state || '>' || NEW.state = ANY (ARRAY['draft>in review', 'draft>set aside', 'in review>approved', 'in review>draft', 'in review>set aside']::text[])\n                AND OLD.state_since > now() - interval '75 seconds'\n            ) THEN\n                IF to_jsonb(NEW) - ARRAY[]::text[] IS DISTINCT FROM to_jsonb(OLD) - ARRAY[]::text[] THEN\n                    RAISE EXCEPTION 'a row of % has ended as %: its facts stay', TG_TABLE_NAME, OLD.state\n                        USING ERRCODE = 'check_violation';\n                END IF;\n                RETURN NEW;\n            END IF;\n            IF OLD.state <> NEW.state AND NOT (OLD.state || '>' || NEW.state = ANY (ARRAY['draft>in review', 'draft>set aside', 'in review>approved', 'in review>draft', 'in review>set aside']::text[])) THEN\n                RAISE EXCEPTION 'illegal move of %: % -> %', TG_TABLE_NAME, OLD.state, NEW.state\n                    USING ERRCODE = 'check_violation';\n            END IF;\n            IF NEW.version <> OLD.version + (OLD.state <> NEW.state)::int THEN\n                RAISE EXCEPTION 'a move of % raises its version by one, and nothing else does', TG_TABLE_NAME\n                    USING ERRCODE = 'check_violation';\n            END IF;\n            RETURN NEW;\n        ", hash='08c9f87ca7e0d1a45a38a2851d55264a0afe410e', operation='UPDATE', pgid='pgtrigger_state_moves_d0702', table='titanmap_pagedraft', when='BEFORE')),
        ),
    ]
