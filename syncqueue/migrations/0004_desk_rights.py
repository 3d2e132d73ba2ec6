"""Tenants apart: lanes, ledger days, notes and the API's answers. The counter is unlogged: it may be forgotten."""

from django.db import migrations

SQL = """
CALL ptj_protect('syncqueue_lane', app => '', worker => 'SELECT, INSERT, UPDATE', operator => 'SELECT');
CALL ptj_protect('syncqueue_ledgerday',
    app => '', worker => 'SELECT, INSERT, UPDATE', operator => 'SELECT, INSERT, UPDATE');
CALL ptj_protect('syncqueue_itemnote', app => '', operator => 'SELECT, INSERT');
CALL ptj_protect('syncqueue_idempotencykey', app => 'SELECT, INSERT');
CALL ptj_composite_key('syncqueue_itemnote', 'item_id', 'syncqueue_syncitem');
CALL ptj_composite_key('syncqueue_idempotencykey', 'lead_id', 'leads_lead');

REVOKE ALL ON syncqueue_savedview, syncqueue_intakecounter FROM pagetojob_app;
GRANT SELECT, INSERT, DELETE ON syncqueue_savedview TO pagetojob_operator;
ALTER TABLE syncqueue_intakecounter SET UNLOGGED;
GRANT SELECT, INSERT, UPDATE ON syncqueue_intakecounter TO pagetojob_app;
GRANT SELECT, DELETE ON syncqueue_intakecounter TO pagetojob_worker;
"""


class Migration(migrations.Migration):
    dependencies = [("syncqueue", "0003_desk"), ("leads", "0004_rights"), ("tenants", "0005_site_key_rights")]

    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
