import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('vault', '0006_states_begin'),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='connection',
            name='state_moves',
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='connection',
            trigger=pgtrigger.compiler.Trigger(name='state_moves', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (OLD.state = ANY (ARRAY['disconnected']::text[]) OR (OLD.state <> NEW.state AND NOT (OLD.state || '>' || NEW.state = ANY (ARRAY['active>disconnected', 'active>lost', 'active>paused', 'authorized>active', 'authorized>disconnected', 'authorized>lost', 'awaiting approval>authorized', 'awaiting approval>disconnected', 'awaiting approval>not connected', 'lost>authorized', 'lost>disconnected', 'not connected>awaiting approval', 'not connected>disconnected', 'paused>active', 'paused>disconnected', 'paused>lost']::text[]))) OR NEW.version <> OLD.version + (OLD.state <> NEW.state)::int)", func="\n            IF OLD.state = ANY (ARRAY['disconnected']::text[]) AND NOT (\n                OLD.state = ANY (ARRAY[]::text[]) AND OLD.state || '>' || NEW.state = ANY (ARRAY['active>disconnected', 'active>lost', 'active>paused', 'authorized>active', 'authorized>disconnected', 'authorized>lost', 'awaiting approval>authorized', 'awaiting approval>disconnected', 'awaiting approval>not connected', 'lost>authorized', 'lost>disconnected', 'not connected>awaiting approval', 'not connected>disconnected', 'paused>active', 'paused>disconnected', 'paused>lost']::text[])\n                AND OLD.state_since > now() - interval '75 seconds'\n            ) THEN\n                IF to_jsonb(NEW) - ARRAY[]::text[] IS DISTINCT FROM to_jsonb(OLD) - ARRAY[]::text[] THEN\n                    RAISE EXCEPTION 'a row of % has ended as %: its facts stay', TG_TABLE_NAME, OLD.state\n                        USING ERRCODE = 'check_violation';\n                END IF;\n                RETURN NEW;\n            END IF;\n            IF OLD.state <> NEW.state AND NOT (OLD.state || '>' || NEW.state = ANY (ARRAY['active>disconnected', 'active>lost', 'active>paused', 'authorized>active', 'authorized>disconnected', 'authorized>lost', 'awaiting approval>authorized', 'awaiting approval>disconnected', 'awaiting approval>not connected', 'lost>authorized', 'lost>disconnected', 'not connected>awaiting approval', 'not connected>disconnected', 'paused>active', 'paused>disconnected', 'paused>lost']::text[])) THEN\n                RAISE EXCEPTION 'illegal move of %: % -> %', TG_TABLE_NAME, OLD.state, NEW.state\n                    USING ERRCODE = 'check_violation';\n            END IF;\n            IF NEW.version <> OLD.version + (OLD.state <> NEW.state)::int THEN\n                RAISE EXCEPTION 'a move of % raises its version by one, and nothing else does', TG_TABLE_NAME\n                    USING ERRCODE = 'check_violation';\n            END IF;\n            RETURN NEW;\n        ", hash='00f78834b081a66e85bc4748bbacae81745811d8', operation='UPDATE', pgid='pgtrigger_state_moves_fc2bc', table='vault_connection', when='BEFORE')),
        ),
    ]
