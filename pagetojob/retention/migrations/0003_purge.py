"""Functions that remove expired rows: the only way for a worker to delete or empty them.

Each runs with the rights of the tables' owner, and itself decides which rows have expired, from the clock of the
database, the periods and the holds. So a stolen worker session cannot remove a row early. Each handles a bounded batch
of one tenant, the tenant of the running purge `purge`, and adds the counts to that run's receipts. `after` and `last`
are the position at which a scan continues; fewer `seen` rows than `most` mean that the scan has ended.
"""

from django.db import migrations

RULES = """
-- Defaults and bounds are those of retention/periods.py. A class without a default expires never.
CREATE FUNCTION ptj_retention_days(whose bigint, class text) RETURNS integer LANGUAGE sql STABLE AS $$
    SELECT coalesce(
        (SELECT days FROM retention_retentionperiod WHERE tenant_id = whose AND kind = class),
        CASE class
            WHEN 'lead' THEN 730 WHEN 'booking envelope' THEN 730 WHEN 'attempt' THEN 400 WHEN 'photo' THEN 395
            WHEN 'notice' THEN 90 WHEN 'website reading' THEN 395 WHEN 'finding' THEN 730 WHEN 'export' THEN 395
            WHEN 'audit entry' THEN 730
        END)
$$;
-- Hours, because a day of an interval has 23 or 25 of them when the clocks change.
CREATE FUNCTION ptj_retention_cutoff(whose bigint, class text) RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT now() - make_interval(hours => 24 * ptj_retention_days(whose, class))
$$;
-- Without phone and mail: whether the whole tenant is on hold. An unconfirmed request protects for a week.
CREATE FUNCTION ptj_on_hold(whose bigint, phone text, mail text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM retention_legalhold
        WHERE tenant_id = whose AND lifted_at IS NULL
            AND (confirmed_at IS NOT NULL OR requested_at > now() - interval '168 hours')
            AND (search_key = '' OR search_key = phone OR search_key = lower(mail)))
$$;
CREATE FUNCTION ptj_lead_on_hold(whose bigint, lead bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM leads_lead
        WHERE tenant_id = whose AND id = lead AND ptj_on_hold(whose, phone_e164, email))
$$;
CREATE FUNCTION ptj_purging(purge bigint) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
    whose bigint := (SELECT tenant_id FROM runs_run
        WHERE id = purge AND kind = 'retention.purge' AND state = 'running');
BEGIN
    IF whose IS NULL THEN
        RAISE EXCEPTION 'only a running purge removes rows' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN whose;
END $$;
CREATE FUNCTION ptj_note_purged(purge bigint, class text, tbl text, rows bigint) RETURNS void LANGUAGE sql AS $$
    INSERT INTO retention_purgereceipt AS r (tenant_id, run_id, kind, "table", removed)
    SELECT tenant_id, id, class, tbl, rows FROM runs_run WHERE id = purge AND rows > 0
    ON CONFLICT (tenant_id, run_id, kind, "table") DO UPDATE SET removed = r.removed + EXCLUDED.removed
$$;
"""

