import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('drift', '0004_states_begin'),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='finding',
            name='state_moves',
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='finding',
            trigger=pgtrigger.compiler.Trigger(name='state_moves', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (OLD.state = ANY (ARRAY[]::text[]) OR (OLD.state <> NEW.state AND NOT (OLD.state || '>' || NEW.state = ANY (ARRAY['answered>asked', 'answered>closed', 'answered>dismissed', 'answered>fix agreed', 'answered>open', 'answered>waived', 'asked>answered', 'asked>closed', 'asked>dismissed', 'asked>open', 'asked>waived', 'closed>open', 'dismissed>open', 'fix agreed>closed', 'fix agreed>open', 'fix agreed>waived', 'open>answered', 'open>asked', 'open>closed', 'open>dismissed', 'open>waived', 'waived>closed', 'waived>open']::text[]))) OR NEW.version <> OLD.version + (OLD.state <> NEW.state)::int)", func="\n            IF OLD.state = ANY (ARRAY[]::text[]) AND NOT (\n                OLD.state = ANY (ARRAY[]::text[]) AND OLD.state || '>' || NEW.state = ANY (ARRAY['answered>asked', 'answered>closed', 'answered>dismissed', 'answered>fix agreed', 'answered>open', 'answered>waived', 'asked>answered', 'asked>closed', 'asked>dismissed', 'asked>open', 'asked>waived', 'closed>open', 'dismissed>open', 'fix agreed>closed', 'fix agreed>open', 'fix agreed>waived', 'open>answered', 'open>asked', 'open>closed', 'open>dismissed', 'open>waived', 'waived>closed', 'waived>open']::text[])\n                AND OLD.state_since > now() - interval '75 seconds'\n            ) THEN\n                IF to_jsonb(NEW) - ARRAY[]::text[] IS DISTINCT FROM to_jsonb(OLD) - ARRAY[]::text[] THEN\n                    RAISE EXCEPTION 'a row of % has ended as %: its facts stay', TG_TABLE_NAME, OLD.state\n                        USING ERRCODE = 'check_violation';\n                END IF;\n                RETURN NEW;\n            END IF;\n            IF OLD.state <> NEW.state AND NOT (OLD.state || '>' || NEW.state = ANY (ARRAY['answered>asked', 'answered>closed', 'answered>dismissed', 'answered>fix agreed', 'answered>open', 'answered>waived', 'asked>answered', 'asked>closed', 'asked>dismissed', 'asked>open', 'asked>waived', 'closed>open', 'dismissed>open', 'fix agreed>closed', 'fix agreed>open', 'fix agreed>waived', 'open>answered', 'open>asked', 'open>closed', 'open>dismissed', 'open>waived', 'waived>closed', 'waived>open']::text[])) THEN\n                RAISE EXCEPTION 'illegal move of %: % -> %', TG_TABLE_NAME, OLD.state, NEW.state\n                    USING ERRCODE = 'check_violation';\n            END IF;\n            IF NEW.version <> OLD.version + (OLD.state <> NEW.state)::int THEN\n                RAISE EXCEPTION 'a move of % raises its version by one, and nothing else does', TG_TABLE_NAME\n                    USING ERRCODE = 'check_violation';\n            END IF;\n            RETURN NEW;\n        ", hash='7ea6ab0b721a18a4c8a166a86c3b922210c9abf8', operation='UPDATE', pgid='pgtrigger_state_moves_d52f3', table='drift_finding', when='BEFORE')),
        ),
    ]
