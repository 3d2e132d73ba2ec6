"""Mark encrypted files, and let a worker encrypt the others. Rows of code that cannot encrypt stay unmarked."""

from django.db import migrations, models

SQL = """
GRANT UPDATE (is_encrypted) ON files_file TO pagetojob_worker;
GRANT UPDATE (content) ON files_filechunk TO pagetojob_worker;
-- A worker replaces the bytes of a file once.
CREATE POLICY only_unencrypted_are_replaced ON files_filechunk AS RESTRICTIVE FOR UPDATE TO pagetojob_worker
    USING (EXISTS (
        SELECT 1 FROM files_file AS f
        WHERE f.tenant_id = files_filechunk.tenant_id AND f.id = file_id AND NOT f.is_encrypted
    ));
CREATE POLICY stays_encrypted ON files_file AS RESTRICTIVE FOR UPDATE TO pagetojob_worker
    USING (true) WITH CHECK (is_encrypted);
"""
UNDO = """
DROP POLICY stays_encrypted ON files_file;
DROP POLICY only_unencrypted_are_replaced ON files_filechunk;
REVOKE UPDATE (content) ON files_filechunk FROM pagetojob_worker;
REVOKE UPDATE (is_encrypted) ON files_file FROM pagetojob_worker;
"""


class Migration(migrations.Migration):
    dependencies = [("files", "0003_empty_imports")]

    operations = [
        migrations.AddField(
            "file",
            "is_encrypted",
            models.BooleanField(db_default=False, editable=False, help_text="False until the run reached it."),
        ),
        migrations.RunSQL(SQL, UNDO),
    ]
