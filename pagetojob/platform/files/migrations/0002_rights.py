"""Rights on files and their chunks. Of a stored file, only its size and hash may still be filled in."""

from django.db import migrations

SQL = """
CALL ptj_protect('files_file',
    app => 'SELECT, INSERT, UPDATE (size, sha256)',
    worker => 'SELECT, INSERT, UPDATE (size, sha256)',
    operator => 'SELECT, INSERT, UPDATE (size, sha256)');
CALL ptj_protect('files_filechunk', app => 'SELECT, INSERT', worker => 'SELECT, INSERT', operator => 'SELECT, INSERT');
CALL ptj_composite_key('files_filechunk', 'file_id', 'files_file');
"""


class Migration(migrations.Migration):
    dependencies = [("files", "0001_initial"), ("tenants", "0002_rights")]

    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
