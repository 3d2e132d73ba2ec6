r"""Compare the address of a legal hold with stored ones as they are seen.

A lead stores what was typed or pasted, also with a soft hyphen or a space of zero width in the address. A hold on the
address did not protect it. `UNSEEN` in `pagetojob/retention/person.py` has the same characters.
"""

from django.db import migrations

SEEN = r"""
CREATE OR REPLACE FUNCTION ptj_seen(typed text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT regexp_replace(lower(typed),
        '[\u00a0\u00ad\u034f\u061c\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f\ufe00-\ufe0f\ufeff]', '', 'g')
$$;
CREATE OR REPLACE FUNCTION ptj_on_hold(whose bigint, phone text, mail text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM retention_legalhold
        WHERE tenant_id = whose AND lifted_at IS NULL
            AND (confirmed_at IS NOT NULL OR requested_at > now() - interval '168 hours')
            AND (search_key = '' OR search_key = phone OR ptj_seen(search_key) = ptj_seen(mail)))
$$;
CREATE OR REPLACE FUNCTION ptj_text_on_hold(whose bigint, about text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM retention_legalhold
        WHERE tenant_id = whose AND lifted_at IS NULL
            AND (confirmed_at IS NOT NULL OR requested_at > now() - interval '168 hours')
            AND (position(ptj_seen(search_key) IN ptj_seen(about)) > 0
                OR (search_key LIKE '+%'
                    AND position(right(search_key, 10) IN regexp_replace(about, '[^0-9]', '', 'g')) > 0)))
$$;
REVOKE ALL ON FUNCTION ptj_seen(text) FROM PUBLIC;
"""


class Migration(migrations.Migration):
    dependencies = [("retention", "0019_account_lines")]

    operations = [migrations.RunSQL(SEEN, migrations.RunSQL.noop)]
