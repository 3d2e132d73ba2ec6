"""Rights on pictures of findings: readings record them, and workers store the files."""

from django.db import migrations

SQL = """
CALL ptj_protect('drift_findingpicture', app => 'SELECT',
    worker => 'SELECT, INSERT, UPDATE (file_id, why, attempts)', operator => 'SELECT, INSERT');
CALL ptj_composite_key('drift_findingpicture', 'finding_id', 'drift_finding');
CALL ptj_composite_key('drift_findingpicture', 'reading_id', 'drift_sitereading');
CALL ptj_composite_key('drift_findingpicture', 'snapshot_id', 'drift_snapshot');
CALL ptj_composite_key('drift_findingpicture', 'file_id', 'files_file');
"""


class Migration(migrations.Migration):
    dependencies = [("drift", "0008_pictures"), ("tenants", "0002_rights")]

    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
