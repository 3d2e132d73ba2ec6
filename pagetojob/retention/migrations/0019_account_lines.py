"""Let the purge of accounts write a line for each contractor that it takes a member from.

An account of a deactivated person may still belong to contractors. Their owners see who has access, so they see that it
ended. The line has a number and no name.
"""

from django.db import migrations

LINES = """
DO $do$
DECLARE
    before text := pg_get_functiondef('ptj_purge_accounts(integer)'::regprocedure);
    after text := replace(before, $q$    DELETE FROM tenants_membership WHERE user_id = ANY (people);
$q$, $q$    WITH gone AS (DELETE FROM tenants_membership WHERE user_id = ANY (people) RETURNING tenant_id)
    INSERT INTO audit_auditentry (tenant_id, actor_label, action, subject, reason, changes, request_id)
        SELECT tenant_id, 'nightly purge', 'retention.purge_members', 'tenants.membership',
            'Removed at the end of the retention period.',
            jsonb_build_object('account: tenants_membership', jsonb_build_array(NULL, count(*))), ''
        FROM gone GROUP BY tenant_id ORDER BY tenant_id;
$q$);
BEGIN
    IF before = after THEN
        RAISE EXCEPTION 'ptj_purge_accounts deletes no memberships';
    END IF;
    EXECUTE after;
END $do$;
"""


class Migration(migrations.Migration):
    dependencies = [("retention", "0018_accounts")]

    operations = [migrations.RunSQL(LINES)]
