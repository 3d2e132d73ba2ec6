"""Stop using the person who stored a file: the row that a file belongs to, such as an import, names its person.

The column stays until the release after this one, because the released version still inserts into it.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("files", "0006_brief_locks")]

    operations = [
        migrations.SeparateDatabaseAndState(state_operations=[migrations.RemoveField("file", "stored_by")]),
    ]
