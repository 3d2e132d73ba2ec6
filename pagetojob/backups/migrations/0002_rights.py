"""Rights on the jobs and the report of backups. The app has none; machines add jobs and replace the report."""

from django.db import migrations

RIGHTS = """
REVOKE ALL ON backups_backupjob, backups_repositoryreport FROM pagetojob_app;
GRANT SELECT, INSERT ON backups_backupjob TO pagetojob_worker;
GRANT SELECT, INSERT, UPDATE (reported_at, newest_at, oldest_at, backups, repository_bytes, same_disk)
    ON backups_repositoryreport TO pagetojob_worker;
"""


class Migration(migrations.Migration):
    dependencies = [("backups", "0001_initial"), ("tenants", "0002_rights")]

    operations = [migrations.RunSQL(RIGHTS, migrations.RunSQL.noop)]
