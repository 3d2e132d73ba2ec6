"""Rights on alarms and the on-call schedule. The app has none; workers notify, operators edit and acknowledge."""

from django.db import migrations

RIGHTS = """
REVOKE ALL ON ops_oncallcontact, ops_oncallshift, ops_alarmincident, ops_alarmmessage FROM pagetojob_app;
GRANT SELECT ON ops_oncallcontact, ops_oncallshift TO pagetojob_worker;
GRANT SELECT, INSERT, UPDATE (phone, time_zone, quiet_from, quiet_until) ON ops_oncallcontact TO pagetojob_operator;
GRANT SELECT, INSERT, UPDATE (removed_at) ON ops_oncallshift TO pagetojob_operator;
GRANT SELECT, INSERT, UPDATE (ended_at, newest, level, notify_at, acknowledged_at, acknowledged_by_id)
    ON ops_alarmincident TO pagetojob_worker;
GRANT SELECT, UPDATE (notify_at, acknowledged_at, acknowledged_by_id) ON ops_alarmincident TO pagetojob_operator;
GRANT SELECT, INSERT, UPDATE (state, attempts, due_at, error, external_id, delivered_at, reported)
    ON ops_alarmmessage TO pagetojob_worker;
GRANT SELECT ON ops_alarmmessage TO pagetojob_operator;
-- Whom an alarm may reach: never a password.
GRANT SELECT (id, public_id, name, email, is_active, ops_role) ON tenants_user TO pagetojob_worker;
GRANT SELECT (is_active, ops_role) ON tenants_user TO pagetojob_operator;
"""


class Migration(migrations.Migration):
    dependencies = [("ops", "0001_initial"), ("tenants", "0002_rights")]

    operations = [migrations.RunSQL(RIGHTS, migrations.RunSQL.noop)]
