"""Purge and erase pictures of findings: those of a reading with its pages, and those of an erased page with it."""

from django.db import migrations

PURGE = """
CREATE OR REPLACE FUNCTION ptj_purge_readings(purge bigint, after jsonb, most integer, OUT last jsonb, OUT seen integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '100ms' AS $$
DECLARE
    whose bigint := ptj_purging(purge);
    cutoff timestamptz := ptj_retention_cutoff(whose, 'website reading');
    reading bigint;
    page_ids bigint[];
    snapshots bigint[];
    files bigint[];
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
    files := ARRAY(SELECT file_id FROM drift_findingpicture
        WHERE tenant_id = whose AND reading_id = reading AND file_id IS NOT NULL);
    DELETE FROM drift_findingpicture WHERE tenant_id = whose AND reading_id = reading;
    GET DIAGNOSTICS gone = ROW_COUNT;
    PERFORM ptj_note_purged(purge, 'website reading', 'drift_findingpicture', gone);
    PERFORM ptj_empty_files(purge, whose, 'website reading', files);
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
"""

ERASING = """
DO $do$
DECLARE
    before text := pg_get_functiondef('ptj_erasing(text)'::regprocedure);
    after text := replace(before, $q$WHEN 'drift_finding' THEN $set$quote = ''$set$$q$,
        $q$WHEN 'drift_finding' THEN $set$quote = ''$set$
        WHEN 'drift_findingpicture' THEN $set$quote = ''$set$$q$);
BEGIN
    IF before LIKE '%drift_findingpicture%' THEN
        RETURN;
    END IF;
    IF before = after THEN
        RAISE EXCEPTION 'ptj_erasing has no rule for drift_finding';
    END IF;
    EXECUTE after;
END $do$;
"""

ERASE = """
DO $do$
DECLARE
    before text := pg_get_functiondef('ptj_erase_subject(bigint, integer)'::regprocedure);
    after text := replace(before, $q$    PERFORM set_config('app.erase', '', true);$q$,
        $q$    -- After the rows are locked, because a run may have stored a picture since the search.
    IF tbl IN ('drift_snapshot', 'drift_findingpicture') THEN
        WITH pictures AS (
            SELECT file_id FROM drift_findingpicture WHERE tenant_id = whose AND file_id IS NOT NULL
                AND CASE tbl WHEN 'drift_snapshot' THEN snapshot_id ELSE id END = ANY (keys::bigint[])
        ), emptied AS (
            DELETE FROM files_filechunk AS c USING pictures AS p WHERE c.tenant_id = whose AND c.file_id = p.file_id
        )
        UPDATE files_file AS f SET name = '' FROM pictures AS p WHERE f.tenant_id = whose AND f.id = p.file_id;
    END IF;
    PERFORM set_config('app.erase', '', true);$q$);
BEGIN
    IF before = after THEN
        RAISE EXCEPTION 'ptj_erase_subject does not end its erasure as expected';
    END IF;
    EXECUTE after;
END $do$;
"""


class Migration(migrations.Migration):
    dependencies = [("retention", "0012_local_last_day"), ("drift", "0009_picture_rights")]

    operations = [migrations.RunSQL([PURGE, ERASING, ERASE])]
