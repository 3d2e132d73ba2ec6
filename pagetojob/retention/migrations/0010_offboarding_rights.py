"""Rights on offboardings, and the functions that delete a tenant: the only way for a worker to do so.

They run with the rights of the tables' owner, and delete only rows of a closed tenant whose offboarding two people
confirmed. `deleting_in` makes the guard triggers let their transaction pass (`tenants/triggers.py`). Every table with a
`tenant_id` is deleted unless `ptj_offboard_preserved` names it.
"""

from django.db import migrations

RIGHTS = """
CALL ptj_protect('retention_offboarding', app => 'SELECT (id, tenant_id, page_phone, withdrawn_at)',
    worker => 'SELECT, UPDATE (ended_at, receipt)',
    operator => 'SELECT, INSERT, UPDATE (confirmed_by_id, confirmed_at, withdrawn_at)');
CALL ptj_protect('retention_offboardedtable', app => '', worker => 'SELECT', operator => 'SELECT');
CALL ptj_composite_key('retention_offboardedtable', 'offboarding_id', 'retention_offboarding');
GRANT UPDATE (page_until) ON tenants_tenant TO pagetojob_operator;
-- The ORM saves a whole row, so the website's role may name the column, and the trigger keeps its value.
GRANT UPDATE (page_until) ON tenants_tenant TO pagetojob_app;
CREATE FUNCTION ptj_page_until_is_the_operators() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_user = 'pagetojob_app' AND NEW.page_until IS DISTINCT FROM OLD.page_until THEN
        RAISE EXCEPTION 'only operators set the last day of a page' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ptj_page_until BEFORE UPDATE ON tenants_tenant
    FOR EACH ROW EXECUTE FUNCTION ptj_page_until_is_the_operators();
REVOKE ALL ON FUNCTION ptj_page_until_is_the_operators FROM PUBLIC;
GRANT UPDATE (downloaded_at) ON retention_tenantexport TO pagetojob_operator;
GRANT UPDATE (key) ON retention_tenantexport TO pagetojob_worker;
-- Parts that were sealed before exports had keys of their own.
DELETE FROM retention_exportpart;
UPDATE retention_tenantexport SET removed_at = now() WHERE removed_at IS NULL;
"""

TABLES = """
-- The rows that remain: proof of who acted and of sealed money, without a personal value, and hosts of the last page.
CREATE FUNCTION ptj_offboard_preserved() RETURNS text[] LANGUAGE sql IMMUTABLE AS $$
    SELECT ARRAY['audit_auditentry', 'audit_auditseal', 'attribution_statement', 'attribution_restatement',
        'retention_offboarding', 'retention_offboardedtable', 'tenants_publichost', 'tenants_statechange']
$$;
CREATE FUNCTION ptj_any_hold(whose bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM retention_legalhold
        WHERE tenant_id = whose AND lifted_at IS NULL
            AND (confirmed_at IS NOT NULL OR requested_at > now() - interval '168 hours'))
$$;
-- The rows of a tenant by table, at most 100,001 of each.
CREATE FUNCTION ptj_offboard_counts(whose bigint) RETURNS TABLE (tbl text, "rows" bigint) LANGUAGE plpgsql STABLE
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    FOR tbl IN SELECT c.relname::text FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
            AND a.attname = 'tenant_id' AND NOT a.attisdropped ORDER BY 1
    LOOP
        EXECUTE format('SELECT count(*) FROM (SELECT FROM %I WHERE tenant_id = $1 LIMIT 100001) AS r', tbl)
            INTO "rows" USING whose;
        IF "rows" > 0 THEN
            RETURN NEXT;
        END IF;
    END LOOP;
END $$;
-- The reason, in one word, why a tenant cannot be offboarded now; NULL if there is none. No export: it was waived.
CREATE FUNCTION ptj_offboard_refused(whose bigint, exported uuid) RETURNS text LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT CASE
        WHEN NOT EXISTS (SELECT FROM tenants_tenant WHERE id = whose AND state = 'closed') THEN 'state'
        WHEN ptj_any_hold(whose) THEN 'hold'
        WHEN EXISTS (SELECT FROM vault_connection WHERE tenant_id = whose AND state <> 'disconnected')
        THEN 'connection'
        WHEN EXISTS (SELECT FROM retention_subjectrequest WHERE tenant_id = whose AND ended_at IS NULL) THEN 'subject'
        WHEN EXISTS (SELECT FROM syncqueue_syncitem WHERE tenant_id = whose
            AND state NOT IN ('delivered', 'manual complete', 'cancelled')) THEN 'item'
        WHEN EXISTS (SELECT FROM runs_run WHERE tenant_id = whose AND state IN ('queued', 'running')
            AND kind NOT IN ('retention.offboard', 'retention.purge')) THEN 'run'
        WHEN exported IS NOT NULL AND NOT EXISTS (
            SELECT FROM retention_tenantexport AS e JOIN tenants_tenant AS t ON t.id = e.tenant_id
            WHERE e.tenant_id = whose AND e.public_id = exported AND e.ended_at IS NOT NULL
                AND e.downloaded_at IS NOT NULL AND e.created_at > t.state_since)
        THEN 'export'
    END
$$;
"""

