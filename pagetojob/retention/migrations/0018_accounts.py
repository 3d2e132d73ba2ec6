"""Empty the accounts of people who can no longer act, once no line of the audit log names them.

The fields are those that the erasure of a person empties. The row stays, because rows that are never deleted refer
to it.
"""

from django.db import migrations

DAYS = """
DO $do$
DECLARE
    before text := pg_get_functiondef('ptj_retention_days(bigint, text)'::regprocedure);
    after text := replace(before, $q$WHEN 'outcome' THEN 730$q$, $q$WHEN 'outcome' THEN 730 WHEN 'account' THEN 730$q$);
BEGIN
    IF before = after THEN
        RAISE EXCEPTION 'ptj_retention_days has no default for outcome';
    END IF;
    EXECUTE after;
END $do$;
"""

ACCOUNTS = """
-- An account ended if its person cannot sign in, or has neither a role with us nor a tenant. What ended it is a line of
-- the audit log, and so is all that the person did: the account stays as long as one of these lines.
CREATE FUNCTION ptj_account_ended(account bigint, cutoff timestamptz) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM tenants_user AS u WHERE u.id = account
            AND u.email <> 'erased-' || u.id || '@erased.invalid' AND greatest(u.created_at, u.last_login) < cutoff
            AND (NOT u.is_active OR u.ops_role = '' AND u.staff_role = ''
                AND NOT EXISTS (SELECT FROM tenants_membership WHERE user_id = u.id))
            AND NOT EXISTS (SELECT FROM retention_legalhold AS h
                WHERE h.lifted_at IS NULL
                    AND (h.confirmed_at IS NOT NULL OR h.requested_at > now() - interval '168 hours')
                    AND (h.search_key = lower(u.email)
                        OR h.search_key = (SELECT nullif(phone, '') FROM ops_oncallcontact WHERE user_id = u.id)
                        OR h.search_key = '' AND EXISTS (SELECT FROM tenants_membership
                            WHERE user_id = u.id AND tenant_id = h.tenant_id)))
            AND NOT EXISTS (SELECT FROM audit_auditentry WHERE actor_id = u.id)
            AND NOT EXISTS (SELECT FROM audit_auditentry WHERE subject = 'tenants.user:' || u.public_id)
            AND NOT EXISTS (SELECT FROM audit_rowchange WHERE actor_id = u.id))
$$;
CREATE FUNCTION ptj_purge_accounts(most integer) RETURNS integer LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '100ms' AS $$
DECLARE
    cutoff timestamptz := ptj_retention_cutoff(NULL, 'account');
    locked bigint[] := ARRAY(SELECT id FROM tenants_user WHERE ptj_account_ended(id, cutoff)
        ORDER BY id LIMIT most FOR UPDATE SKIP LOCKED);
    -- A person may have joined a tenant before the lock; none can while it is held.
    people bigint[] := ARRAY(SELECT id FROM unnest(locked) AS id WHERE ptj_account_ended(id, cutoff));
    child text;
BEGIN
    IF cardinality(people) = 0 THEN
        RETURN 0;
    END IF;
    FOREACH child IN ARRAY ARRAY['owedmail', 'emailchange', 'passwordreset', 'session', 'recoverycode', 'passkey',
        'authenticator']
    LOOP
        EXECUTE format('DELETE FROM %I WHERE user_id = ANY ($1)', 'accounts_' || child) USING people;
    END LOOP;
    DELETE FROM tenants_membership WHERE user_id = ANY (people);
    EXECUTE format('UPDATE ops_oncallcontact SET %s WHERE user_id = ANY ($1)', ptj_erasing('ops_oncallcontact'))
        USING people;
    EXECUTE format('UPDATE tenants_user SET is_active = false, ops_role = '''', staff_role = '''', %s
        WHERE id = ANY ($1)', ptj_erasing('tenants_user')) USING people;
    INSERT INTO audit_auditentry (actor_label, action, subject, reason, changes, request_id)
        VALUES ('nightly purge', 'retention.purge_accounts', 'tenants.user',
            'Removed at the end of the retention period.',
            jsonb_build_object('account: tenants_user', jsonb_build_array(NULL, cardinality(people))), '');
    RETURN cardinality(people);
END $$;
REVOKE ALL ON FUNCTION ptj_account_ended(bigint, timestamptz), ptj_purge_accounts(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ptj_purge_accounts(integer) TO pagetojob_worker;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("retention", "0017_outcomes"),
        ("accounts", "0005_privilege_requests"),
        ("ops", "0001_initial"),
        ("audit", "0002_rights"),
    ]

    operations = [migrations.RunSQL([DAYS, ACCOUNTS])]
