"""Let discarding an import empty the content of its file. The content of any other file stays, and none is replaced."""

from django.db import migrations

SQL = """
GRANT UPDATE (content) ON files_filechunk TO pagetojob_app, pagetojob_operator;
CREATE POLICY only_imports_are_emptied ON files_filechunk AS RESTRICTIVE FOR UPDATE
    TO pagetojob_app, pagetojob_operator
    USING (EXISTS (
        SELECT 1 FROM files_file AS f
        WHERE f.tenant_id = files_filechunk.tenant_id AND f.id = file_id AND f.purpose = 'import'
    ))
    WITH CHECK (octet_length(content) = 0);
"""
UNDO = """
DROP POLICY only_imports_are_emptied ON files_filechunk;
REVOKE UPDATE (content) ON files_filechunk FROM pagetojob_app, pagetojob_operator;
"""


class Migration(migrations.Migration):
    dependencies = [("files", "0002_rights")]

    operations = [migrations.RunSQL(SQL, UNDO)]
