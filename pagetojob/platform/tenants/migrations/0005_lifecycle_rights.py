"""Rights on the tables of the lifecycle. The app reads what visitors see; operators change it; no one deletes it."""

from django.db import migrations

SQL = """
-- The ORM saves a whole row; the triggers of the table allow only legal transitions.
GRANT UPDATE (state, version, state_since) ON tenants_tenant TO pagetojob_app, pagetojob_operator;
-- Operators add contractors and correct their names.
GRANT INSERT, UPDATE (name) ON tenants_tenant TO pagetojob_operator;

-- Hosts are read before the tenant is known.
REVOKE ALL ON tenants_publichost FROM pagetojob_app;
GRANT SELECT ON tenants_publichost TO pagetojob_app, pagetojob_worker;
GRANT SELECT, INSERT, DELETE, UPDATE (verified_at) ON tenants_publichost TO pagetojob_operator;
GRANT UPDATE (verified_at) ON tenants_publichost TO pagetojob_worker;

REVOKE UPDATE (hours) ON tenants_businessprofile FROM pagetojob_operator;
GRANT INSERT, UPDATE ON tenants_businessprofile TO pagetojob_operator;
CALL ptj_protect('tenants_statechange', app => 'SELECT, INSERT', worker => '', operator => 'SELECT, INSERT');
CALL ptj_protect('tenants_legaltext', app => 'SELECT, INSERT, UPDATE (text, published_at)', worker => '',
    operator => 'SELECT, INSERT, UPDATE (text, published_at)');
CALL ptj_protect('tenants_noticerecipient',
    app => 'SELECT, INSERT, UPDATE (label, active, test_due_at, confirmed_at)',
    worker => 'SELECT, UPDATE (test_due_at, test_sent_at, test_error)',
    operator => 'SELECT, INSERT, UPDATE (label, active, test_due_at)');
CALL ptj_protect('tenants_previewlink', app => 'SELECT', worker => 'SELECT, DELETE',
    operator => 'SELECT, INSERT, UPDATE (revoked_at)');
"""


class Migration(migrations.Migration):
    dependencies = [("tenants", "0004_lifecycle")]

    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
