"""Rights on weekly emails: only the tenant's scope, because workers read no people."""

from django.db import migrations

RIGHTS = """
CALL ptj_protect('onboarding_weeklyemail',
    app => 'SELECT, INSERT, UPDATE (wanted, week, due_at, attempts, error)');
"""


class Migration(migrations.Migration):
    dependencies = [("onboarding", "0012_weekly_emails"), ("tenants", "0002_rights")]

    operations = [migrations.RunSQL(RIGHTS, migrations.RunSQL.noop)]
