"""The function that destroys all data keys of a tenant whose offboarding two people confirmed."""

from django.db import migrations

KEYS = """
-- Before everything else: without their keys, sealed values cannot be read, also where a row is missed.
CREATE FUNCTION ptj_offboard_keys(running bigint) RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    offboarding retention_offboarding := ptj_offboarding(running);
    destroyed jsonb;
BEGIN
    UPDATE vault_secret SET sealed = NULL, destroyed_at = now()
        WHERE tenant_id = offboarding.tenant_id AND destroyed_at IS NULL;
    WITH gone AS (
        UPDATE vault_datakey SET wrapped = NULL, destroyed_at = now()
        WHERE tenant_id = offboarding.tenant_id AND destroyed_at IS NULL RETURNING public_id),
    exports AS (
        UPDATE retention_tenantexport SET key = NULL, removed_at = coalesce(removed_at, now())
        WHERE tenant_id = offboarding.tenant_id AND key IS NOT NULL RETURNING public_id)
    SELECT coalesce(jsonb_agg(public_id ORDER BY public_id), '[]')
        INTO destroyed FROM (SELECT public_id FROM gone UNION ALL SELECT public_id FROM exports) AS k;
    UPDATE retention_offboarding SET keys_destroyed = keys_destroyed || destroyed WHERE id = offboarding.id;
END $$;
REVOKE ALL ON FUNCTION ptj_offboard_keys(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ptj_offboard_keys(bigint) TO pagetojob_worker;
"""


class Migration(migrations.Migration):
    dependencies = [("vault", "0004_ids_read"), ("retention", "0010_offboarding_rights")]

    operations = [migrations.RunSQL(KEYS)]
