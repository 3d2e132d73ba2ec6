import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('runs', '0004_states_begin'),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='run',
            name='state_moves',
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='run',
            trigger=pgtrigger.compiler.Trigger(name='state_moves', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (OLD.state = ANY (ARRAY['cancelled', 'done']::text[]) OR (OLD.state <> NEW.state AND NOT (OLD.state || '>' || NEW.state = ANY (ARRAY['failed>queued', 'queued>cancelled', 'queued>running', 'running>cancelled', 'running>done', 'running>failed', 'running>queued']::text[]))) OR NEW.version <> OLD.version + (OLD.state <> NEW.state)::int)", func="\n            IF OLD.state = ANY (ARRAY['cancelled', 'done']::text[]) AND NOT (\n                OLD.state = ANY (ARRAY[]::text[]) AND OLD.state || '>' || NEW.state = ANY (ARRAY['failed>queued', 'queued>cancelled', 'queued>running', 'running>cancelled', 'running>done', 'running>failed', 'running>queued']::text[])\n                AND OLD.state_since > now() - interval '75 seconds'\n            ) THEN\n                IF to_jsonb(NEW) - ARRAY['params']::text[] IS DISTINCT FROM to_jsonb(OLD) - ARRAY['params']::text[] THEN\n                    RAISE EXCEPTION 'a row of % has ended as %: its facts stay', TG_TABLE_NAME, OLD.state\n                        USING ERRCODE = 'check_violation';\n                END IF;\n                RETURN NEW;\n            END IF;\n            IF OLD.state <> NEW.state AND NOT (OLD.state || '>' || NEW.state = ANY (ARRAY['failed>queued', 'queued>cancelled', 'queued>running', 'running>cancelled', 'running>done', 'running>failed', 'running>queued']::text[])) THEN\n                RAISE EXCEPTION 'illegal move of %: % -> %', TG_TABLE_NAME, OLD.state, NEW.state\n                    USING ERRCODE = 'check_violation';\n            END IF;\n            IF NEW.version <> OLD.version + (OLD.state <> NEW.state)::int THEN\n                RAISE EXCEPTION 'a move of % raises its version by one, and nothing else does', TG_TABLE_NAME\n                    USING ERRCODE = 'check_violation';\n            END IF;\n            RETURN NEW;\n        ", hash='ad816365e184db757dd0ba6443e8d4ca4e627f97', operation='UPDATE', pgid='pgtrigger_state_moves_658c6', table='runs_run', when='BEFORE')),
        ),
    ]