DELETING = """
-- The offboarding of a run that works on it; raises an error for any other run, and while a hold is open.
CREATE FUNCTION ptj_offboarding(running bigint) RETURNS retention_offboarding LANGUAGE plpgsql AS $$
DECLARE
    offboarding retention_offboarding;
BEGIN
    SELECT o.* INTO offboarding
        FROM runs_run AS r
        JOIN retention_offboarding AS o ON o.tenant_id = r.tenant_id AND o.id = (r.params ->> 'offboarding')::bigint
        JOIN tenants_tenant AS t ON t.id = o.tenant_id AND t.state = 'closed'
        WHERE r.id = running AND r.kind = 'retention.offboard' AND r.state = 'running'
            AND o.confirmed_at IS NOT NULL AND o.ended_at IS NULL;
    IF offboarding.id IS NULL THEN
        RAISE EXCEPTION 'only an offboarding that two people confirmed deletes'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF ptj_any_hold(offboarding.tenant_id) THEN
        RAISE EXCEPTION 'offboarding refused: hold' USING ERRCODE = 'check_violation';
    END IF;
    UPDATE retention_offboarding SET deleting_in = pg_current_xact_id()::text::bigint WHERE id = offboarding.id;
    RETURN offboarding;
END $$;
CREATE FUNCTION ptj_offboarding_now() RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM retention_offboarding
        WHERE ended_at IS NULL AND deleting_in = pg_current_xact_id_if_assigned()::text::bigint)
$$;
-- Accounts of people who belong to no other tenant and have no role with us: the audit log refers to the empty row.
CREATE FUNCTION ptj_offboard_people(running bigint) RETURNS integer LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    offboarding retention_offboarding := ptj_offboarding(running);
    people bigint[] := ARRAY(SELECT u.id FROM tenants_user AS u
        WHERE u.ops_role = '' AND u.staff_role = ''
            AND EXISTS (SELECT FROM tenants_membership WHERE user_id = u.id AND tenant_id = offboarding.tenant_id)
            AND NOT EXISTS (SELECT FROM tenants_membership WHERE user_id = u.id AND tenant_id <> offboarding.tenant_id)
        ORDER BY u.id DESC);
    person bigint;
    child text;
BEGIN
    FOREACH child IN ARRAY ARRAY['owedmail', 'emailchange', 'passwordreset', 'session', 'recoverycode', 'passkey',
        'authenticator']
    LOOP
        EXECUTE format('DELETE FROM %I WHERE user_id = ANY ($1)', 'accounts_' || child) USING people;
    END LOOP;
    UPDATE tenants_user SET is_active = false, email = 'erased-' || id || '@erased.invalid', name = 'Erased person',
        password = '!' WHERE id = ANY (people) AND name <> 'Erased person';
    DELETE FROM tenants_membership WHERE user_id = ANY (people) AND tenant_id = offboarding.tenant_id;
    IF cardinality(people) > 0 THEN
        PERFORM ptj_offboard_note(offboarding, 'tenants_user', people::text[]);
    END IF;
    RETURN cardinality(people);
END $$;
CREATE FUNCTION ptj_offboard_note(offboarding retention_offboarding, tbl text, keys text[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    link text := coalesce((SELECT rows_sha256 FROM retention_offboardedtable AS t
        WHERE t.tenant_id = offboarding.tenant_id AND t.offboarding_id = offboarding.id AND t."table" = tbl), '');
    key text;
BEGIN
    FOREACH key IN ARRAY keys LOOP
        link := encode(sha256(convert_to(link || key, 'UTF8')), 'hex');
    END LOOP;
    INSERT INTO retention_offboardedtable AS t (tenant_id, offboarding_id, "table", rows, rows_sha256)
        VALUES (offboarding.tenant_id, offboarding.id, tbl, cardinality(keys), link)
        ON CONFLICT (tenant_id, offboarding_id, "table")
            DO UPDATE SET rows = t.rows + EXCLUDED.rows, rows_sha256 = EXCLUDED.rows_sha256;
END $$;
-- Delete the rows of a table with the highest keys, and rows without a tenant that refer to them; return how many.
CREATE FUNCTION ptj_offboard_rows(running bigint, tbl text, most integer) RETURNS integer LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '100ms' AS $$
DECLARE
    offboarding retention_offboarding := ptj_offboarding(running);
    pk text := (SELECT a.attname FROM pg_index AS i JOIN pg_attribute AS a
            ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
        WHERE i.indrelid = tbl::regclass AND i.indisprimary);
    own text := CASE WHEN tbl = 'runs_run' THEN format(' AND id <> %s', running) ELSE '' END;
    keys text[];
BEGIN
    IF tbl = ANY (ptj_offboard_preserved()) THEN
        RAISE EXCEPTION 'rows of % stay', tbl USING ERRCODE = 'insufficient_privilege';
    END IF;
    EXECUTE format('SELECT array_agg(k) FROM (SELECT %1$I::text AS k FROM %2$I WHERE tenant_id = $1%3$s
        ORDER BY %1$I DESC LIMIT $2 FOR UPDATE) AS r', pk, tbl, own) INTO keys USING offboarding.tenant_id, most;
    IF keys IS NULL THEN
        RETURN 0;
    END IF;
    CASE tbl
        WHEN 'accounts_invitation' THEN DELETE FROM accounts_owedmail WHERE invitation_id = ANY (keys::bigint[]);
        WHEN 'gates_evidence' THEN DELETE FROM readiness_evidencenotice WHERE evidence_id = ANY (keys::bigint[]);
        WHEN 'syncqueue_hookroute' THEN DELETE FROM syncqueue_hookcount WHERE route_id = ANY (keys::bigint[]);
        ELSE NULL;
    END CASE;
    EXECUTE format('DELETE FROM %2$I WHERE tenant_id = $1 AND %1$I = ANY ($2::%3$s[])', pk, tbl,
        (SELECT format_type(atttypid, NULL) FROM pg_attribute WHERE attrelid = tbl::regclass AND attname = pk))
        USING offboarding.tenant_id, keys;
    PERFORM ptj_offboard_note(offboarding, tbl, keys);
    RETURN cardinality(keys);
END $$;
-- When the last page of a website has ended, its phone number goes; its own domain answers 410 for 90 days more.
CREATE FUNCTION ptj_end_pages() RETURNS integer LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    ended integer;
BEGIN
    UPDATE retention_offboarding SET page_phone = '' WHERE page_until < current_date AND page_phone <> '';
    GET DIAGNOSTICS ended = ROW_COUNT;
    DELETE FROM tenants_publichost AS h USING retention_offboarding AS o
        WHERE o.tenant_id = h.tenant_id AND o.ended_at IS NOT NULL AND o.page_until < current_date - 90;
    RETURN ended;
END $$;
"""

GRANTS = """
REVOKE ALL ON FUNCTION ptj_offboard_preserved(), ptj_offboard_counts(bigint), ptj_offboard_refused(bigint, uuid),
    ptj_any_hold(bigint), ptj_offboarding(bigint), ptj_offboarding_now(), ptj_offboard_people(bigint),
    ptj_offboard_note(retention_offboarding, text, text[]),
    ptj_offboard_rows(bigint, text, integer), ptj_end_pages() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ptj_offboard_counts(bigint), ptj_offboard_refused(bigint, uuid) TO pagetojob_operator;
GRANT EXECUTE ON FUNCTION ptj_offboard_counts(bigint), ptj_offboard_people(bigint),
    ptj_offboard_rows(bigint, text, integer), ptj_end_pages() TO pagetojob_worker;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("retention", "0009_offboarding"),
        ("accounts", "0005_privilege_requests"),
        ("vault", "0002_rights"),
        ("syncqueue", "0003_defaults_in_the_database"),
        ("readiness", "0002_rights"),
        ("tenants", "0010_page_until"),
    ]

    operations = [migrations.RunSQL([RIGHTS, TABLES, DELETING, GRANTS])]
