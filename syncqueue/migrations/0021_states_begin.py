import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('leads', '0005_excluded_index'),
        ('syncqueue', '0020_flat'),
        ('tenants', '0006_time_zone_right'),
        ('titanmap', '0009_states_begin'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
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
        migrations.RemoveConstraint(
            model_name='syncitem',
            name='sync_item_lease_is_sending',
        ),
        migrations.RemoveConstraint(
            model_name='syncitem',
            name='sync_item_done_where_is_manual',
        ),
        migrations.RemoveConstraint(
            model_name='syncitem',
            name='sync_item_done_reference_is_manual',
        ),
        migrations.RemoveConstraint(
            model_name='syncitem',
            name='sync_item_done_at_is_manual',
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='inboxevent',
            trigger=pgtrigger.compiler.Trigger(name='state_begins', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (NEW.state <> 'queued' OR NEW.version <> 0)", func="\n            RAISE EXCEPTION 'a row of % begins as queued at version 0', TG_TABLE_NAME\n                USING ERRCODE = 'check_violation';\n        ", hash='3fe629b66da2578e7d386d7bf21de78305c58c73', operation='INSERT', pgid='pgtrigger_state_begins_9734a', table='syncqueue_inboxevent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='inboxevent',
            trigger=pgtrigger.compiler.Trigger(name='state_moves', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            IF OLD.state = ANY (ARRAY['done', 'superseded']::text[]) AND NOT (\n                OLD.state = ANY (ARRAY[]::text[]) AND OLD.state || '>' || NEW.state = ANY (ARRAY['ambiguous>queued', 'needs review>queued', 'queued>ambiguous', 'queued>done', 'queued>needs review', 'queued>superseded', 'queued>unmatched', 'unmatched>queued']::text[])\n                AND OLD.state_since > now() - interval '75 seconds'\n            ) THEN\n                IF to_jsonb(NEW) - ARRAY['box']::text[] IS DISTINCT FROM to_jsonb(OLD) - ARRAY['box']::text[] THEN\n                    RAISE EXCEPTION 'a row of % has ended as %: its facts stay', TG_TABLE_NAME, OLD.state\n                        USING ERRCODE = 'check_violation';\n                END IF;\n                RETURN NEW;\n            END IF;\n            IF OLD.state <> NEW.state AND NOT (OLD.state || '>' || NEW.state = ANY (ARRAY['ambiguous>queued', 'needs review>queued', 'queued>ambiguous', 'queued>done', 'queued>needs review', 'queued>superseded', 'queued>unmatched', 'unmatched>queued']::text[])) THEN\n                RAISE EXCEPTION 'illegal move of %: % -> %', TG_TABLE_NAME, OLD.state, NEW.state\n                    USING ERRCODE = 'check_violation';\n            END IF;\n            IF NEW.version <> OLD.version + (OLD.state <> NEW.state)::int THEN\n                RAISE EXCEPTION 'a move of % raises its version by one, and nothing else does', TG_TABLE_NAME\n                    USING ERRCODE = 'check_violation';\n            END IF;\n            RETURN NEW;\n        ", hash='9aff16fcc9e0b5af989e3f9c4d454dfa3393a6eb', operation='UPDATE', pgid='pgtrigger_state_moves_5ea5f', table='syncqueue_inboxevent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='syncitem',
            trigger=pgtrigger.compiler.Trigger(name='state_begins', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (NEW.state <> 'queued' OR NEW.version <> 0)", func="\n            RAISE EXCEPTION 'a row of % begins as queued at version 0', TG_TABLE_NAME\n                USING ERRCODE = 'check_violation';\n        ", hash='d5c8965aad0c8a0990f68256ab8c6ab2854f0b5f', operation='INSERT', pgid='pgtrigger_state_begins_5d19e', table='syncqueue_syncitem', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='syncitem',
            trigger=pgtrigger.compiler.Trigger(name='state_moves', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            IF OLD.state = ANY (ARRAY['cancelled', 'delivered', 'manual complete']::text[]) AND NOT (\n                OLD.state = ANY (ARRAY['cancelled', 'manual complete']::text[]) AND OLD.state || '>' || NEW.state = ANY (ARRAY['blocked>cancelled', 'blocked>manual complete', 'blocked>queued', 'cancelled>blocked', 'cancelled>needs review', 'cancelled>unknown', 'manual complete>blocked', 'manual complete>needs review', 'manual complete>unknown', 'needs review>cancelled', 'needs review>manual complete', 'needs review>queued', 'queued>cancelled', 'queued>manual complete', 'queued>sending', 'retrying>cancelled', 'retrying>manual complete', 'retrying>sending', 'sending>blocked', 'sending>delivered', 'sending>needs review', 'sending>queued', 'sending>retrying', 'sending>unknown', 'unknown>cancelled', 'unknown>delivered', 'unknown>manual complete', 'unknown>queued']::text[])\n                AND OLD.state_since > now() - interval '75 seconds'\n            ) THEN\n                IF to_jsonb(NEW) - ARRAY['done_reference', 'done_where', 'envelope', 'last_error']::text[] IS DISTINCT FROM to_jsonb(OLD) - ARRAY['done_reference', 'done_where', 'envelope', 'last_error']::text[] THEN\n                    RAISE EXCEPTION 'a row of % has ended as %: its facts stay', TG_TABLE_NAME, OLD.state\n                        USING ERRCODE = 'check_violation';\n                END IF;\n                RETURN NEW;\n            END IF;\n            IF OLD.state <> NEW.state AND NOT (OLD.state || '>' || NEW.state = ANY (ARRAY['blocked>cancelled', 'blocked>manual complete', 'blocked>queued', 'cancelled>blocked', 'cancelled>needs review', 'cancelled>unknown', 'manual complete>blocked', 'manual complete>needs review', 'manual complete>unknown', 'needs review>cancelled', 'needs review>manual complete', 'needs review>queued', 'queued>cancelled', 'queued>manual complete', 'queued>sending', 'retrying>cancelled', 'retrying>manual complete', 'retrying>sending', 'sending>blocked', 'sending>delivered', 'sending>needs review', 'sending>queued', 'sending>retrying', 'sending>unknown', 'unknown>cancelled', 'unknown>delivered', 'unknown>manual complete', 'unknown>queued']::text[])) THEN\n                RAISE EXCEPTION 'illegal move of %: % -> %', TG_TABLE_NAME, OLD.state, NEW.state\n                    USING ERRCODE = 'check_violation';\n            END IF;\n            IF NEW.version <> OLD.version + (OLD.state <> NEW.state)::int THEN\n                RAISE EXCEPTION 'a move of % raises its version by one, and nothing else does', TG_TABLE_NAME\n                    USING ERRCODE = 'check_violation';\n            END IF;\n            RETURN NEW;\n        ", hash='dbeab18ad0416bf12274a0f364da5ad79d9124f8', operation='UPDATE', pgid='pgtrigger_state_moves_7f76b', table='syncqueue_syncitem', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='syncitem',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'sending'), ('lease_until__isnull', False)), models.Q(models.Q(('state', 'sending'), _negated=True), ('lease_until__isnull', True)), _connector='OR'), name='sync_item_lease_is_sending'),
        ),
        migrations.AddConstraint(
            model_name='syncitem',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'manual complete'), ('done_at__isnull', False), ('done_reference__isnull', False), ('done_where__isnull', False)), models.Q(models.Q(('state', 'manual complete'), _negated=True), ('done_at__isnull', True), ('done_reference__isnull', True), ('done_where__isnull', True)), _connector='OR'), name='sync_item_done_is_manual'),
        ),
    ]
