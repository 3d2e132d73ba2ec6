"""Rights on subject requests, and the function that erases a person: the only way for a worker to empty these rows.

It runs with the rights of the tables' owner, and erases only rows on the list of a request that two people confirmed.
`ptj_erasing` holds what becomes of the row of each table; a test compares it with the fields that models declare.
"""

from django.db import migrations

RIGHTS = """
CALL ptj_protect('retention_subjectrequest', app => '',
    worker => 'SELECT, UPDATE (name, phone, email, reference, searched_at, unread, ended_at, receipt)',
    operator => 'SELECT, INSERT, UPDATE (name, phone, email, reference, searched_at, erasure_requested_by_id,
        erasure_requested_at, confirmed_by_id, confirmed_at, ended_at, receipt)');
CALL ptj_protect('retention_subjectmatch', app => '', worker => 'SELECT, INSERT, DELETE',
    operator => 'SELECT, UPDATE (included)');
CALL ptj_composite_key('retention_subjectmatch', 'request_id', 'retention_subjectrequest');
-- The search for a person reads what operators wrote: notes, and holds on that person.
CREATE POLICY worker_all ON retention_legalhold TO pagetojob_worker USING (true) WITH CHECK (true);
CREATE POLICY worker_all ON syncqueue_itemnote TO pagetojob_worker USING (true) WITH CHECK (true);
GRANT SELECT (id, tenant_id, search_key) ON retention_legalhold TO pagetojob_worker;
GRANT SELECT ON syncqueue_itemnote TO pagetojob_worker;
"""

