"""Let the end of a duplicate reopen its booking after the first minute."""
# ruff: noqa: E501

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("syncqueue", "0014_contract_ended"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="syncitem",
            name="state_moves",
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="syncitem",
            trigger=pgtrigger.compiler.Trigger(
                name="state_moves",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.state = ANY (ARRAY['cancelled', 'delivered', 'manual complete']::text[]) OR (OLD.state <> NEW.state AND NOT (OLD.state || '>' || NEW.state = ANY (ARRAY['blocked>cancelled', 'blocked>manual complete', 'blocked>queued', 'cancelled>blocked', 'cancelled>needs review', 'cancelled>unknown', 'manual complete>blocked', 'manual complete>needs review', 'manual complete>unknown', 'needs review>cancelled', 'needs review>manual complete', 'needs review>queued', 'queued>cancelled', 'queued>manual complete', 'queued>sending', 'retrying>cancelled', 'retrying>manual complete', 'retrying>sending', 'sending>blocked', 'sending>delivered', 'sending>needs review', 'sending>queued', 'sending>retrying', 'sending>unknown', 'unknown>cancelled', 'unknown>delivered', 'unknown>manual complete', 'unknown>queued']::text[]))) OR NEW.version <> OLD.version + (OLD.state <> NEW.state)::int)",
                    func="\n            IF OLD.state = ANY (ARRAY['cancelled', 'delivered', 'manual complete']::text[]) AND NOT (\n                OLD.state = ANY (ARRAY['cancelled', 'manual complete']::text[]) AND OLD.state || '>' || NEW.state = ANY (ARRAY['blocked>cancelled', 'blocked>manual complete', 'blocked>queued', 'cancelled>blocked', 'cancelled>needs review', 'cancelled>unknown', 'manual complete>blocked', 'manual complete>needs review', 'manual complete>unknown', 'needs review>cancelled', 'needs review>manual complete', 'needs review>queued', 'queued>cancelled', 'queued>manual complete', 'queued>sending', 'retrying>cancelled', 'retrying>manual complete', 'retrying>sending', 'sending>blocked', 'sending>delivered', 'sending>needs review', 'sending>queued', 'sending>retrying', 'sending>unknown', 'unknown>cancelled', 'unknown>delivered', 'unknown>manual complete', 'unknown>queued']::text[])\n                AND (OLD.state_since > now() - interval '75 seconds' OR (OLD.state = 'cancelled' AND EXISTS (\n                    SELECT FROM leads_leadanswer AS answer\n                    WHERE answer.tenant_id = OLD.tenant_id AND answer.lead_id = OLD.lead_id\n                        AND answer.kind = 'duplicate'\n                        AND OLD.state_since BETWEEN answer.created_at AND answer.undone_at\n                )))\n            ) THEN\n                IF to_jsonb(NEW) - ARRAY['done_reference', 'done_where', 'envelope', 'last_error']::text[] IS DISTINCT FROM to_jsonb(OLD) - ARRAY['done_reference', 'done_where', 'envelope', 'last_error']::text[] THEN\n                    RAISE EXCEPTION 'a row of % has ended as %: its facts stay', TG_TABLE_NAME, OLD.state\n                        USING ERRCODE = 'check_violation';\n                END IF;\n                RETURN NEW;\n            END IF;\n            IF OLD.state <> NEW.state AND NOT (OLD.state || '>' || NEW.state = ANY (ARRAY['blocked>cancelled', 'blocked>manual complete', 'blocked>queued', 'cancelled>blocked', 'cancelled>needs review', 'cancelled>unknown', 'manual complete>blocked', 'manual complete>needs review', 'manual complete>unknown', 'needs review>cancelled', 'needs review>manual complete', 'needs review>queued', 'queued>cancelled', 'queued>manual complete', 'queued>sending', 'retrying>cancelled', 'retrying>manual complete', 'retrying>sending', 'sending>blocked', 'sending>delivered', 'sending>needs review', 'sending>queued', 'sending>retrying', 'sending>unknown', 'unknown>cancelled', 'unknown>delivered', 'unknown>manual complete', 'unknown>queued']::text[])) THEN\n                RAISE EXCEPTION 'illegal move of %: % -> %', TG_TABLE_NAME, OLD.state, NEW.state\n                    USING ERRCODE = 'check_violation';\n            END IF;\n            IF NEW.version <> OLD.version + (OLD.state <> NEW.state)::int THEN\n                RAISE EXCEPTION 'a move of % raises its version by one, and nothing else does', TG_TABLE_NAME\n                    USING ERRCODE = 'check_violation';\n            END IF;\n            RETURN NEW;\n        ",
                    hash="d16e0de75fe73e6506281799c4503bef0c2b4349",
                    operation="UPDATE",
                    pgid="pgtrigger_state_moves_7f76b",
                    table="syncqueue_syncitem",
                    when="BEFORE",
                ),
            ),
        ),
    ]
