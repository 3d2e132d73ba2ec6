"""Rights on the staff role: operators and workers check whether the first of two people still has a role."""

from django.db import migrations

RIGHTS = "GRANT SELECT (staff_role) ON tenants_user TO pagetojob_operator, pagetojob_worker"
BACK = "REVOKE SELECT (staff_role) ON tenants_user FROM pagetojob_operator, pagetojob_worker"


class Migration(migrations.Migration):
    dependencies = [("tenants", "0011_user_time_zone")]

    operations = [migrations.RunSQL(RIGHTS, BACK)]
