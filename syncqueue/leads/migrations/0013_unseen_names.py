"""Index the names that were stored with unseen characters, so that searches find them by the clean name.

The index has only these names, so other requests add nothing to it.
"""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

UNSEEN = r"[\u00a0\u00ad\u034f\u061c\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f\ufe00-\ufe0f\ufeff]"


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("leads", "0012_known_answers")]

    operations = [
        AddIndexConcurrently(
            "lead", models.Index("id", condition=models.Q(name__regex=UNSEEN), name="lead_unseen_name")
        ),
    ]
