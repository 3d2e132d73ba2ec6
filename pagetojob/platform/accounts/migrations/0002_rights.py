"""Rights on accounts. Only the app signs people in and deletes what has expired; no other role sees these tables."""

from django.db import migrations

SQL = """
GRANT INSERT, UPDATE, DELETE ON accounts_session, accounts_signintry TO pagetojob_app;
GRANT INSERT, DELETE, UPDATE (last_step, last_used_at) ON accounts_authenticator TO pagetojob_app;
GRANT INSERT, DELETE, UPDATE (sign_count, last_used_at) ON accounts_passkey TO pagetojob_app;
GRANT INSERT, DELETE, UPDATE (used_at) ON accounts_recoverycode, accounts_passwordreset TO pagetojob_app;
GRANT INSERT, DELETE, UPDATE (accepted_at, accepted_by_id, revoked_at) ON accounts_invitation TO pagetojob_app;
GRANT INSERT, DELETE, UPDATE (canceled_at, confirmed_at) ON accounts_emailchange TO pagetojob_app;
GRANT INSERT, DELETE, UPDATE (due_at, reset_id, settled_at, tries, trouble, typed_email, user_id)
    ON accounts_owedmail TO pagetojob_app;
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial"), ("tenants", "0002_rights")]

    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
