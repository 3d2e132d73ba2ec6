"""Rights on notes, assignments and health of contractors. Operators choose an assignee among those with a role."""

from django.db import migrations

RIGHTS = """
CALL ptj_protect('onboarding_contractornote', app => '', operator => 'SELECT, INSERT, UPDATE (undone_at)');
CALL ptj_protect('onboarding_assignment', app => '', operator => 'SELECT, INSERT');
CALL ptj_protect('onboarding_formcheck', app => '',
    worker => 'SELECT, INSERT, UPDATE (checked_at, failures, note, failing_since, alarm_at)', operator => 'SELECT');
CALL ptj_protect('onboarding_quietpage', app => '',
    worker => 'SELECT, INSERT, UPDATE (since, expected), DELETE',
    operator => 'SELECT, UPDATE (checked_at, checked_by_id)');
GRANT SELECT (is_active, ops_role) ON tenants_user TO pagetojob_operator;
"""


class Migration(migrations.Migration):
    dependencies = [("onboarding", "0005_contractor_health"), ("tenants", "0002_rights")]

    operations = [migrations.RunSQL(RIGHTS, migrations.RunSQL.noop)]
