"""Rights on answers and sign-offs: the tenant's people add them, operators read them, no one alters them."""

from django.db import migrations

RIGHTS = """
CALL ptj_protect('onboarding_customeranswer', app => 'SELECT, INSERT', operator => 'SELECT');
CALL ptj_protect('onboarding_signoff', app => 'SELECT, INSERT', operator => 'SELECT');
"""


class Migration(migrations.Migration):
    dependencies = [("onboarding", "0010_customer_answers"), ("tenants", "0002_rights")]

    operations = [migrations.RunSQL(RIGHTS, migrations.RunSQL.noop)]