ERASING = """
CREATE FUNCTION ptj_erasing(tbl text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE tbl
        WHEN 'leads_leadnote' THEN $set$text = ''$set$
        WHEN 'onboarding_customeranswer' THEN $set$text = 'erased'$set$
        WHEN 'ops_oncallcontact' THEN $set$phone = ''$set$
        WHEN 'notices_recipientchange' THEN $set$before = '{}', after = '{}'$set$
        WHEN 'tenants_noticerecipient' THEN $set$label = '', active = false,
            email = CASE WHEN email = '' THEN '' ELSE 'erased-' || id || '@erased.invalid' END,
            phone = CASE WHEN phone = '' THEN '' ELSE '+999' || lpad(id::text, 10, '0') END,
            url = CASE WHEN url = '' THEN '' ELSE 'https://erased.invalid/' || id END$set$
        WHEN 'leads_lead' THEN $set$name = '', phone = '', phone_e164 = '', email = '', street = '', city = '',
            state = '', zip = '', message = '', erased_at = coalesce(erased_at, now()), source = coalesce((
                SELECT jsonb_object_agg(key, value) FROM jsonb_each(source)
                WHERE key IN ('utm_source', 'utm_medium', 'utm_campaign')), '{}')$set$
        WHEN 'leads_bookingrequest' THEN $set$as_typed = '{}'$set$
        WHEN 'syncqueue_syncitem' THEN $set$envelope = NULL, last_error = '', done_where = left(done_where, 0),
            done_reference = left(done_reference, 0)$set$
        WHEN 'syncqueue_itemnote' THEN $set$text = ''$set$
        WHEN 'syncqueue_inboxevent' THEN $set$box = NULL$set$
        WHEN 'syncqueue_quarantinedrequest' THEN $set$box = NULL$set$
        WHEN 'importer_importrow' THEN $set$key = '', other_key = '', "values" = '{}', before = NULL,
            chosen = false$set$
        WHEN 'files_file' THEN $set$name = ''$set$
        WHEN 'gates_evidencefile' THEN $set$name = 'erased'$set$
        WHEN 'attribution_job' THEN $set$name = '', phone = '', email = '', street = '', unit = '', city = '',
            state = '', zip = '', reference = '', summary = ''$set$
        WHEN 'attribution_outcomecustomer' THEN $set$name = '', phone = '', email = '', street = '', unit = '',
            city = '', state = '', zip = ''$set$
        WHEN 'attribution_outcomebooking' THEN $set$reference = '', summary = ''$set$
        WHEN 'drift_answer' THEN $set$comment = '', told_by = CASE told_by WHEN '' THEN '' ELSE 'erased' END$set$
        WHEN 'drift_finding' THEN $set$quote = ''$set$
        WHEN 'drift_readingpage' THEN $set$facts = '[]'$set$
        WHEN 'drift_reviewmail' THEN $set$"to" = '', state = CASE state WHEN 'owed' THEN 'dropped' ELSE state END$set$
        -- The bytes are those of zlib for an empty text; another hash keeps it from being taken for the same content.
        WHEN 'drift_snapshot' THEN $set$html = '\\x789c030000000001', text = '\\x789c030000000001',
            sha256 = lpad(id::text, 64, '0'), size = 0$set$
        WHEN 'runs_run' THEN $set$params = '{}'$set$
        WHEN 'retention_legalhold' THEN $set$search_key = 'erased'$set$
        WHEN 'retention_subjectrequest' THEN $set$name = '', phone = '', email = '', reference = '',
            ended_at = now()$set$
        WHEN 'tenants_user' THEN $set$email = 'erased-' || id || '@erased.invalid', name = 'Erased person',
            password = '!'$set$
        WHEN 'accounts_invitation' THEN $set$email = 'erased@erased.invalid',
            revoked_at = CASE WHEN accepted_at IS NULL THEN coalesce(revoked_at, now()) END$set$
        WHEN 'accounts_emailchange' THEN $set$previous_email = 'erased@erased.invalid',
            new_email = 'erased@erased.invalid',
            canceled_at = CASE WHEN confirmed_at IS NULL THEN coalesce(canceled_at, now()) END$set$
        WHEN 'accounts_owedmail' THEN $set$typed_email = '', settled_at = coalesce(settled_at, now())$set$
        WHEN 'accounts_authenticator' THEN $set$name = ''$set$
        WHEN 'accounts_passkey' THEN $set$name = ''$set$
        WHEN 'accounts_session' THEN $set$device = ''$set$
    END
$$;
-- The reason, in one word, why no row of this request can be erased now; NULL if there is none.
CREATE FUNCTION ptj_erasure_refused(wanted bigint) RETURNS text LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT CASE
        WHEN EXISTS (SELECT FROM retention_subjectrequest AS r
            WHERE r.id = wanted AND ptj_on_hold(r.tenant_id, r.phone, r.email))
            OR EXISTS (SELECT FROM retention_subjectmatch AS m JOIN leads_lead AS l
                ON m."table" = 'leads_lead' AND l.tenant_id = m.tenant_id AND l.id::text = m."row"
                WHERE m.request_id = wanted AND m.included AND ptj_on_hold(l.tenant_id, l.phone_e164, l.email))
        THEN 'hold'
        WHEN EXISTS (SELECT FROM retention_subjectmatch AS m JOIN syncqueue_syncitem AS i
            ON m."table" = 'syncqueue_syncitem' AND i.tenant_id = m.tenant_id AND i.id::text = m."row"
            WHERE m.request_id = wanted AND m.included
                AND i.state NOT IN ('delivered', 'manual complete', 'cancelled'))
        THEN 'item'
        WHEN EXISTS (SELECT FROM retention_subjectmatch AS m JOIN runs_run AS r
            ON m."table" = 'runs_run' AND r.tenant_id = m.tenant_id AND r.id::text = m."row"
            WHERE m.request_id = wanted AND m.included AND r.state IN ('queued', 'running'))
        THEN 'run'
        WHEN EXISTS (SELECT FROM retention_subjectmatch AS m JOIN tenants_user AS u
            ON m."table" = 'tenants_user' AND u.id::text = m."row"
            WHERE m.request_id = wanted AND m.included AND u.is_active)
        THEN 'account'
    END
$$;
-- Rows of accounts belong to no tenant: they are those of people without a role with us or with another tenant.
CREATE FUNCTION ptj_erasable_account(whose bigint, account bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT NOT EXISTS (SELECT FROM tenants_membership WHERE user_id = account AND tenant_id <> whose)
        AND NOT EXISTS (SELECT FROM tenants_user
            WHERE id = account AND (is_active OR ops_role <> '' OR staff_role <> ''))
$$;
CREATE FUNCTION ptj_erase_subject(erasing bigint, most integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '100ms' AS $$
DECLARE
    whose bigint;
    wanted bigint;
    tbl text;
    keys text[];
    place text;
BEGIN
    SELECT r.tenant_id, s.id INTO whose, wanted
        FROM runs_run AS r JOIN retention_subjectrequest AS s
            ON s.tenant_id = r.tenant_id AND s.id = (r.params ->> 'request')::bigint
        WHERE r.id = erasing AND r.kind = 'retention.subject' AND r.state = 'running'
            AND r.params ->> 'action' = 'erase' AND s.confirmed_at IS NOT NULL AND s.ended_at IS NULL;
    IF wanted IS NULL THEN
        RAISE EXCEPTION 'only a request that two people confirmed erases' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF ptj_erasure_refused(wanted) IS NOT NULL THEN
        RAISE EXCEPTION 'erasure refused: %', ptj_erasure_refused(wanted) USING ERRCODE = 'check_violation';
    END IF;
    SELECT m."table" INTO tbl FROM retention_subjectmatch AS m
        WHERE m.tenant_id = whose AND m.request_id = wanted AND m.included AND m.erased_at IS NULL
        ORDER BY m."table" LIMIT 1;
    IF tbl IS NULL THEN
        RETURN 0;
    END IF;
    IF ptj_erasing(tbl) IS NULL THEN
        RAISE EXCEPTION 'no rule says how to erase a row of %', tbl;
    END IF;
    keys := ARRAY(SELECT m."row" FROM retention_subjectmatch AS m
        WHERE m.tenant_id = whose AND m.request_id = wanted AND m."table" = tbl AND m.included
            AND m.erased_at IS NULL ORDER BY m.id LIMIT most);
    place := CASE
        WHEN tbl = 'tenants_user' THEN 'id = ANY ($1::bigint[]) AND ptj_erasable_account($2, id)'
        WHEN tbl = 'accounts_session' THEN 'session_key = ANY ($1) AND ptj_erasable_account($2, user_id)'
        WHEN (tbl LIKE 'accounts!_%' ESCAPE '!' OR tbl = 'ops_oncallcontact') AND tbl <> 'accounts_invitation'
            THEN 'id = ANY ($1::bigint[]) AND ptj_erasable_account($2, user_id)'
        ELSE 'id = ANY ($1::bigint[]) AND tenant_id = $2'
    END;
    PERFORM set_config('app.erase', 'on', true);
    IF tbl = 'files_file' THEN
        DELETE FROM files_filechunk WHERE tenant_id = whose AND file_id = ANY (keys::bigint[]);
    END IF;
    EXECUTE format('UPDATE %I SET %s WHERE %s', tbl, ptj_erasing(tbl), place) USING keys, whose;
    PERFORM set_config('app.erase', '', true);
    UPDATE retention_subjectmatch SET erased_at = now()
        WHERE tenant_id = whose AND request_id = wanted AND "table" = tbl AND "row" = ANY (keys);
    RETURN cardinality(keys);
END $$;
REVOKE ALL ON FUNCTION ptj_erasing(text), ptj_erasure_refused(bigint), ptj_erasable_account(bigint, bigint),
    ptj_erase_subject(bigint, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ptj_erase_subject(bigint, integer), ptj_erasure_refused(bigint) TO pagetojob_worker;
GRANT EXECUTE ON FUNCTION ptj_erasure_refused(bigint) TO pagetojob_operator;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("retention", "0004_subject_requests"),
        ("retention", "0003_purge"),
        ("accounts", "0005_privilege_requests"),
        ("drift", "0004_erasable_answers"),
        ("gates", "0002_rights"),
        ("syncqueue", "0003_defaults_in_the_database"),
    ]

    operations = [migrations.RunSQL([RIGHTS, ERASING])]
