"""Tallies are the house's and name no tenant: workers count, operators look. Operators hold lanes; members read
the books of their own tenant, which its policy shows them."""

from django.db import migrations

SQL = """
REVOKE ALL ON syncqueue_tallyhour, syncqueue_tallytotal FROM pagetojob_app;
GRANT SELECT, INSERT, UPDATE (n, seconds), DELETE ON syncqueue_tallyhour TO pagetojob_worker;
GRANT SELECT, INSERT, UPDATE (n, seconds, counted_until) ON syncqueue_tallytotal TO pagetojob_worker;
GRANT SELECT ON syncqueue_tallyhour, syncqueue_tallytotal TO pagetojob_operator;
GRANT UPDATE (held_at, held_by_id, held_reason) ON syncqueue_lane TO pagetojob_operator;
GRANT SELECT ON syncqueue_ledgerday TO pagetojob_app;
"""


class Migration(migrations.Migration):
    dependencies = [("syncqueue", "0014_tally")]

    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
