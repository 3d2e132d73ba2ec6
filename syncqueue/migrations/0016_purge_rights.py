"""Tries that have outlived their time can go, by the owner of the tables and in no other way."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations

KEPT = """
            IF TG_OP = 'DELETE' AND current_user = 'pagetojob_owner' AND current_setting('app.purge', true) = 'on' THEN
                RETURN OLD;
            END IF;
            RAISE EXCEPTION 'table % is append-only', TG_TABLE_NAME;
        """

#: In pieces with a commit after each, so that whoever settles a try meanwhile waits for none of it.
PURGE = """
CREATE PROCEDURE ptj_purge_attempts(older_than timestamptz, why text) LANGUAGE plpgsql AS $$
DECLARE
    gone bigint := 0;
    piece bigint;
BEGIN
    IF current_user <> 'pagetojob_owner' THEN
        RAISE EXCEPTION 'only pagetojob_owner purges tries';
    END IF;
    IF older_than > now() - interval '90 days' THEN
        RAISE EXCEPTION 'a try is kept for 90 days at least';
    END IF;
    IF trim(why) = '' THEN
        RAISE EXCEPTION 'a purge needs a reason';
    END IF;
    LOOP
        PERFORM set_config('app.purge', 'on', true);
        DELETE FROM syncqueue_syncattempt WHERE id = ANY (ARRAY(
            SELECT id FROM syncqueue_syncattempt WHERE settled_at < older_than ORDER BY settled_at LIMIT 10000
        ));
        GET DIAGNOSTICS piece = ROW_COUNT;
        PERFORM set_config('app.purge', '', true);
        EXIT WHEN piece = 0;
        gone := gone + piece;
        COMMIT;
    END LOOP;
    INSERT INTO audit_auditentry (actor_label, action, subject, reason, changes, request_id)
        VALUES ('database owner', 'syncqueue.purge_attempts', 'syncqueue.syncattempt', trim(why),
            jsonb_build_object('removed', jsonb_build_array(0, gone),
                'before', jsonb_build_array(NULL, older_than)), '');
END $$;
COMMENT ON PROCEDURE ptj_purge_attempts IS
    'Remove tries settled before a time, in pieces of 10,000 with a commit after each; leaves an audit line.';
REVOKE ALL ON PROCEDURE ptj_purge_attempts FROM PUBLIC;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0006_seal_rights"),
        ("syncqueue", "0015_tally_rights"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="syncattempt",
            name="append_only",
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="syncattempt",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func=KEPT,
                    hash="0f7f9d4dc797ff4ca88b50e9ee15ee102b0dc2c6",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_2cfd3",
                    table="syncqueue_syncattempt",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.RunSQL(PURGE, "DROP PROCEDURE ptj_purge_attempts"),
    ]
