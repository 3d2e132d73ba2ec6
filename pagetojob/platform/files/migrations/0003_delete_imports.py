"""Let discarding an import delete the content of its file. The content of any other file stays."""

from django.db import migrations

SQL = """
GRANT DELETE ON files_filechunk TO pagetojob_app, pagetojob_operator;
CREATE POLICY only_imports_are_deleted ON files_filechunk AS RESTRICTIVE FOR DELETE
    TO pagetojob_app, pagetojob_operator
    USING (EXISTS (
        SELECT 1 FROM files_file AS f
        WHERE f.tenant_id = files_filechunk.tenant_id AND f.id = file_id AND f.purpose = 'import'
    ));
"""
UNDO = """
DROP POLICY only_imports_are_deleted ON files_filechunk;
REVOKE DELETE ON files_filechunk FROM pagetojob_app, pagetojob_operator;
"""


class Migration(migrations.Migration):
    dependencies = [("files", "0002_rights")]

    operations = [migrations.RunSQL(SQL, UNDO)]
