"""Find the runs of a kind of a tenant, also those that ended."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("runs", "0003_host_mark")]

    operations = [AddIndexConcurrently("run", models.Index(fields=["tenant", "kind", "id"], name="run_of_kind"))]
