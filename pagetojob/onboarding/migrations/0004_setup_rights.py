"""Rights on changes of setup: operators add them, no one alters them."""

from django.db import migrations

RIGHTS = "CALL ptj_protect('onboarding_setupchange', app => '', worker => '', operator => 'SELECT, INSERT');"


class Migration(migrations.Migration):
    dependencies = [("onboarding", "0003_setup_changes"), ("tenants", "0002_rights")]

    operations = [migrations.RunSQL(RIGHTS, migrations.RunSQL.noop)]
