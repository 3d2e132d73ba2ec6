"""Rights for owners in the portal: changes of settings with undo, and removing a person."""

from django.db import migrations

RIGHTS = """
GRANT SELECT, INSERT ON onboarding_setupchange TO pagetojob_app;
GRANT DELETE ON tenants_membership TO pagetojob_app;
"""


class Migration(migrations.Migration):
    dependencies = [("onboarding", "0008_embed_rights"), ("tenants", "0002_rights")]

    operations = [migrations.RunSQL(RIGHTS, migrations.RunSQL.noop)]
