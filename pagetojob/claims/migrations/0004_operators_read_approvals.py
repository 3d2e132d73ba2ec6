"""Let operators read the approvals of sentences, because they publish texts of contractors."""

from django.db import migrations

SQL = "GRANT SELECT ON claims_sentenceapproval TO pagetojob_operator"


class Migration(migrations.Migration):
    dependencies = [("claims", "0003_sentence_approvals")]

    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
