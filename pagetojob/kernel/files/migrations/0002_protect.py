"""Tenants apart, and chunks beside their file."""

from django.db import migrations

SQL = """
CALL ptj_protect('files_file', worker => 'SELECT, INSERT, UPDATE', operator => 'SELECT, INSERT, UPDATE');
CALL ptj_protect('files_filechunk', worker => 'SELECT, INSERT', operator => 'SELECT, INSERT');
CALL ptj_composite_key('files_filechunk', 'file_id', 'files_file');
"""


class Migration(migrations.Migration):
    dependencies = [("files", "0001_initial"), ("tenants", "0002_scope")]

    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
