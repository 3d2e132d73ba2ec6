"""Staff word claims and disclaimers; what holds a claim back is not theirs to change."""

from django.db import migrations

SQL = """
GRANT INSERT, UPDATE, DELETE ON claims_claim, claims_disclaimer TO pagetojob_app;
CALL ptj_keep_history('claims_claim');
CALL ptj_keep_history('claims_disclaimer');
"""


class Migration(migrations.Migration):
    dependencies = [("claims", "0001_initial"), ("audit", "0004_history_rights"), ("tenants", "0002_scope")]

    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