ITEMS = """
CREATE FUNCTION ptj_purge_items(purge bigint, after jsonb, most integer, OUT last jsonb, OUT seen integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '100ms' AS $$
DECLARE
    whose bigint := ptj_purging(purge);
    lead_cutoff timestamptz := ptj_retention_cutoff(whose, 'lead');
    -- What repeats a lead never outlives it.
    envelope_cutoff timestamptz := greatest(ptj_retention_cutoff(whose, 'booking envelope'), lead_cutoff);
    notice_cutoff timestamptz := greatest(ptj_retention_cutoff(whose, 'notice'), lead_cutoff);
    attempt_cutoff timestamptz := ptj_retention_cutoff(whose, 'attempt');
    newest timestamptz := greatest(envelope_cutoff, notice_cutoff, attempt_cutoff);
    holds boolean := EXISTS (SELECT FROM retention_legalhold WHERE tenant_id = whose AND lifted_at IS NULL);
    candidates bigint[];
    ended bigint[];
    due bigint[];
    gone bigint;
BEGIN
    candidates := ARRAY(SELECT id FROM syncqueue_syncitem
        WHERE tenant_id = whose AND created_at < newest
            AND (created_at, id) >
                (coalesce((after ->> 0)::timestamptz, '-infinity'), coalesce((after ->> 1)::bigint, 0))
        ORDER BY created_at, id LIMIT most);
    seen := CASE WHEN ptj_on_hold(whose, NULL, NULL) THEN 0 ELSE cardinality(candidates) END;
    IF seen = 0 THEN
        RETURN;
    END IF;
    last := (SELECT jsonb_build_array(created_at, id) FROM syncqueue_syncitem WHERE id = candidates[seen]);
    ended := ARRAY(SELECT id FROM syncqueue_syncitem
        WHERE tenant_id = whose AND id = ANY (candidates) AND state_since < newest
            AND state IN ('delivered', 'manual complete', 'cancelled')
            AND (NOT holds OR NOT ptj_lead_on_hold(whose, lead_id))
        FOR UPDATE SKIP LOCKED);

    due := ARRAY(SELECT id FROM syncqueue_syncitem
        WHERE tenant_id = whose AND id = ANY (ended) AND state_since < attempt_cutoff);
    PERFORM set_config('app.purge', 'on', true);
    DELETE FROM syncqueue_syncattempt WHERE tenant_id = whose AND item_id = ANY (due) AND settled_at < attempt_cutoff;
    GET DIAGNOSTICS gone = ROW_COUNT;
    PERFORM set_config('app.purge', '', true);
    PERFORM ptj_note_purged(purge, 'attempt', 'syncqueue_syncattempt', gone);

    due := ARRAY(SELECT id FROM syncqueue_syncitem WHERE tenant_id = whose AND id = ANY (ended)
        AND kind IN ('business_notification', 'visitor_confirmation') AND state_since < notice_cutoff);
    PERFORM ptj_note_purged(purge, 'notice', 'syncqueue_syncitem', ptj_empty_items(whose, due));
    due := ARRAY(SELECT id FROM syncqueue_syncitem WHERE tenant_id = whose AND id = ANY (ended)
        AND kind NOT IN ('business_notification', 'visitor_confirmation') AND state_since < envelope_cutoff);
    PERFORM ptj_note_purged(purge, 'booking envelope', 'syncqueue_syncitem', ptj_empty_items(whose, due));

    due := ARRAY(SELECT id FROM syncqueue_syncitem
        WHERE tenant_id = whose AND id = ANY (ended) AND state_since < envelope_cutoff);
    DELETE FROM syncqueue_itemnote WHERE tenant_id = whose AND item_id = ANY (due);
    GET DIAGNOSTICS gone = ROW_COUNT;
    PERFORM ptj_note_purged(purge, 'booking envelope', 'syncqueue_itemnote', gone);
    DELETE FROM syncqueue_heardbooking WHERE tenant_id = whose AND item_id = ANY (due);
    GET DIAGNOSTICS gone = ROW_COUNT;
    PERFORM ptj_note_purged(purge, 'booking envelope', 'syncqueue_heardbooking', gone);
END $$;
-- The row stays: the ledger counts it, and its keys keep a repeated request from being sent again.
CREATE FUNCTION ptj_empty_items(whose bigint, items bigint[]) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    emptied bigint;
BEGIN
    UPDATE syncqueue_syncitem
    SET envelope = NULL, last_error = '', done_where = left(done_where, 0), done_reference = left(done_reference, 0)
    WHERE tenant_id = whose AND id = ANY (items)
        AND (envelope IS NOT NULL OR last_error <> '' OR done_where <> '' OR done_reference <> '');
    GET DIAGNOSTICS emptied = ROW_COUNT;
    RETURN emptied;
END $$;
"""

