"""Rights on connections and their secrets. Operators never read a secret or a key, and no role removes a row."""

from django.db import migrations

SQL = """
CALL ptj_protect('vault_connection', app => 'SELECT, INSERT, UPDATE', worker => 'SELECT, UPDATE', operator => 'SELECT');
-- Operators see which key a secret is sealed with, but not the bytes of either.
CALL ptj_protect('vault_datakey',
    app => 'SELECT, INSERT, UPDATE (wrapped, kek_id, destroyed_at)',
    worker => 'SELECT, INSERT, UPDATE (wrapped, kek_id, destroyed_at)',
    operator => 'SELECT (id, public_id, tenant_id, purpose, connection_id, generation, kek_id, created_at,
        destroyed_at)');
CALL ptj_protect('vault_secret',
    app => 'SELECT, INSERT, UPDATE (data_key_id, generation, sealed, fingerprint, expires_at, kept_at, destroyed_at)',
    worker => 'SELECT, UPDATE (data_key_id, sealed)',
    operator => 'SELECT (id, public_id, tenant_id, connection_id, data_key_id, kind, generation, fingerprint,
        expires_at, kept_at, destroyed_at)');
CALL ptj_protect('vault_receipt',
    app => 'SELECT, INSERT, UPDATE (revocation, revoked_at, revoked_by_id)', worker => 'SELECT', operator => 'SELECT');
CALL ptj_protect('vault_followup',
    app => 'SELECT, INSERT', worker => 'SELECT, UPDATE (tries, outcome, done_at, file_id)', operator => 'SELECT');

CALL ptj_composite_key('vault_datakey', 'connection_id', 'vault_connection');
CALL ptj_composite_key('vault_secret', 'connection_id', 'vault_connection');
CALL ptj_composite_key('vault_secret', 'data_key_id', 'vault_datakey');
CALL ptj_composite_key('vault_receipt', 'connection_id', 'vault_connection');
CALL ptj_composite_key('vault_followup', 'receipt_id', 'vault_receipt');
CALL ptj_composite_key('vault_followup', 'file_id', 'files_file');
"""


class Migration(migrations.Migration):
    dependencies = [("vault", "0001_initial"), ("files", "0002_rights"), ("tenants", "0002_rights")]

    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
