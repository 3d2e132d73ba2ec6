"""End the last page of a contractor in UTC if its time zone is not known, instead of ending none and no purge."""

from django.db import migrations

SQL = """
CREATE OR REPLACE FUNCTION ptj_end_pages() RETURNS integer LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    ended integer;
BEGIN
    UPDATE retention_offboarding AS o SET page_phone = ''
        FROM tenants_tenant AS t LEFT JOIN pg_timezone_names AS z ON z.name = t.time_zone
        WHERE t.id = o.tenant_id AND o.page_until < (now() AT TIME ZONE coalesce(z.name, 'UTC'))::date
            AND o.page_phone <> '';
    GET DIAGNOSTICS ended = ROW_COUNT;
    DELETE FROM tenants_publichost AS h
        USING retention_offboarding AS o, tenants_tenant AS t LEFT JOIN pg_timezone_names AS z ON z.name = t.time_zone
        WHERE o.tenant_id = h.tenant_id AND t.id = o.tenant_id AND o.ended_at IS NOT NULL
            AND o.page_until < (now() AT TIME ZONE coalesce(z.name, 'UTC'))::date - 90;
    RETURN ended;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("retention", "0024_waiting_imports")]

    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
