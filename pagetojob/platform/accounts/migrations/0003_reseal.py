"""Let the worker role seal the keys of authenticator apps again, during a rotation of SECRET_KEY."""

from django.db import migrations

GRANT = "GRANT SELECT, UPDATE (sealed_key) ON accounts_authenticator TO pagetojob_worker"
REVOKE = "REVOKE SELECT, UPDATE (sealed_key) ON accounts_authenticator FROM pagetojob_worker"


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_rights")]

    operations = [migrations.RunSQL(GRANT, REVOKE)]
