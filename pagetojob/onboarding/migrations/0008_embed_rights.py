"""Rights on embeds: operators add and remove them with their keys and origins, workers store the results of checks."""

from django.db import migrations

RIGHTS = """
CALL ptj_protect('onboarding_embed', app => '',
    worker => 'SELECT, UPDATE (state, other_url, note, detected_at, checked_at, due_at)',
    operator => 'SELECT, INSERT, DELETE, UPDATE (site_key_id, due_at)');
GRANT SELECT ON tenants_sitekey TO pagetojob_worker;
GRANT SELECT, INSERT, UPDATE (active) ON tenants_sitekey TO pagetojob_operator;
GRANT SELECT, INSERT ON tenants_siteorigin TO pagetojob_operator;
"""


class Migration(migrations.Migration):
    dependencies = [("onboarding", "0007_embeds"), ("tenants", "0002_rights")]

    operations = [migrations.RunSQL(RIGHTS, migrations.RunSQL.noop)]
