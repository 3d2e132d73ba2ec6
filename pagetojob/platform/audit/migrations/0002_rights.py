"""Rights on the audit log and its seals, the history of row changes, and the purge of old lines.

A tenant reads its own lines, operators read all of them, and only the owner of the tables may purge any.
"""

from django.db import migrations

ENTRIES = """
ALTER TABLE audit_auditentry ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_auditentry FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON audit_auditentry TO pagetojob_owner USING (true) WITH CHECK (true);
CREATE POLICY app_reads_own ON audit_auditentry FOR SELECT TO pagetojob_app
    USING (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::bigint));
-- A line without a tenant is a security event or an action on the platform: every role writes it, operators read it.
CREATE POLICY app_writes ON audit_auditentry FOR INSERT TO pagetojob_app
    WITH CHECK (tenant_id IS NULL
        OR tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::bigint));
CREATE POLICY worker_reads ON audit_auditentry FOR SELECT TO pagetojob_worker USING (true);
CREATE POLICY worker_writes ON audit_auditentry FOR INSERT TO pagetojob_worker WITH CHECK (true);
CREATE POLICY operator_reads ON audit_auditentry FOR SELECT TO pagetojob_operator USING (true);
CREATE POLICY operator_writes ON audit_auditentry FOR INSERT TO pagetojob_operator WITH CHECK (true);
GRANT SELECT ON audit_auditentry TO pagetojob_app, pagetojob_worker, pagetojob_operator;
-- The database sets the time and the number of a line.
GRANT INSERT (tenant_id, actor_id, actor_label, action, subject, reason, changes, request_id)
    ON audit_auditentry TO pagetojob_app, pagetojob_worker, pagetojob_operator;
"""

HISTORY = """
CREATE FUNCTION ptj_row_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - 'updated_at' = to_jsonb(OLD) - 'updated_at' THEN
        RETURN NULL;
    END IF;
    INSERT INTO audit_rowchange ("table", "row", operation, before, after, actor_id)
    VALUES (TG_TABLE_NAME, CASE TG_OP WHEN 'DELETE' THEN OLD.id ELSE NEW.id END, TG_OP,
        CASE TG_OP WHEN 'INSERT' THEN NULL ELSE to_jsonb(OLD) END,
        CASE TG_OP WHEN 'DELETE' THEN NULL ELSE to_jsonb(NEW) END,
        nullif(current_setting('app.actor', true), '')::bigint);
    RETURN NULL;
END $$;
CREATE PROCEDURE ptj_keep_history(tbl regclass) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TRIGGER ptj_row_change AFTER INSERT OR UPDATE OR DELETE ON %s
        FOR EACH ROW EXECUTE FUNCTION ptj_row_change()', tbl);
END $$;
COMMENT ON PROCEDURE ptj_keep_history IS 'Write every change of a row of this table down in audit_rowchange.';
REVOKE ALL ON FUNCTION ptj_row_change FROM PUBLIC;
REVOKE ALL ON PROCEDURE ptj_keep_history FROM PUBLIC;
REVOKE ALL ON audit_rowchange FROM pagetojob_app;
GRANT SELECT, INSERT ("table", "row", operation, before, after, actor_id) ON audit_rowchange TO pagetojob_app;
GRANT SELECT ON audit_rowchange TO pagetojob_worker;
"""
HISTORY_UNDO = """
DROP PROCEDURE ptj_keep_history;
DROP FUNCTION ptj_row_change CASCADE;
"""

SEALS = """
-- The sealer is a worker: it reads both logs and adds seals.
ALTER TABLE audit_auditseal ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_auditseal FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON audit_auditseal TO pagetojob_owner USING (true) WITH CHECK (true);
CREATE POLICY app_reads_own ON audit_auditseal FOR SELECT TO pagetojob_app
    USING (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::bigint));
CREATE POLICY worker_all ON audit_auditseal TO pagetojob_worker USING (true) WITH CHECK (true);
CREATE POLICY operator_reads ON audit_auditseal FOR SELECT TO pagetojob_operator USING (true);
GRANT SELECT ON audit_auditseal TO pagetojob_app, pagetojob_operator;
GRANT SELECT, INSERT ON audit_auditseal TO pagetojob_worker;

REVOKE ALL ON audit_auditpurge, audit_auditcheck FROM pagetojob_app;
GRANT SELECT ON audit_auditpurge TO pagetojob_worker, pagetojob_operator;
GRANT SELECT, INSERT (first, last, whole, found) ON audit_auditcheck TO pagetojob_worker;
GRANT SELECT ON audit_auditcheck TO pagetojob_operator;
"""

PURGE = """
CREATE PROCEDURE ptj_purge_audit(older_than timestamptz, why text) LANGUAGE plpgsql AS $$
DECLARE
    done bigint := (SELECT coalesce(max(up_to), 0) FROM audit_auditpurge);
    stop bigint;
BEGIN
    IF current_user <> 'pagetojob_owner' THEN
        RAISE EXCEPTION 'only pagetojob_owner purges the audit log';
    END IF;
    IF older_than > now() - interval '1 year' THEN
        RAISE EXCEPTION 'a line of the audit log is kept for a year at least';
    END IF;
    IF trim(why) = '' THEN
        RAISE EXCEPTION 'a purge needs a reason';
    END IF;
    -- The seals stay, so only a beginning of the chain can go: up to the first line that is young enough.
    SELECT min(number) - 1 INTO stop FROM audit_auditseal AS s WHERE number > done AND (
        (log = 'act' AND EXISTS (SELECT FROM audit_auditentry AS l WHERE l.id = s.line AND l.at >= older_than))
        OR (log = 'row' AND EXISTS (SELECT FROM audit_rowchange AS l WHERE l.id = s.line AND l.at >= older_than)));
    stop := coalesce(stop, (SELECT max(number) FROM audit_auditseal), 0);
    IF stop <= done THEN
        RAISE NOTICE 'no sealed line is older than that';
        RETURN;
    END IF;
    PERFORM set_config('app.purge', 'on', true);
    DELETE FROM audit_auditentry AS l USING audit_auditseal AS s
        WHERE s.log = 'act' AND s.line = l.id AND s.number > done AND s.number <= stop;
    DELETE FROM audit_rowchange AS l USING audit_auditseal AS s
        WHERE s.log = 'row' AND s.line = l.id AND s.number > done AND s.number <= stop;
    PERFORM set_config('app.purge', '', true);
    INSERT INTO audit_auditpurge (up_to, before, reason) VALUES (stop, older_than, trim(why));
    INSERT INTO audit_auditentry (actor_label, action, subject, reason, changes, request_id)
        VALUES ('database owner', 'audit.purge', 'audit.auditpurge:' || stop, trim(why),
            jsonb_build_object('up_to', jsonb_build_array(done, stop),
                'before', jsonb_build_array(NULL, older_than)), '');
END $$;
COMMENT ON PROCEDURE ptj_purge_audit IS
    'Remove sealed lines older than a time, from the beginning of the chain; leaves a marker and an audit line.';
REVOKE ALL ON PROCEDURE ptj_purge_audit FROM PUBLIC;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial"), ("tenants", "0002_rights")]

    operations = [
        migrations.RunSQL(ENTRIES, migrations.RunSQL.noop),
        migrations.RunSQL(HISTORY, HISTORY_UNDO),
        migrations.RunSQL(SEALS, migrations.RunSQL.noop),
        migrations.RunSQL(PURGE, "DROP PROCEDURE ptj_purge_audit"),
    ]
