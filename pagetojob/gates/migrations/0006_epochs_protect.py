"""What else changes a decision raises the epoch too: the demo mark of a tenant, and an owner who empties a table."""

from django.db import migrations

SQL = """
CREATE FUNCTION ptj_demo_raises_epoch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.gates_epoch := OLD.gates_epoch + 1;
    RETURN NEW;
END $$;
CREATE TRIGGER ptj_demo_raises_epoch BEFORE UPDATE ON tenants_tenant
    FOR EACH ROW WHEN (OLD.is_demo IS DISTINCT FROM NEW.is_demo) EXECUTE FUNCTION ptj_demo_raises_epoch();

CREATE FUNCTION ptj_emptied_raises_epochs() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE tenants_tenant SET gates_epoch = gates_epoch + 1;
    RETURN NULL;
END $$;
CREATE TRIGGER ptj_emptied AFTER TRUNCATE ON gates_flag
    FOR EACH STATEMENT EXECUTE FUNCTION ptj_emptied_raises_epochs();
CREATE TRIGGER ptj_emptied AFTER TRUNCATE ON gates_evidence
    FOR EACH STATEMENT EXECUTE FUNCTION ptj_emptied_raises_epochs();
REVOKE ALL ON FUNCTION ptj_demo_raises_epoch, ptj_emptied_raises_epochs FROM PUBLIC;
"""
UNDO = """
DROP TRIGGER ptj_emptied ON gates_evidence;
DROP TRIGGER ptj_emptied ON gates_flag;
DROP FUNCTION ptj_emptied_raises_epochs;
DROP TRIGGER ptj_demo_raises_epoch ON tenants_tenant;
DROP FUNCTION ptj_demo_raises_epoch;
"""


class Migration(migrations.Migration):
    dependencies = [("gates", "0005_evidence_covers"), ("tenants", "0002_scope")]

    operations = [migrations.RunSQL(SQL, UNDO)]
