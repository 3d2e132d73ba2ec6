"""Erase the notes of operators on a contractor. They name its people, as the notes on an item do."""

from django.db import migrations

ERASING = """
DO $do$
DECLARE
    before text := pg_get_functiondef('ptj_erasing(text)'::regprocedure);
    after text := replace(before, $q$WHEN 'syncqueue_itemnote' THEN $set$text = ''$set$$q$,
        $q$WHEN 'syncqueue_itemnote' THEN $set$text = ''$set$
        WHEN 'onboarding_contractornote' THEN $set$text = 'erased'$set$$q$);
BEGIN
    IF before = after THEN
        RAISE EXCEPTION 'ptj_erasing has no rule for syncqueue_itemnote';
    END IF;
    EXECUTE after;
END $do$;
"""


class Migration(migrations.Migration):
    dependencies = [("retention", "0013_pictures"), ("onboarding", "0006_contractor_health_rights")]

    operations = [migrations.RunSQL(ERASING)]
