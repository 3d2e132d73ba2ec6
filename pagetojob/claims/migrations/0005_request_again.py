"""Right to request the approval of a sentence again, if the person who requested it has left."""

from django.db import migrations

RIGHTS = "GRANT UPDATE (requested_by_id) ON claims_sentenceapproval TO pagetojob_app"
BACK = "REVOKE UPDATE (requested_by_id) ON claims_sentenceapproval FROM pagetojob_app"


class Migration(migrations.Migration):
    dependencies = [("claims", "0004_operators_read_approvals")]

    operations = [migrations.RunSQL(RIGHTS, BACK)]
