"""Erase the leads of a person after all other rows: they tell which phone numbers and addresses to search for."""

from django.db import migrations

ERASE = """
DO $do$
DECLARE
    before text := pg_get_functiondef('ptj_erase_subject(bigint, integer)'::regprocedure);
    after text := replace(before, $q$ORDER BY m."table" LIMIT 1$q$,
        $q$ORDER BY m."table" = 'leads_lead', m."table" LIMIT 1$q$);
BEGIN
    IF before = after THEN
        RAISE EXCEPTION 'ptj_erase_subject does not choose the table as expected';
    END IF;
    EXECUTE after;
END $do$;
"""


class Migration(migrations.Migration):
    dependencies = [("retention", "0015_shown_text")]

    operations = [migrations.RunSQL(ERASE)]
