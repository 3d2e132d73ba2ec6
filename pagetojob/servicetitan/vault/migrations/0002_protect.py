"""Tenants apart. Operators read what a connection is, never what it keeps; nothing here is ever removed."""

from django.db import migrations

SQL = """
CALL ptj_protect('vault_connection', app => 'SELECT, INSERT, UPDATE', worker => 'SELECT, UPDATE', operator => 'SELECT');
CALL ptj_protect('vault_datakey',
    app => 'SELECT, INSERT, UPDATE (wrapped, kek_id, destroyed_at)',
    worker => 'SELECT, INSERT, UPDATE (wrapped, kek_id, destroyed_at)');
CALL ptj_protect('vault_secret',
    app => 'SELECT, INSERT, UPDATE (data_key_id, generation, sealed, fingerprint, expires_at, kept_at, destroyed_at)',
    worker => 'SELECT, UPDATE (data_key_id, sealed)',
    operator => 'SELECT (id, public_id, tenant_id, connection_id, data_key_id, kind, generation, fingerprint,
        expires_at, kept_at, destroyed_at)');
CALL ptj_protect('vault_receipt',
    app => 'SELECT, INSERT, UPDATE (revocation, revoked_at, revoked_by_id)', worker => 'SELECT', operator => 'SELECT');
CALL ptj_protect('vault_followup',
    app => 'SELECT, INSERT', worker => 'SELECT, UPDATE (tries, outcome, done_at)', operator => 'SELECT');
CALL ptj_composite_key('vault_datakey', 'connection_id', 'vault_connection');
CALL ptj_composite_key('vault_secret', 'connection_id', 'vault_connection');
CALL ptj_composite_key('vault_secret', 'data_key_id', 'vault_datakey');
CALL ptj_composite_key('vault_receipt', 'connection_id', 'vault_connection');
CALL ptj_composite_key('vault_followup', 'receipt_id', 'vault_receipt');
-- For the trigger on connections, which runs with the rights of whoever changes one: a machine finds one lost.
GRANT UPDATE (gates_epoch) ON tenants_tenant TO pagetojob_worker;
"""


class Migration(migrations.Migration):
    dependencies = [("vault", "0001_initial"), ("tenants", "0002_scope")]

    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
