"""Rights on uploads and their rows. A worker stages and applies rows in the scope of the tenant.

Operators stage rows too: a Titan Map in JSON is read whole when it is uploaded.
"""

from django.db import migrations

SQL = """
CALL ptj_protect('importer_upload', app => 'SELECT, INSERT, UPDATE', operator => 'SELECT, INSERT, UPDATE');
CALL ptj_protect('importer_columnmapping', app => 'SELECT, INSERT, UPDATE', operator => 'SELECT, INSERT, UPDATE');
CALL ptj_protect('importer_importrow', app => 'SELECT, INSERT, UPDATE', operator => 'SELECT, INSERT, UPDATE');

CALL ptj_composite_key('importer_upload', 'file_id', 'files_file');
CALL ptj_composite_key('importer_upload', 'run_id', 'runs_run');
CALL ptj_composite_key('importer_importrow', 'upload_id', 'importer_upload');
"""


class Migration(migrations.Migration):
    dependencies = [("importer", "0001_initial"), ("tenants", "0002_rights")]

    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
