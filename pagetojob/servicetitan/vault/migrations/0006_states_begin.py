import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('vault', '0005_webhook_slots'),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='connection',
            name='state_moves',
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='connection',
            trigger=pgtrigger.compiler.Trigger(name='state_begins', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (NEW.state <> 'not connected' OR NEW.version <> 0)", func="\n            RAISE EXCEPTION 'a row of % begins as not connected at version 0', TG_TABLE_NAME\n                USING ERRCODE = 'check_violation';\n        ", hash='21620e68dd1d3456705a935918688f88efbdc798', operation='INSERT', pgid='pgtrigger_state_begins_57470', table='vault_connection', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='connection',
            trigger=pgtrigger.compiler.Trigger(name='state_moves', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            IF OLD.state = ANY (ARRAY['disconnected']::text[]) AND NOT (\n                OLD.state = ANY (ARRAY[]::text[]) AND OLD.state || '>' || NEW.state = ANY (ARRAY['active>disconnected', 'active>lost', 'active>paused', 'authorized>active', 'authorized>disconnected', 'authorized>lost', 'awaiting approval>authorized', 'awaiting approval>disconnected', 'awaiting approval>not connected', 'lost>authorized', 'lost>disconnected', 'not connected>awaiting approval', 'not connected>disconnected', 'paused>active', 'paused>disconnected', 'paused>lost']::text[])\n                AND OLD.state_since > now() - interval '75 seconds'\n            ) THEN\n                IF to_jsonb(NEW) - ARRAY[]::text[] IS DISTINCT FROM to_jsonb(OLD) - ARRAY[]::text[] THEN\n                    RAISE EXCEPTION 'a row of % has ended as %: its facts stay', TG_TABLE_NAME, OLD.state\n                        USING ERRCODE = 'check_violation';\n                END IF;\n                RETURN NEW;\n            END IF;\n            IF OLD.state <> NEW.state AND NOT (OLD.state || '>' || NEW.state = ANY (ARRAY['active>disconnected', 'active>lost', 'active>paused', 'authorized>active', 'authorized>disconnected', 'authorized>lost', 'awaiting approval>authorized', 'awaiting approval>disconnected', 'awaiting approval>not connected', 'lost>authorized', 'lost>disconnected', 'not connected>awaiting approval', 'not connected>disconnected', 'paused>active', 'paused>disconnected', 'paused>lost']::text[])) THEN\n                RAISE EXCEPTION 'illegal move of %: % -> %', TG_TABLE_NAME, OLD.state, NEW.state\n                    USING ERRCODE = 'check_violation';\n            END IF;\n            IF NEW.version <> OLD.version + (OLD.state <> NEW.state)::int THEN\n                RAISE EXCEPTION 'a move of % raises its version by one, and nothing else does', TG_TABLE_NAME\n                    USING ERRCODE = 'check_violation';\n            END IF;\n            RETURN NEW;\n        ", hash='fc23c0a39ec6b95ad53d14313a964ec7645a9a92', operation='UPDATE', pgid='pgtrigger_state_moves_fc2bc', table='vault_connection', when='BEFORE')),
        ),
    ]
