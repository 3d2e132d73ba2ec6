"""Empty the personal values of imported jobs, bookings and customers after their period.

The fields are those that the erasure of a person empties. Amounts, dates, IDs and links stay, so months and packets
keep their sums. Invoices and payments have no personal values.
"""

from django.db import migrations

DAYS = """
DO $do$
DECLARE
    before text := pg_get_functiondef('ptj_retention_days(bigint, text)'::regprocedure);
    after text := replace(before, $q$WHEN 'audit entry' THEN 730$q$,
        $q$WHEN 'audit entry' THEN 730 WHEN 'outcome' THEN 730$q$);
BEGIN
    IF before = after THEN
        RAISE EXCEPTION 'ptj_retention_days has no default for audit entry';
    END IF;
    EXECUTE after;
END $do$;
"""

OUTCOMES = """
-- A hold names a phone number or an email address; a row of an export has several in a field, as the shop typed them.
CREATE FUNCTION ptj_text_on_hold(whose bigint, about text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM retention_legalhold
        WHERE tenant_id = whose AND lifted_at IS NULL
            AND (confirmed_at IS NOT NULL OR requested_at > now() - interval '168 hours')
            AND (position(search_key IN lower(about)) > 0
                OR (search_key LIKE '+%'
                    AND position(right(search_key, 10) IN regexp_replace(about, '[^0-9]', '', 'g')) > 0)))
$$;
-- A job counts from its completion. A booking and a customer are needed as long as their jobs are linked.
CREATE FUNCTION ptj_purge_outcomes(purge bigint, after jsonb, most integer, OUT last jsonb, OUT seen integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '100ms' AS $$
DECLARE
    whose bigint := ptj_purging(purge);
    cutoff timestamptz := ptj_retention_cutoff(whose, 'outcome');
    holds boolean := EXISTS (SELECT FROM retention_legalhold WHERE tenant_id = whose AND lifted_at IS NULL);
    tables text[] := ARRAY['attribution_job', 'attribution_outcomebooking', 'attribution_outcomecustomer'];
    place integer := coalesce((after ->> 0)::integer, 1);
    tbl text := tables[place];
    jobs text := CASE place
        WHEN 1 THEN 'j.id = t.id'
        WHEN 2 THEN '(j.external_id = t.job_external_id OR j.booking_external_id = t.external_id)'
        WHEN 3 THEN 'j.customer_external_id = t.external_id'
    END;
    candidates bigint[];
    due bigint[];
    gone bigint;
BEGIN
    seen := 0;
    IF ptj_on_hold(whose, NULL, NULL) THEN
        RETURN;
    END IF;
    EXECUTE format('SELECT ARRAY(SELECT id FROM %I WHERE tenant_id = $1 AND id > $2 ORDER BY id LIMIT $3)', tbl)
        INTO candidates USING whose, coalesce((after ->> 1)::bigint, 0), most;
    -- The erasure sets text fields to '' only, so its assignments also tell which rows are empty already.
    EXECUTE format('SELECT ARRAY(SELECT t.id FROM %I AS t CROSS JOIN LATERAL (
            SELECT max(coalesce(j.completed_at, j.opened_at, j.changed_at)) AS at,
                string_agg(concat(j::text, c::text), '' '') AS about
            FROM attribution_job AS j LEFT JOIN attribution_outcomecustomer AS c
                ON c.tenant_id = j.tenant_id AND c.external_id = j.customer_external_id
            WHERE j.tenant_id = $1 AND %s) AS job
        WHERE t.tenant_id = $1 AND t.id = ANY ($2) AND NOT (%s) AND %s < $3
            AND NOT ($4 AND ptj_text_on_hold($1, concat(t::text, job.about)))
        FOR UPDATE OF t SKIP LOCKED)',
        tbl, jobs, replace(regexp_replace(ptj_erasing(tbl), '(\\w+ = )', 't.\\1', 'g'), ',', ' AND'),
        CASE place WHEN 2 THEN 'greatest(coalesce(t.booked_at, t.changed_at), job.at)'
            ELSE 'coalesce(job.at, t.changed_at)' END)
        INTO due USING whose, candidates, cutoff, holds;
    EXECUTE format('UPDATE %I SET %s WHERE tenant_id = $1 AND id = ANY ($2)', tbl, ptj_erasing(tbl)) USING whose, due;
    GET DIAGNOSTICS gone = ROW_COUNT;
    PERFORM ptj_note_purged(purge, 'outcome', tbl, gone);
    IF cardinality(candidates) = most THEN
        seen := most;
        last := jsonb_build_array(place, candidates[most]);
    ELSIF place < cardinality(tables) THEN
        seen := most;
        last := jsonb_build_array(place + 1, 0);
    ELSE
        seen := cardinality(candidates);
    END IF;
END $$;
REVOKE ALL ON FUNCTION ptj_text_on_hold(bigint, text), ptj_purge_outcomes(bigint, jsonb, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ptj_purge_outcomes(bigint, jsonb, integer) TO pagetojob_worker;
"""


class Migration(migrations.Migration):
    dependencies = [("retention", "0016_leads_last"), ("attribution", "0002_rights")]

    operations = [migrations.RunSQL([DAYS, OUTCOMES])]
