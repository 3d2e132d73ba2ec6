"""Erase and purge the name of who opened a request first: a person of the office, or the label of a recipient."""

from django.db import migrations

ERASING = """
DO $do$
DECLARE
    before text := pg_get_functiondef('ptj_erasing(text)'::regprocedure);
    after text := replace(before, $q$WHEN 'leads_leadnote' THEN$q$,
        $q$WHEN 'notices_leadattention' THEN $set$opened_by = ''$set$
        WHEN 'leads_leadnote' THEN$q$);
BEGIN
    IF before = after THEN
        RAISE EXCEPTION 'ptj_erasing has no rule for leads_leadnote';
    END IF;
    EXECUTE after;
END $do$;
"""

PURGE = """
DO $do$
DECLARE
    before text := pg_get_functiondef('ptj_purge_leads(bigint, jsonb, integer)'::regprocedure);
    after text := replace(before, $q$PERFORM ptj_note_purged(purge, 'lead', 'leads_lead', gone);$q$,
        $q$PERFORM ptj_note_purged(purge, 'lead', 'leads_lead', gone);
    UPDATE notices_leadattention SET opened_by = ''
        WHERE tenant_id = whose AND lead_id = ANY (due) AND opened_by <> '';
    GET DIAGNOSTICS gone = ROW_COUNT;
    PERFORM ptj_note_purged(purge, 'lead', 'notices_leadattention', gone);$q$);
BEGIN
    IF before = after THEN
        RAISE EXCEPTION 'ptj_purge_leads is not as expected';
    END IF;
    EXECUTE after;
END $do$;
-- Of the leads that ended before this.
UPDATE notices_leadattention AS a SET opened_by = '' FROM leads_lead AS l
    WHERE l.tenant_id = a.tenant_id AND l.id = a.lead_id AND l.erased_at IS NOT NULL AND a.opened_by <> '';
"""


class Migration(migrations.Migration):
    dependencies = [("retention", "0021_lift_requested_again"), ("notices", "0002_rights")]

    operations = [migrations.RunSQL([ERASING, PURGE])]
