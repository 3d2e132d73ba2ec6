"""Let the worker read which holds protect a contractor, so that no file that waits for an approval ends during one."""

from django.db import migrations

RIGHTS = "GRANT SELECT (requested_at, confirmed_at, lifted_at) ON retention_legalhold TO pagetojob_worker"


class Migration(migrations.Migration):
    dependencies = [("retention", "0023_answers")]

    operations = [migrations.RunSQL(RIGHTS, migrations.RunSQL.noop)]