LEADS = """
-- A lead was idle since a time if none of its items is open or has changed since then.
CREATE FUNCTION ptj_lead_idle_since(whose bigint, lead bigint, moment timestamptz) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT NOT EXISTS (
        SELECT FROM syncqueue_syncitem WHERE tenant_id = whose AND lead_id = lead
            AND (state NOT IN ('delivered', 'manual complete', 'cancelled') OR state_since >= moment))
$$;
CREATE FUNCTION ptj_purge_leads(purge bigint, after jsonb, most integer, OUT last jsonb, OUT seen integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '100ms' AS $$
DECLARE
    whose bigint := ptj_purging(purge);
    lead_cutoff timestamptz := ptj_retention_cutoff(whose, 'lead');
    photo_cutoff timestamptz := greatest(ptj_retention_cutoff(whose, 'photo'), lead_cutoff);
    candidates bigint[];
    due bigint[];
    files bigint[];
    gone bigint;
BEGIN
    candidates := ARRAY(SELECT id FROM leads_lead
        WHERE tenant_id = whose AND received_at < photo_cutoff
            AND (received_at, id) >
                (coalesce((after ->> 0)::timestamptz, '-infinity'), coalesce((after ->> 1)::bigint, 0))
        ORDER BY received_at, id LIMIT most);
    seen := CASE WHEN ptj_on_hold(whose, NULL, NULL) THEN 0 ELSE cardinality(candidates) END;
    IF seen = 0 THEN
        RETURN;
    END IF;
    last := (SELECT jsonb_build_array(received_at, id) FROM leads_lead WHERE id = candidates[seen]);

    files := ARRAY(SELECT p.file_id FROM leads_lead AS l JOIN leads_leadphoto AS p
            ON p.tenant_id = whose AND p.lead_id = l.id
        WHERE l.tenant_id = whose AND l.id = ANY (candidates) AND l.received_at < photo_cutoff
            AND NOT ptj_on_hold(whose, l.phone_e164, l.email) AND ptj_lead_idle_since(whose, l.id, photo_cutoff));
    DELETE FROM leads_leadphoto WHERE tenant_id = whose AND lead_id = ANY (candidates) AND file_id = ANY (files);
    GET DIAGNOSTICS gone = ROW_COUNT;
    PERFORM ptj_note_purged(purge, 'photo', 'leads_leadphoto', gone);
    PERFORM ptj_empty_files(purge, whose, 'photo', files);

    due := ARRAY(SELECT id FROM leads_lead
        WHERE tenant_id = whose AND id = ANY (candidates) AND erased_at IS NULL AND received_at < lead_cutoff
            AND NOT ptj_on_hold(whose, phone_e164, email) AND ptj_lead_idle_since(whose, id, lead_cutoff)
        FOR UPDATE SKIP LOCKED);
    UPDATE leads_bookingrequest SET as_typed = '{}'
        WHERE tenant_id = whose AND lead_id = ANY (due) AND as_typed <> '{}';
    GET DIAGNOSTICS gone = ROW_COUNT;
    PERFORM ptj_note_purged(purge, 'booking envelope', 'leads_bookingrequest', gone);
    -- Campaign names stay, because months are counted by them; a click id names a visitor and goes.
    UPDATE leads_lead
    SET name = '', phone = '', phone_e164 = '', email = '', street = '', city = '', state = '', zip = '',
        message = '', erased_at = now(), source = coalesce((
            SELECT jsonb_object_agg(key, value) FROM jsonb_each(source)
            WHERE key IN ('utm_source', 'utm_medium', 'utm_campaign')), '{}')
    WHERE tenant_id = whose AND id = ANY (due);
    GET DIAGNOSTICS gone = ROW_COUNT;
    PERFORM ptj_note_purged(purge, 'lead', 'leads_lead', gone);
END $$;
-- The row of a file stays with its hash, because receipts and uploads refer to it; its bytes and its name go.
CREATE FUNCTION ptj_empty_files(purge bigint, whose bigint, class text, files bigint[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    gone bigint;
BEGIN
    DELETE FROM files_filechunk WHERE tenant_id = whose AND file_id = ANY (files);
    GET DIAGNOSTICS gone = ROW_COUNT;
    PERFORM ptj_note_purged(purge, class, 'files_filechunk', gone);
    UPDATE files_file SET name = '' WHERE tenant_id = whose AND id = ANY (files) AND name <> '';
    GET DIAGNOSTICS gone = ROW_COUNT;
    PERFORM ptj_note_purged(purge, class, 'files_file', gone);
END $$;
"""

