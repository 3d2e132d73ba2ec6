"""Rights on sites, readings, findings and review links."""

from django.db import migrations

RIGHTS = """
-- A link is found before the tenant is known: its table holds ids, a digest and times.
REVOKE ALL ON drift_reviewlink FROM pagetojob_app;
GRANT SELECT, UPDATE (used_at) ON drift_reviewlink TO pagetojob_app;
GRANT SELECT, UPDATE (revoked_at) ON drift_reviewlink TO pagetojob_worker;
GRANT SELECT, INSERT, UPDATE (revoked_at) ON drift_reviewlink TO pagetojob_operator;

CALL ptj_protect('drift_site', app => 'SELECT, INSERT', worker => 'SELECT, UPDATE (due_at)',
    operator => 'SELECT, INSERT, UPDATE');
CALL ptj_protect('drift_sitereading', app => 'SELECT', worker => 'SELECT, INSERT, UPDATE',
    operator => 'SELECT, INSERT, UPDATE');
CALL ptj_protect('drift_snapshot', app => 'SELECT', worker => 'SELECT, INSERT, UPDATE (etag, last_modified)',
    operator => 'SELECT, INSERT');
CALL ptj_protect('drift_readingpage', app => '', worker => 'SELECT, INSERT, UPDATE', operator => 'SELECT, INSERT');
CALL ptj_protect('drift_finding', app => 'SELECT, UPDATE', worker => 'SELECT, INSERT, UPDATE',
    operator => 'SELECT, INSERT, UPDATE');
CALL ptj_protect('drift_findingevent', app => 'SELECT, INSERT', worker => 'SELECT, INSERT',
    operator => 'SELECT, INSERT');
CALL ptj_protect('drift_rulepause', app => '', worker => 'SELECT',
    operator => 'SELECT, INSERT, UPDATE (lifted_at, lifted_by_id, reason)');
CALL ptj_protect('drift_answer', app => 'SELECT, INSERT', worker => 'SELECT', operator => 'SELECT, INSERT');
CALL ptj_protect('drift_demopage', app => 'SELECT, INSERT', operator => 'SELECT, UPDATE (html)');
CALL ptj_protect('drift_reviewmail', app => '', worker => 'SELECT, INSERT, UPDATE', operator => 'SELECT, INSERT');
"""

KEYS = """
CALL ptj_composite_key('drift_sitereading', 'site_id', 'drift_site');
CALL ptj_composite_key('drift_sitereading', 'run_id', 'runs_run');
CALL ptj_composite_key('drift_readingpage', 'reading_id', 'drift_sitereading');
CALL ptj_composite_key('drift_readingpage', 'snapshot_id', 'drift_snapshot');
CALL ptj_composite_key('drift_finding', 'snapshot_id', 'drift_snapshot');
CALL ptj_composite_key('drift_finding', 'first_reading_id', 'drift_sitereading');
CALL ptj_composite_key('drift_finding', 'last_reading_id', 'drift_sitereading');
CALL ptj_composite_key('drift_findingevent', 'finding_id', 'drift_finding');
CALL ptj_composite_key('drift_findingevent', 'reading_id', 'drift_sitereading');
CALL ptj_composite_key('drift_reviewlink', 'finding_id', 'drift_finding');
CALL ptj_composite_key('drift_reviewmail', 'finding_id', 'drift_finding');
CALL ptj_composite_key('drift_answer', 'finding_id', 'drift_finding');
CALL ptj_composite_key('drift_answer', 'photo_id', 'files_file');
"""


class Migration(migrations.Migration):
    dependencies = [("drift", "0001_initial"), ("tenants", "0002_rights")]

    operations = [migrations.RunSQL(RIGHTS + KEYS, migrations.RunSQL.noop)]
