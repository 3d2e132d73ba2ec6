"""Let a change of a tenant's state raise its epoch: a closed tenant's gates are closed, also for a running batch."""

from django.db import migrations

SQL = """
CREATE TRIGGER ptj_state_raises_epoch BEFORE UPDATE ON tenants_tenant
    FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION ptj_demo_raises_epoch();
"""
UNDO = "DROP TRIGGER ptj_state_raises_epoch ON tenants_tenant;"


class Migration(migrations.Migration):
    locks_briefly = "some hundred rows"

    dependencies = [("gates", "0005_brief_locks"), ("tenants", "0005_lifecycle_rights")]

    operations = [migrations.RunSQL(SQL, UNDO)]