DRIFT = """
-- The newest reading of a site, and one that an open finding refers to, keep their pages.
CREATE FUNCTION ptj_purge_readings(purge bigint, after jsonb, most integer, OUT last jsonb, OUT seen integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '100ms' AS $$
DECLARE
    whose bigint := ptj_purging(purge);
    cutoff timestamptz := ptj_retention_cutoff(whose, 'website reading');
    reading bigint;
    page_ids bigint[];
    snapshots bigint[];
    gone bigint;
BEGIN
    seen := 0;
    IF ptj_on_hold(whose, NULL, NULL) THEN
        RETURN;
    END IF;
    SELECT min(r.id) INTO reading FROM drift_sitereading AS r
        WHERE r.tenant_id = whose AND r.id > coalesce((after ->> 0)::bigint, 0) AND r.ended_at < cutoff
            AND EXISTS (SELECT FROM drift_readingpage WHERE tenant_id = whose AND reading_id = r.id)
            AND EXISTS (SELECT FROM drift_sitereading AS newer
                WHERE newer.tenant_id = whose AND newer.site_id = r.site_id AND newer.ended_at > r.ended_at)
            AND NOT EXISTS (SELECT FROM drift_finding WHERE tenant_id = whose
                AND state NOT IN ('closed', 'dismissed') AND r.id IN (first_reading_id, last_reading_id));
    IF reading IS NULL THEN
        RETURN;
    END IF;
    page_ids := ARRAY(SELECT id FROM drift_readingpage WHERE tenant_id = whose AND reading_id = reading LIMIT most);
    snapshots := ARRAY(SELECT DISTINCT snapshot_id FROM drift_readingpage
        WHERE tenant_id = whose AND id = ANY (page_ids) AND snapshot_id IS NOT NULL);
    DELETE FROM drift_readingpage WHERE tenant_id = whose AND id = ANY (page_ids);
    GET DIAGNOSTICS gone = ROW_COUNT;
    PERFORM ptj_note_purged(purge, 'website reading', 'drift_readingpage', gone);
    -- The row stays for findings. Another hash keeps a later reading from taking it for the same content; the bytes
    -- are those of zlib for an empty text.
    UPDATE drift_snapshot AS s
    SET html = '\\x789c030000000001', text = '\\x789c030000000001', sha256 = lpad(s.id::text, 64, '0'), size = 0
    WHERE s.tenant_id = whose AND s.id = ANY (snapshots) AND s.size > 0
        AND NOT EXISTS (SELECT FROM drift_readingpage WHERE tenant_id = whose AND snapshot_id = s.id)
        AND NOT EXISTS (SELECT FROM drift_finding WHERE tenant_id = whose
            AND state NOT IN ('closed', 'dismissed') AND snapshot_id = s.id);
    GET DIAGNOSTICS gone = ROW_COUNT;
    PERFORM ptj_note_purged(purge, 'website reading', 'drift_snapshot', gone);
    seen := most;
    last := CASE WHEN cardinality(page_ids) = most THEN after ELSE jsonb_build_array(reading) END;
END $$;

CREATE FUNCTION ptj_purge_findings(purge bigint, after jsonb, most integer, OUT last jsonb, OUT seen integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '100ms' AS $$
DECLARE
    whose bigint := ptj_purging(purge);
    finding_cutoff timestamptz := ptj_retention_cutoff(whose, 'finding');
    notice_cutoff timestamptz := ptj_retention_cutoff(whose, 'notice');
    quotes bigint;
    mails bigint;
BEGIN
    last := after;
    seen := 0;
    IF ptj_on_hold(whose, NULL, NULL) THEN
        RETURN;
    END IF;
    UPDATE drift_finding SET quote = '' WHERE id = ANY (ARRAY(
        SELECT id FROM drift_finding WHERE tenant_id = whose AND state IN ('closed', 'dismissed')
            AND state_since < finding_cutoff AND quote <> '' LIMIT most FOR UPDATE SKIP LOCKED));
    GET DIAGNOSTICS quotes = ROW_COUNT;
    PERFORM ptj_note_purged(purge, 'finding', 'drift_finding', quotes);
    DELETE FROM drift_reviewmail WHERE id = ANY (ARRAY(
        SELECT id FROM drift_reviewmail WHERE tenant_id = whose AND state <> 'owed'
            AND greatest(sent_at, due_at) < notice_cutoff LIMIT most));
    GET DIAGNOSTICS mails = ROW_COUNT;
    PERFORM ptj_note_purged(purge, 'notice', 'drift_reviewmail', mails);
    seen := greatest(quotes, mails);
END $$;
"""

