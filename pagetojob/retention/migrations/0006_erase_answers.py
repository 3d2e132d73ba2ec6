"""How to erase a row of later tables: notes and answers of an office, recipients on new channels, people on call.

The rules before stay in `ptj_erasing_earlier`, which this one asks for every other table.
"""

from django.db import migrations

RULES = """
ALTER FUNCTION ptj_erasing(text) RENAME TO ptj_erasing_earlier;
CREATE FUNCTION ptj_erasing(tbl text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE tbl
        WHEN 'leads_leadnote' THEN $set$text = ''$set$
        WHEN 'onboarding_customeranswer' THEN $set$text = 'erased'$set$
        WHEN 'ops_oncallcontact' THEN $set$phone = ''$set$
        WHEN 'notices_recipientchange' THEN $set$before = '{}', after = '{}'$set$
        WHEN 'tenants_noticerecipient' THEN $set$label = '', active = false,
            email = CASE WHEN email = '' THEN '' ELSE 'erased-' || id || '@erased.invalid' END,
            phone = CASE WHEN phone = '' THEN '' ELSE '+999' || lpad(id::text, 10, '0') END,
            url = CASE WHEN url = '' THEN '' ELSE 'https://erased.invalid/' || id END$set$
        ELSE ptj_erasing_earlier(tbl)
    END
$$;
REVOKE ALL ON FUNCTION ptj_erasing(text) FROM PUBLIC;
-- A search for a person also reads the phones of people on call; who has a role with us is left out there.
GRANT SELECT (id, user_id, phone) ON ops_oncallcontact TO pagetojob_app;
-- A contact of a person on call belongs to an account, as the tables of accounts do. The rest of the function stays.
DO $$
DECLARE
    before text := pg_get_functiondef('ptj_erase_subject(bigint, integer)'::regprocedure);
    after text := replace(before, $old$WHEN tbl LIKE 'accounts!_%' ESCAPE '!' AND$old$,
        $new$WHEN (tbl LIKE 'accounts!_%' ESCAPE '!' OR tbl = 'ops_oncallcontact') AND$new$);
BEGIN
    IF after = before THEN
        RAISE EXCEPTION 'ptj_erase_subject has another text';
    END IF;
    EXECUTE after;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("retention", "0005_erasure"),
        ("leads", "0007_answers"),
        ("notices", "0002_rights"),
        ("onboarding", "0010_customer_answers"),
        ("ops", "0002_rights"),
    ]

    operations = [migrations.RunSQL(RULES)]
