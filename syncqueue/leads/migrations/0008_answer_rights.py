"""Rights on answers and notes, which the tenant's scope adds. Notes end with the personal values of their lead."""

from django.db import migrations

SQL = """
CALL ptj_protect('leads_leadanswer',
    app => 'SELECT, INSERT, UPDATE (undone_at, undone_by_id)', worker => 'SELECT', operator => 'SELECT');
CALL ptj_protect('leads_leadnote', app => 'SELECT, INSERT');
CALL ptj_composite_key('leads_leadanswer', 'lead_id', 'leads_lead');
CALL ptj_composite_key('leads_leadnote', 'lead_id', 'leads_lead');
-- The office releases a suspected request.
GRANT UPDATE (suspected) ON leads_lead TO pagetojob_app;

-- Whatever erases a lead, its notes go in the same transaction. During a purge they are on its receipt.
CREATE FUNCTION ptj_forget_notes() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    gone bigint;
    purge bigint := (SELECT id FROM runs_run
        WHERE tenant_id = NEW.tenant_id AND kind = 'retention.purge' AND state = 'running' LIMIT 1);
BEGIN
    DELETE FROM leads_leadnote WHERE tenant_id = NEW.tenant_id AND lead_id = NEW.id;
    GET DIAGNOSTICS gone = ROW_COUNT;
    IF purge IS NOT NULL THEN
        PERFORM ptj_note_purged(purge, 'lead', 'leads_leadnote', gone);
    END IF;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION ptj_forget_notes FROM PUBLIC;
CREATE TRIGGER ptj_forget_notes AFTER UPDATE OF erased_at ON leads_lead
    FOR EACH ROW WHEN (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL) EXECUTE FUNCTION ptj_forget_notes();
"""


class Migration(migrations.Migration):
    dependencies = [("leads", "0007_answers"), ("retention", "0003_purge"), ("tenants", "0002_rights")]

    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
