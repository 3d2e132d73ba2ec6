"""Functions that make the partitions of the next months of attempts, and drop a month that has expired for everyone.

A month is dropped when it is over for the longest period of any contractor, no legal hold is open, and none of its
attempts belongs to an item that is open or has changed since; otherwise the nightly purge deletes its rows in batches.
A lock is waited for at most 100 ms; the caller tries again.
"""

from django.db import migrations

MONTHS = """
CREATE FUNCTION ptj_attempt_months() RETURNS integer LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '100ms' SET timezone = 'UTC' AS $$
DECLARE
    month timestamptz := date_trunc('month', now());
    covered timestamptz := (SELECT max(ptj_month_end(inhrelid)) FROM pg_inherits
        WHERE inhparent = 'syncqueue_syncattempt'::regclass);
    part text;
    made integer := 0;
BEGIN
    WHILE month < date_trunc('month', now()) + interval '3 months' LOOP
        part := 'syncqueue_syncattempt_' || to_char(month, 'YYYY_MM');
        -- Attempts that settled before their month was made stay in the default partition.
        IF month >= covered AND NOT EXISTS (SELECT FROM syncqueue_syncattempt_other WHERE settled_at >= month) THEN
            EXECUTE format(
                'CREATE TABLE %I (LIKE syncqueue_syncattempt INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', part);
            EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', part);
            EXECUTE format('CREATE POLICY owner_all ON %I TO pagetojob_owner USING (true) WITH CHECK (true)', part);
            EXECUTE format('REVOKE ALL ON %I FROM pagetojob_app', part);
            EXECUTE format('ALTER TABLE syncqueue_syncattempt ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                part, month, month + interval '1 month');
            made := made + 1;
        END IF;
        month := month + interval '1 month';
    END LOOP;
    RETURN made;
END $$;
-- The time at which the month of a partition ends; NULL for the default partition.
CREATE FUNCTION ptj_month_end(part oid) RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT substring(pg_get_expr(relpartbound, oid) FROM $re$TO \\('([^']+)'\\)$re$)::timestamptz
    FROM pg_class WHERE oid = part
$$;
-- Drop the oldest month that has expired; return its number of rows, or NULL if there is none.
CREATE FUNCTION ptj_drop_attempt_month() RETURNS bigint LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '100ms' SET timezone = 'UTC' AS $$
DECLARE
    cutoff timestamptz := (SELECT min(ptj_retention_cutoff(id, 'attempt')) FROM tenants_tenant);
    candidate regclass;
    blocked boolean;
    removed bigint;
BEGIN
    IF EXISTS (SELECT FROM retention_legalhold WHERE lifted_at IS NULL
        AND (confirmed_at IS NOT NULL OR requested_at > now() - interval '168 hours'))
    THEN
        RETURN NULL;
    END IF;
    FOR candidate IN SELECT inhrelid FROM pg_inherits
        WHERE inhparent = 'syncqueue_syncattempt'::regclass AND ptj_month_end(inhrelid) <= cutoff
        ORDER BY ptj_month_end(inhrelid)
    LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM syncqueue_syncitem AS i
            WHERE i.created_at < $1 AND (i.state_since >= $2
                    OR i.state NOT IN (''delivered'', ''manual complete'', ''cancelled''))
                AND EXISTS (SELECT FROM %s AS a WHERE a.tenant_id = i.tenant_id AND a.item_id = i.id))', candidate)
            INTO blocked USING ptj_month_end(candidate), cutoff;
        CONTINUE WHEN blocked;
        EXECUTE format($sql$WITH counts AS (SELECT tenant_id, count(*) AS n FROM %1$s GROUP BY 1),
            lines AS (INSERT INTO audit_auditentry
                    (tenant_id, actor_label, action, subject, reason, changes, request_id)
                SELECT tenant_id, 'nightly purge', 'retention.drop_month', %1$L,
                    'Removed with a month whose retention period has ended.',
                    jsonb_build_object('syncqueue_syncattempt', jsonb_build_array(NULL, n)), '' FROM counts)
            SELECT coalesce(sum(n), 0) FROM counts$sql$, candidate) INTO removed;
        -- Last, so that its lock is held until the commit only.
        EXECUTE format('DROP TABLE %s', candidate);
        RETURN removed;
    END LOOP;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION ptj_attempt_months(), ptj_month_end(oid), ptj_drop_attempt_month() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ptj_attempt_months(), ptj_drop_attempt_month() TO pagetojob_worker;
"""


class Migration(migrations.Migration):
    dependencies = [("retention", "0010_offboarding_rights"), ("syncqueue", "0011_attempts_by_month")]

    operations = [migrations.RunSQL(MONTHS)]