IMPORTS = """
-- The bytes of a file go first, so that no import is undone from half of its rows.
CREATE FUNCTION ptj_purge_imports(purge bigint, after jsonb, most integer, OUT last jsonb, OUT seen integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '100ms' AS $$
DECLARE
    whose bigint := ptj_purging(purge);
    cutoff timestamptz := ptj_retention_cutoff(whose, 'export');
    files bigint[];
    upload bigint;
    gone bigint;
BEGIN
    last := after;
    seen := 0;
    IF ptj_on_hold(whose, NULL, NULL) THEN
        RETURN;
    END IF;
    files := ARRAY(
        SELECT file_id FROM importer_upload AS u
        WHERE tenant_id = whose AND state NOT IN ('reading', 'applying', 'undoing') AND state_since < cutoff
            AND EXISTS (SELECT FROM files_filechunk WHERE tenant_id = whose AND file_id = u.file_id)
        UNION ALL
        SELECT file_id FROM attribution_outcomefile AS o
        WHERE tenant_id = whose AND taken_at < cutoff
            AND EXISTS (SELECT FROM files_filechunk WHERE tenant_id = whose AND file_id = o.file_id)
        LIMIT 10);
    IF cardinality(files) > 0 THEN
        PERFORM ptj_empty_files(purge, whose, 'export', files);
        seen := most;
        RETURN;
    END IF;
    SELECT id INTO upload FROM importer_upload AS u
        WHERE tenant_id = whose AND state NOT IN ('reading', 'applying', 'undoing') AND state_since < cutoff
            AND EXISTS (SELECT FROM importer_importrow WHERE tenant_id = whose AND upload_id = u.id) LIMIT 1;
    DELETE FROM importer_importrow WHERE id = ANY (ARRAY(
        SELECT id FROM importer_importrow WHERE tenant_id = whose AND upload_id = upload LIMIT most));
    GET DIAGNOSTICS gone = ROW_COUNT;
    PERFORM ptj_note_purged(purge, 'export', 'importer_importrow', gone);
    seen := CASE WHEN upload IS NULL THEN 0 ELSE most END;
END $$;
"""

