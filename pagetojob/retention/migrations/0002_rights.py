"""Rights on periods, holds and receipts. Operators set periods and holds; only purge functions write receipts."""

from django.db import migrations

RIGHTS = """
CALL ptj_protect('retention_retentionperiod', app => 'SELECT', worker => 'SELECT',
    operator => 'SELECT, INSERT, UPDATE (days), DELETE');
CALL ptj_protect('retention_legalhold', app => '', worker => '',
    operator => 'SELECT, INSERT, UPDATE (confirmed_by_id, confirmed_at, lift_requested_by_id, lift_requested_at,
        lifted_by_id, lifted_at)');
CALL ptj_protect('retention_purgereceipt', app => 'SELECT', worker => 'SELECT', operator => 'SELECT');
CALL ptj_composite_key('retention_purgereceipt', 'run_id', 'runs_run');
"""


class Migration(migrations.Migration):
    dependencies = [("retention", "0001_initial"), ("runs", "0002_rights"), ("tenants", "0002_rights")]

    operations = [migrations.RunSQL(RIGHTS, migrations.RunSQL.noop)]
