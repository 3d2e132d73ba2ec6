"""Mark encrypted files of evidence, and let a worker encrypt those of tenants, each once."""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import Q

SQL = """
GRANT SELECT (id, public_id, tenant_id, content, is_encrypted), UPDATE (content, is_encrypted)
    ON gates_evidencefile TO pagetojob_worker;
CREATE POLICY only_unencrypted_are_replaced ON gates_evidencefile AS RESTRICTIVE FOR UPDATE TO pagetojob_worker
    USING (tenant_id IS NOT NULL AND NOT is_encrypted) WITH CHECK (is_encrypted);
"""
UNDO = """
DROP POLICY only_unencrypted_are_replaced ON gates_evidencefile;
REVOKE ALL ON gates_evidencefile FROM pagetojob_worker;
"""


class Migration(migrations.Migration):
    dependencies = [("gates", "0003_shell_evidence")]

    operations = [
        migrations.AddField(
            "evidencefile",
            "is_encrypted",
            models.BooleanField(db_default=False, editable=False, help_text="False if it is about PageToJob."),
        ),
        AddConstraintNotValid(
            "evidencefile",
            models.CheckConstraint(
                condition=Q(("is_encrypted", False), ("tenant__isnull", False), _connector="OR"),
                name="evidencefile_key",
            ),
        ),
        migrations.RunSQL(SQL, UNDO),
    ]