AUDIT = """
-- One chain seals the lines of all tenants, and seals stay, so lines can only go from the beginning of the chain: up to
-- the first line that is young enough, not sealed, or of a tenant on hold.
CREATE FUNCTION ptj_purge_audit(most integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '100ms' AS $$
DECLARE
    cutoff timestamptz := ptj_retention_cutoff(NULL, 'audit entry');
    done bigint := (SELECT coalesce(max(up_to), 0) FROM audit_auditpurge);
    reach bigint := (SELECT max(number) FROM audit_auditseal WHERE number <= done + most);
    stop bigint;
BEGIN
    SELECT min(number) - 1 INTO stop FROM audit_auditseal AS s WHERE number > done AND number <= reach AND (
        (log = 'act' AND EXISTS (SELECT FROM audit_auditentry AS l WHERE l.id = s.line AND l.at >= cutoff))
        OR (log = 'row' AND EXISTS (SELECT FROM audit_rowchange AS l WHERE l.id = s.line AND l.at >= cutoff))
        OR EXISTS (SELECT FROM retention_legalhold WHERE tenant_id = s.tenant_id AND lifted_at IS NULL
            AND (confirmed_at IS NOT NULL OR requested_at > now() - interval '168 hours')));
    stop := coalesce(stop, reach, 0);
    IF stop <= done THEN
        RETURN 0;
    END IF;
    PERFORM set_config('app.purge', 'on', true);
    DELETE FROM audit_auditentry AS l USING audit_auditseal AS s
        WHERE s.log = 'act' AND s.line = l.id AND s.number > done AND s.number <= stop;
    DELETE FROM audit_rowchange AS l USING audit_auditseal AS s
        WHERE s.log = 'row' AND s.line = l.id AND s.number > done AND s.number <= stop;
    PERFORM set_config('app.purge', '', true);
    INSERT INTO audit_auditpurge (up_to, before, reason)
        VALUES (stop, cutoff, 'Removed at the end of the retention period.');
    INSERT INTO audit_auditentry (actor_label, action, subject, reason, changes, request_id)
        VALUES ('nightly purge', 'audit.purge', 'audit.auditpurge:' || stop,
            'Removed at the end of the retention period.',
            jsonb_build_object('up_to', jsonb_build_array(done, stop),
                'before', jsonb_build_array(NULL, cutoff)), '');
    RETURN stop - done;
END $$;
"""

#: The functions that a worker may call. They lend it the rights of the owner for what they do, and nothing else.
CALLABLE = (
    "ptj_purge_items(bigint, jsonb, integer)",
    "ptj_purge_leads(bigint, jsonb, integer)",
    "ptj_purge_readings(bigint, jsonb, integer)",
    "ptj_purge_findings(bigint, jsonb, integer)",
    "ptj_purge_imports(bigint, jsonb, integer)",
    "ptj_purge_audit(integer)",
)
HELPERS = (
    "ptj_retention_days(bigint, text)",
    "ptj_retention_cutoff(bigint, text)",
    "ptj_on_hold(bigint, text, text)",
    "ptj_lead_on_hold(bigint, bigint)",
    "ptj_lead_idle_since(bigint, bigint, timestamptz)",
    "ptj_purging(bigint)",
    "ptj_note_purged(bigint, text, text, bigint)",
    "ptj_empty_items(bigint, bigint[])",
    "ptj_empty_files(bigint, bigint, text, bigint[])",
)
GRANTS = f"""
REVOKE ALL ON FUNCTION {", ".join((*CALLABLE, *HELPERS))} FROM PUBLIC;
GRANT EXECUTE ON FUNCTION {", ".join(CALLABLE)} TO pagetojob_worker;
-- The procedures that these functions replace.
DROP PROCEDURE ptj_purge_attempts;
DROP PROCEDURE ptj_purge_audit(timestamptz, text);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("retention", "0002_rights"),
        ("audit", "0002_rights"),
        ("files", "0002_rights"),
        ("importer", "0002_rights"),
        ("leads", "0005_erased_at"),
        ("syncqueue", "0003_defaults_in_the_database"),
        ("drift", "0003_snapshot_index"),
        ("attribution", "0002_rights"),
    ]

    operations = [migrations.RunSQL([RULES, ITEMS, LEADS, DRIFT, IMPORTS, AUDIT, GRANTS])]
