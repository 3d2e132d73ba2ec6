"""Rights on domains: operators add and remove them, workers store the results of checks."""

from django.db import migrations

RIGHTS = """
CALL ptj_protect('onboarding_domaincheck', app => 'SELECT',
    worker => 'SELECT, UPDATE (verdict, settled, failures, verified_at, alarm_at, report, checked_at, due_at)',
    operator => 'SELECT, INSERT, DELETE, UPDATE (due_at)');
"""


class Migration(migrations.Migration):
    dependencies = [("onboarding", "0001_initial"), ("tenants", "0002_rights")]

    operations = [migrations.RunSQL(RIGHTS, migrations.RunSQL.noop)]
