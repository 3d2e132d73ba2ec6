"""Staff write the pack in the admin; which rows may go is decided there."""

from django.db import migrations

SQL = """
GRANT INSERT, UPDATE, DELETE ON
    readiness_checklistitem, readiness_databoundary, readiness_disclaimer, readiness_gatedclaim,
    readiness_partnermaterial, readiness_runbook, readiness_runbookstep
    TO pagetojob_app;
GRANT INSERT, UPDATE ON readiness_page, readiness_pagesection TO pagetojob_app;
"""


class Migration(migrations.Migration):
    dependencies = [("readiness", "0001_initial"), ("tenants", "0002_scope")]

    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
