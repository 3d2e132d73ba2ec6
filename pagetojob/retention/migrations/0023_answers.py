"""End the comment, the name and the photo of an answer with the quote of its finding: they had no period."""

from django.db import migrations

PURGE = """
DO $do$
DECLARE
    before text := pg_get_functiondef('ptj_purge_findings(bigint, jsonb, integer)'::regprocedure);
    after text := replace(replace(replace(replace(replace(before,
        'shown_texts bigint;', 'shown_texts bigint; photos bigint[];'),
        'mails, shown_texts);', 'mails, shown_texts, CASE WHEN cardinality(photos) > 0 THEN most ELSE 0 END);'),
        $q$SET shown = shown || '{"quote": ""}' WHERE$q$, $q$SET shown = shown || '{"quote": ""}', comment = '',
            told_by = CASE told_by WHEN '' THEN '' ELSE 'erased' END WHERE$q$),
        $q$AND a.shown ->> 'quote' <> ''$q$,
        $q$AND (a.shown ->> 'quote' <> '' OR a.comment <> '' OR a.told_by NOT IN ('', 'erased'))$q$),
        $q$PERFORM set_config('app.erase', 'on', true);$q$, $q$photos := ARRAY(
        SELECT a.photo_id FROM drift_answer AS a JOIN drift_finding AS f ON f.tenant_id = whose AND f.id = a.finding_id
        WHERE a.tenant_id = whose AND f.state IN ('closed', 'dismissed') AND f.state_since < finding_cutoff
            AND EXISTS (SELECT FROM files_filechunk WHERE tenant_id = whose AND file_id = a.photo_id) LIMIT 10);
    PERFORM ptj_empty_files(purge, whose, 'finding', photos);
    PERFORM set_config('app.erase', 'on', true);$q$);
BEGIN
    IF after NOT LIKE '%photos bigint[];%' OR after NOT LIKE '%cardinality(photos) > 0%'
        OR after NOT LIKE '%told_by = CASE%' OR after NOT LIKE '%OR a.comment <> %'
        OR after NOT LIKE '%photos := ARRAY%'
    THEN
        RAISE EXCEPTION 'ptj_purge_findings is not as expected';
    END IF;
    EXECUTE after;
END $do$;
"""


class Migration(migrations.Migration):
    dependencies = [("retention", "0022_who_opened")]

    operations = [migrations.RunSQL(PURGE)]
