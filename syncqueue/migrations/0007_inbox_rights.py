"""Tenants apart in the inbox. The front door finds a route without a scope; counts of answers name no tenant."""

from django.db import migrations

MARKS = "state, version, state_since, due_at, tries, outcome"
SQL = f"""
REVOKE ALL ON syncqueue_hookroute, syncqueue_hookcount FROM pagetojob_app;
GRANT SELECT, INSERT, UPDATE (ring) ON syncqueue_hookroute TO pagetojob_app;
GRANT SELECT, UPDATE (alive_at) ON syncqueue_hookroute TO pagetojob_worker;
GRANT SELECT ON syncqueue_hookroute TO pagetojob_operator;
GRANT SELECT, INSERT, UPDATE (hits) ON syncqueue_hookcount TO pagetojob_app;
GRANT SELECT, DELETE ON syncqueue_hookcount TO pagetojob_worker;
GRANT SELECT ON syncqueue_hookcount TO pagetojob_operator;

CALL ptj_composite_key('syncqueue_hookroute', 'connection_id', 'vault_connection');

CALL ptj_protect('syncqueue_hookkey',
    app => 'SELECT, INSERT, UPDATE (standing, retired_at), DELETE',
    worker => 'SELECT, UPDATE (last_used_at)', operator => 'SELECT');
CALL ptj_protect('syncqueue_quarantinedrequest',
    app => 'SELECT, INSERT', worker => 'SELECT, UPDATE (rerun_at, rerun_outcome), DELETE',
    operator => 'SELECT, UPDATE (rerun_at, rerun_outcome)');
CALL ptj_protect('syncqueue_inboxevent',
    app => 'SELECT, INSERT', worker => 'SELECT, UPDATE ({MARKS}, box), DELETE',
    operator => 'SELECT, UPDATE ({MARKS})');
CALL ptj_protect('syncqueue_inboxfinding', app => 'SELECT, INSERT, UPDATE (times, last_at)', operator => 'SELECT');
CALL ptj_protect('syncqueue_inboxgap', app => 'SELECT', worker => 'SELECT, INSERT', operator => 'SELECT');
"""


class Migration(migrations.Migration):
    dependencies = [("syncqueue", "0006_inbox"), ("vault", "0005_webhook_slots")]

    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
