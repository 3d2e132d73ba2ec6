"""Right of a contractor's people to read who at PageToJob is responsible for them."""

from django.db import migrations

RIGHTS = "GRANT SELECT ON onboarding_assignment TO pagetojob_app"
BACK = "REVOKE SELECT ON onboarding_assignment FROM pagetojob_app"


class Migration(migrations.Migration):
    dependencies = [("onboarding", "0013_weekly_email_rights"), ("tenants", "0002_rights")]

    operations = [migrations.RunSQL(RIGHTS, BACK)]
