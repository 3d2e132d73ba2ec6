"""Rights on the queue, the ledger and the inbox, and the purge of old attempts.

The scope of a tenant enqueues items, workers and operators move them, and attempts are only ever added.
"""

from django.db import migrations

QUEUE = """
CALL ptj_protect('syncqueue_syncitem',
    app => 'SELECT, INSERT', worker => 'SELECT, INSERT, UPDATE', operator => 'SELECT, UPDATE');
CALL ptj_protect('syncqueue_syncattempt', app => '', worker => 'SELECT, INSERT', operator => 'SELECT');
CALL ptj_protect('syncqueue_lane', app => '', worker => 'SELECT, INSERT, UPDATE',
    operator => 'SELECT, UPDATE (held_at, held_by_id, held_reason)');
CALL ptj_protect('syncqueue_itemnote', app => '', operator => 'SELECT, INSERT');
CALL ptj_protect('syncqueue_idempotencykey', app => 'SELECT, INSERT', worker => 'SELECT, DELETE');
REVOKE ALL ON syncqueue_savedview FROM pagetojob_app;
GRANT SELECT, INSERT, DELETE ON syncqueue_savedview TO pagetojob_operator;

CALL ptj_composite_key('syncqueue_syncitem', 'lead_id', 'leads_lead');
CALL ptj_composite_key('syncqueue_syncitem', 'binding_id', 'titanmap_pagebinding');
CALL ptj_composite_key('syncqueue_syncattempt', 'item_id', 'syncqueue_syncitem');
CALL ptj_composite_key('syncqueue_itemnote', 'item_id', 'syncqueue_syncitem');
CALL ptj_composite_key('syncqueue_idempotencykey', 'lead_id', 'leads_lead');

-- The counter of the intake API may be lost in a crash, so it is unlogged.
ALTER TABLE syncqueue_intakecounter SET UNLOGGED;
REVOKE ALL ON syncqueue_intakecounter FROM pagetojob_app;
GRANT SELECT, INSERT, UPDATE ON syncqueue_intakecounter TO pagetojob_app;
GRANT SELECT, DELETE ON syncqueue_intakecounter TO pagetojob_worker;
"""

LEDGER = """
-- Members read the ledger of their own tenant.
CALL ptj_protect('syncqueue_ledgerday',
    app => 'SELECT', worker => 'SELECT, INSERT, UPDATE', operator => 'SELECT, INSERT, UPDATE');
-- Tallies belong to the platform and name no tenant: workers count, operators read.
REVOKE ALL ON syncqueue_tallyhour, syncqueue_tallyday, syncqueue_tallytotal, syncqueue_opencount FROM pagetojob_app;
GRANT SELECT, INSERT, UPDATE (n, seconds), DELETE ON syncqueue_tallyhour, syncqueue_tallyday TO pagetojob_worker;
GRANT SELECT, INSERT, UPDATE (n, seconds, counted_until) ON syncqueue_tallytotal TO pagetojob_worker;
GRANT SELECT, INSERT, UPDATE (n, counted_at) ON syncqueue_opencount TO pagetojob_worker;
GRANT SELECT ON syncqueue_tallyhour, syncqueue_tallyday, syncqueue_tallytotal, syncqueue_opencount
    TO pagetojob_operator;
"""

STATE_COLUMNS = "state, version, state_since, due_at, tries, outcome"
BOOKING_COLUMNS = "number, status, job, changed_at, read_at, told_by"
INBOX = f"""
-- A route is found before the tenant is known, and the counts of responses name no tenant.
REVOKE ALL ON syncqueue_hookroute, syncqueue_hookcount FROM pagetojob_app;
GRANT SELECT, INSERT, UPDATE (ring, scheme, signature_header, timestamp_header, id_header, seconds_back, seconds_ahead,
    heartbeat_seconds) ON syncqueue_hookroute TO pagetojob_app;
GRANT SELECT, UPDATE (alive_at, polled_to, poll_said), DELETE ON syncqueue_hookroute TO pagetojob_worker;
GRANT SELECT ON syncqueue_hookroute TO pagetojob_operator;
GRANT SELECT, INSERT, UPDATE (hits) ON syncqueue_hookcount TO pagetojob_app;
GRANT SELECT, DELETE ON syncqueue_hookcount TO pagetojob_worker;
GRANT SELECT ON syncqueue_hookcount TO pagetojob_operator;

CALL ptj_protect('syncqueue_hookkey',
    app => 'SELECT, INSERT, UPDATE (standing, retired_at), DELETE',
    worker => 'SELECT, UPDATE (last_used_at)', operator => 'SELECT');
CALL ptj_protect('syncqueue_quarantinedrequest',
    app => 'SELECT, INSERT', worker => 'SELECT, UPDATE (rerun_at, rerun_outcome), DELETE',
    operator => 'SELECT, UPDATE (rerun_at, rerun_outcome)');
CALL ptj_protect('syncqueue_inboxevent',
    app => 'SELECT, INSERT', worker => 'SELECT, UPDATE ({STATE_COLUMNS}, box), DELETE',
    operator => 'SELECT, UPDATE ({STATE_COLUMNS})');
CALL ptj_protect('syncqueue_inboxfinding',
    app => 'SELECT, INSERT, UPDATE (times, last_at)', worker => 'SELECT, DELETE', operator => 'SELECT');
CALL ptj_protect('syncqueue_inboxgap', app => 'SELECT', worker => 'SELECT, INSERT, DELETE', operator => 'SELECT');
CALL ptj_protect('syncqueue_heardbooking',
    app => 'SELECT, INSERT, UPDATE ({BOOKING_COLUMNS})', worker => 'SELECT', operator => 'SELECT');

CALL ptj_composite_key('syncqueue_hookroute', 'connection_id', 'vault_connection');
-- A row below the route of another tenant would use up the idempotency keys of that route.
CALL ptj_composite_key('syncqueue_hookkey', 'route_id', 'syncqueue_hookroute');
CALL ptj_composite_key('syncqueue_quarantinedrequest', 'route_id', 'syncqueue_hookroute');
CALL ptj_composite_key('syncqueue_inboxevent', 'route_id', 'syncqueue_hookroute');
CALL ptj_composite_key('syncqueue_inboxfinding', 'route_id', 'syncqueue_hookroute');
CALL ptj_composite_key('syncqueue_inboxgap', 'route_id', 'syncqueue_hookroute');
CALL ptj_composite_key('syncqueue_heardbooking', 'item_id', 'syncqueue_syncitem');
"""

#: It commits after each batch, so a worker that settles an attempt does not wait for the whole purge.
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
        ("syncqueue", "0001_initial"),
        ("audit", "0002_rights"),
        ("tenants", "0002_rights"),
    ]

    operations = [
        migrations.RunSQL(QUEUE, migrations.RunSQL.noop),
        migrations.RunSQL(LEDGER, migrations.RunSQL.noop),
        migrations.RunSQL(INBOX, migrations.RunSQL.noop),
        migrations.RunSQL(PURGE, "DROP PROCEDURE ptj_purge_attempts"),
    ]
