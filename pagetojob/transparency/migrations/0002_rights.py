"""Rights on the log: all read it and submit to it, only workers give places and sign; witnesses come by web."""

from django.db import migrations

RIGHTS = """
GRANT SELECT ON transparency_logsubmission, transparency_logentry, transparency_lognode, transparency_logcheckpoint,
    transparency_cosignature, transparency_logkey TO pagetojob_app, pagetojob_worker, pagetojob_operator;
GRANT INSERT ON transparency_logsubmission TO pagetojob_app, pagetojob_worker, pagetojob_operator;
GRANT INSERT ON transparency_cosignature TO pagetojob_app;
GRANT INSERT ON transparency_logentry, transparency_lognode, transparency_logcheckpoint, transparency_logkey
    TO pagetojob_worker;
"""


class Migration(migrations.Migration):
    dependencies = [("transparency", "0001_initial"), ("tenants", "0002_rights")]

    operations = [migrations.RunSQL(RIGHTS, migrations.RunSQL.noop)]
