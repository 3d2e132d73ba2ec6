"""End last pages on the contractor's own day, erase evidence, and remove exports that no data key protects."""

from django.db import migrations, models

SQL = """
CREATE OR REPLACE FUNCTION ptj_end_pages() RETURNS integer LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    ended integer;
BEGIN
    UPDATE retention_offboarding AS o SET page_phone = '' FROM tenants_tenant AS t
        WHERE t.id = o.tenant_id AND o.page_until < (now() AT TIME ZONE t.time_zone)::date AND o.page_phone <> '';
    GET DIAGNOSTICS ended = ROW_COUNT;
    DELETE FROM tenants_publichost AS h USING retention_offboarding AS o, tenants_tenant AS t
        WHERE o.tenant_id = h.tenant_id AND t.id = o.tenant_id AND o.ended_at IS NOT NULL
            AND o.page_until < (now() AT TIME ZONE t.time_zone)::date - 90;
    RETURN ended;
END $$;
-- A file of evidence is erased as a whole, because the search reads its text.
DO $do$ BEGIN
    EXECUTE replace(pg_get_functiondef('ptj_erasing(text)'::regprocedure),
        $q$WHEN 'gates_evidencefile' THEN $set$name = 'erased'$set$$q$,
        $q$WHEN 'gates_evidencefile' THEN $set$name = 'erased', content = ''$set$$q$);
END $do$;
-- Their keys were wrapped by a key of the server. An operator can start a new export.
DELETE FROM retention_exportpart;
UPDATE retention_tenantexport SET key = NULL, removed_at = coalesce(removed_at, now()) WHERE key IS NOT NULL;
"""


class Migration(migrations.Migration):
    dependencies = [("retention", "0011_attempt_months"), ("tenants", "0010_page_until")]

    operations = [
        migrations.RunSQL(SQL),
        migrations.AlterField(
            "subjectrequest",
            "unread",
            models.JSONField(
                default=dict,
                editable=False,
                help_text="Number of files whose text is not read completely, by content type.",
            ),
        ),
    ]
