"""Validate the purposes and index the unencrypted files, while files are read and stored.

The index is dropped first: an interrupted migration leaves an invalid one, and development databases have a valid one.
"""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations, models
from django.db.models import Q

INDEX = models.Index(fields=["tenant", "id"], condition=Q(is_encrypted=False), name="file_unencrypted")
DROP = "DROP INDEX CONCURRENTLY IF EXISTS file_unencrypted"
CREATE = "CREATE INDEX CONCURRENTLY file_unencrypted ON files_file (tenant_id, id) WHERE NOT is_encrypted"


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("files", "0005_pictures")]

    operations = [
        ValidateConstraint("file", "file_purpose_known"),
        migrations.RunSQL([DROP, CREATE], DROP, state_operations=[migrations.AddIndex("file", INDEX)]),
    ]
