"""Erase and purge the quote in the text that was shown with an answer: it repeats the quote of the finding."""

from django.db import migrations

ERASING = """
DO $do$
DECLARE
    before text := pg_get_functiondef('ptj_erasing(text)'::regprocedure);
    after text := replace(before, $q$WHEN 'drift_answer' THEN $set$comment = ''$q$,
        $q$WHEN 'drift_answer' THEN $set$shown = '{}', comment = ''$q$);
BEGIN
    IF before = after THEN
        RAISE EXCEPTION 'ptj_erasing has no rule for drift_answer';
    END IF;
    EXECUTE after;
END $do$;
"""

PURGE = """
DO $do$
DECLARE
    before text := pg_get_functiondef('ptj_purge_findings(bigint, jsonb, integer)'::regprocedure);
    after text := replace(replace(replace(before,
        'mails bigint;', 'mails bigint; shown_texts bigint;'),
        'seen := greatest(quotes, mails);', 'seen := greatest(quotes, mails, shown_texts);'),
        'DELETE FROM drift_reviewmail', $q$PERFORM set_config('app.erase', 'on', true);
    UPDATE drift_answer SET shown = shown || '{"quote": ""}' WHERE id = ANY (ARRAY(
        SELECT a.id FROM drift_answer AS a JOIN drift_finding AS f ON f.tenant_id = whose AND f.id = a.finding_id
        WHERE a.tenant_id = whose AND f.state IN ('closed', 'dismissed') AND f.state_since < finding_cutoff
            AND a.shown ->> 'quote' <> '' LIMIT most));
    GET DIAGNOSTICS shown_texts = ROW_COUNT;
    PERFORM set_config('app.erase', '', true);
    PERFORM ptj_note_purged(purge, 'finding', 'drift_answer', shown_texts);
    DELETE FROM drift_reviewmail$q$);
BEGIN
    IF after NOT LIKE '%mails, shown_texts)%' OR after NOT LIKE '%mails bigint; shown_texts%'
        OR after NOT LIKE '%UPDATE drift_answer%' THEN
        RAISE EXCEPTION 'ptj_purge_findings is not as expected';
    END IF;
    EXECUTE after;
END $do$;
"""


class Migration(migrations.Migration):
    dependencies = [("retention", "0014_contractor_notes"), ("drift", "0010_erasable_shown_text")]

    operations = [migrations.RunSQL([ERASING, PURGE])]
