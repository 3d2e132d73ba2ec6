"""Find addresses that were stored with unseen characters by the clean address.

The index has only these addresses, so other requests add nothing to it. Its functions are PostgreSQL's own: a function
of ours that a role may not call would refuse the request.
"""

import django.db.models.functions.text
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

UNSEEN = r"[\u00a0\u00ad\u034f\u061c\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f\ufe00-\ufe0f\ufeff]"


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("leads", "0009_search_index")]

    operations = [
        AddIndexConcurrently(
            model_name="lead",
            index=models.Index(
                models.Func(
                    django.db.models.functions.text.Lower("email"),
                    models.Value(UNSEEN),
                    models.Value(""),
                    models.Value("g"),
                    function="regexp_replace",
                    output_field=models.TextField(),
                ),
                condition=models.Q(("email__regex", UNSEEN)),
                name="lead_by_seen_email",
            ),
        ),
    ]
