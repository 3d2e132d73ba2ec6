"""Staff write claims and disclaimers, with history; they cannot change the rules that hold a claim back."""

from django.db import migrations

SQL = """
GRANT INSERT, UPDATE, DELETE ON claims_claim, claims_disclaimer TO pagetojob_app;
CALL ptj_keep_history('claims_claim');
CALL ptj_keep_history('claims_disclaimer');
"""


class Migration(migrations.Migration):
    dependencies = [("claims", "0001_initial"), ("audit", "0002_rights"), ("tenants", "0002_rights")]

    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
