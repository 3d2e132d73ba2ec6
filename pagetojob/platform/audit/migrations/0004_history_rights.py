"""History by trigger, and one procedure that turns it on for a table."""

from django.db import migrations

KEEP = """
CREATE FUNCTION ptj_row_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - 'updated_at' = to_jsonb(OLD) - 'updated_at' THEN
        RETURN NULL;
    END IF;
    INSERT INTO audit_rowchange ("table", "row", operation, before, after, actor_id)
    VALUES (TG_TABLE_NAME, CASE TG_OP WHEN 'DELETE' THEN OLD.id ELSE NEW.id END, TG_OP,
        CASE TG_OP WHEN 'INSERT' THEN NULL ELSE to_jsonb(OLD) END,
        CASE TG_OP WHEN 'DELETE' THEN NULL ELSE to_jsonb(NEW) END,
        nullif(current_setting('app.actor', true), '')::bigint);
    RETURN NULL;
END $$;
CREATE PROCEDURE ptj_keep_history(tbl regclass) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TRIGGER ptj_row_change AFTER INSERT OR UPDATE OR DELETE ON %s
        FOR EACH ROW EXECUTE FUNCTION ptj_row_change()', tbl);
END $$;
COMMENT ON PROCEDURE ptj_keep_history IS 'Write every change of a row of this table down in audit_rowchange.';
REVOKE ALL ON FUNCTION ptj_row_change FROM PUBLIC;
REVOKE ALL ON PROCEDURE ptj_keep_history FROM PUBLIC;
REVOKE ALL ON audit_rowchange FROM pagetojob_app;
GRANT SELECT, INSERT ("table", "row", operation, before, after, actor_id) ON audit_rowchange TO pagetojob_app;
"""

BACK = """
DROP PROCEDURE ptj_keep_history;
DROP FUNCTION ptj_row_change CASCADE;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_rowchange"), ("audit", "0002_protect")]

    operations = [migrations.RunSQL(KEEP, BACK)]
