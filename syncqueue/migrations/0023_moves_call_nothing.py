import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('syncqueue', '0022_lane_index'),
        ('tenants', '0006_time_zone_right'),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='inboxevent',
            name='state_moves',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='syncitem',
            name='state_moves',
        ),
        migrations.AlterField(
            model_name='syncattempt',
            name='tenant',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='inboxevent',
            trigger=pgtrigger.compiler.Trigger(name='state_moves', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (OLD.state = ANY (ARRAY['done', 'superseded']::text[]) OR (OLD.state <> NEW.state AND NOT (OLD.state || '>' || NEW.state = ANY (ARRAY['ambiguous>queued', 'needs review>queued', 'queued>ambiguous', 'queued>done', 'queued>needs review', 'queued>superseded', 'queued>unmatched', 'unmatched>queued']::text[]))) OR NEW.version <> OLD.version + (OLD.state <> NEW.state)::int)", func="\n            IF OLD.state = ANY (ARRAY['done', 'superseded']::text[]) AND NOT (\n                OLD.state = ANY (ARRAY[]::text[]) AND OLD.state || '>' || NEW.state = ANY (ARRAY['ambiguous>queued', 'needs review>queued', 'queued>ambiguous', 'queued>done', 'queued>needs review', 'queued>superseded', 'queued>unmatched', 'unmatched>queued']::text[])\n                AND OLD.state_since > now() - interval '75 seconds'\n            ) THEN\n                IF to_jsonb(NEW) - ARRAY['box']::text[] IS DISTINCT FROM to_jsonb(OLD) - ARRAY['box']::text[] THEN\n                    RAISE EXCEPTION 'a row of % has ended as %: its facts stay', TG_TABLE_NAME, OLD.state\n                        USING ERRCODE = 'check_violation';\n                END IF;\n                RETURN NEW;\n            END IF;\n            IF OLD.state <> NEW.state AND NOT (OLD.state || '>' || NEW.state = ANY (ARRAY['ambiguous>queued', 'needs review>queued', 'queued>ambiguous', 'queued>done', 'queued>needs review', 'queued>superseded', 'queued>unmatched', 'unmatched>queued']::text[])) THEN\n                RAISE EXCEPTION 'illegal move of %: % -> %', TG_TABLE_NAME, OLD.state, NEW.state\n                    USING ERRCODE = 'check_violation';\n            END IF;\n            IF NEW.version <> OLD.version + (OLD.state <> NEW.state)::int THEN\n                RAISE EXCEPTION 'a move of % raises its version by one, and nothing else does', TG_TABLE_NAME\n                    USING ERRCODE = 'check_violation';\n            END IF;\n            RETURN NEW;\n        ", hash='b5a03bbc8381fc8f16d1bcb1a30f8ad35ac25266', operation='UPDATE', pgid='pgtrigger_state_moves_5ea5f', table='syncqueue_inboxevent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='syncitem',
            trigger=pgtrigger.compiler.Trigger(name='state_moves', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (OLD.state = ANY (ARRAY['cancelled', 'delivered', 'manual complete']::text[]) OR (OLD.state <> NEW.state AND NOT (OLD.state || '>' || NEW.state = ANY (ARRAY['blocked>cancelled', 'blocked>manual complete', 'blocked>queued', 'cancelled>blocked', 'cancelled>needs review', 'cancelled>unknown', 'manual complete>blocked', 'manual complete>needs review', 'manual complete>unknown', 'needs review>cancelled', 'needs review>manual complete', 'needs review>queued', 'queued>cancelled', 'queued>manual complete', 'queued>sending', 'retrying>cancelled', 'retrying>manual complete', 'retrying>sending', 'sending>blocked', 'sending>delivered', 'sending>needs review', 'sending>queued', 'sending>retrying', 'sending>unknown', 'unknown>cancelled', 'unknown>delivered', 'unknown>manual complete', 'unknown>queued']::text[]))) OR NEW.version <> OLD.version + (OLD.state <> NEW.state)::int)", func="\n            IF OLD.state = ANY (ARRAY['cancelled', 'delivered', 'manual complete']::text[]) AND NOT (\n                OLD.state = ANY (ARRAY['cancelled', 'manual complete']::text[]) AND OLD.state || '>' || NEW.state = ANY (ARRAY['blocked>cancelled', 'blocked>manual complete', 'blocked>queued', 'cancelled>blocked', 'cancelled>needs review', 'cancelled>unknown', 'manual complete>blocked', 'manual complete>needs review', 'manual complete>unknown', 'needs review>cancelled', 'needs review>manual complete', 'needs review>queued', 'queued>cancelled', 'queued>manual complete', 'queued>sending', 'retrying>cancelled', 'retrying>manual complete', 'retrying>sending', 'sending>blocked', 'sending>delivered', 'sending>needs review', 'sending>queued', 'sending>retrying', 'sending>unknown', 'unknown>cancelled', 'unknown>delivered', 'unknown>manual complete', 'unknown>queued']::text[])\n                AND OLD.state_since > now() - interval '75 seconds'\n            ) THEN\n                IF to_jsonb(NEW) - ARRAY['done_reference', 'done_where', 'envelope', 'last_error']::text[] IS DISTINCT FROM to_jsonb(OLD) - ARRAY['done_reference', 'done_where', 'envelope', 'last_error']::text[] THEN\n                    RAISE EXCEPTION 'a row of % has ended as %: its facts stay', TG_TABLE_NAME, OLD.state\n                        USING ERRCODE = 'check_violation';\n                END IF;\n                RETURN NEW;\n            END IF;\n            IF OLD.state <> NEW.state AND NOT (OLD.state || '>' || NEW.state = ANY (ARRAY['blocked>cancelled', 'blocked>manual complete', 'blocked>queued', 'cancelled>blocked', 'cancelled>needs review', 'cancelled>unknown', 'manual complete>blocked', 'manual complete>needs review', 'manual complete>unknown', 'needs review>cancelled', 'needs review>manual complete', 'needs review>queued', 'queued>cancelled', 'queued>manual complete', 'queued>sending', 'retrying>cancelled', 'retrying>manual complete', 'retrying>sending', 'sending>blocked', 'sending>delivered', 'sending>needs review', 'sending>queued', 'sending>retrying', 'sending>unknown', 'unknown>cancelled', 'unknown>delivered', 'unknown>manual complete', 'unknown>queued']::text[])) THEN\n                RAISE EXCEPTION 'illegal move of %: % -> %', TG_TABLE_NAME, OLD.state, NEW.state\n                    USING ERRCODE = 'check_violation';\n            END IF;\n            IF NEW.version <> OLD.version + (OLD.state <> NEW.state)::int THEN\n                RAISE EXCEPTION 'a move of % raises its version by one, and nothing else does', TG_TABLE_NAME\n                    USING ERRCODE = 'check_violation';\n            END IF;\n            RETURN NEW;\n        ", hash='3d6eb4c04ff8c086f094fe3cf8fad2894c6301c4', operation='UPDATE', pgid='pgtrigger_state_moves_7f76b', table='syncqueue_syncitem', when='BEFORE')),
        ),
    ]
