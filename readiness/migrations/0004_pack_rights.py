"""Staff write the pack; its history and its clock are kept by the database; versions are only ever added."""

from django.db import migrations

SQL = """
GRANT INSERT, UPDATE, DELETE ON
    readiness_accessitem, readiness_asbuiltnote, readiness_connectiongate, readiness_entry, readiness_entrydetail,
    readiness_intakequestion, readiness_module, readiness_partneranswer, readiness_scopefamily,
    readiness_supportrunbook, readiness_validationcase
    TO pagetojob_app;
GRANT INSERT, UPDATE ON readiness_packclock, readiness_evidencenotice TO pagetojob_app;
GRANT SELECT, INSERT, UPDATE ON readiness_packclock TO pagetojob_operator;
GRANT INSERT ON readiness_packversion, readiness_packfile, readiness_claimscan TO pagetojob_app;
GRANT SELECT ON readiness_claimscan TO pagetojob_worker;
GRANT INSERT, DELETE ON readiness_packtext TO pagetojob_app;

-- Readers compare epochs, so that no edit, however it was made, stays unseen. One row: editors follow one another.
CREATE FUNCTION ptj_pack_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO readiness_packclock (id, epoch, published) VALUES (1, 1, 0)
        ON CONFLICT (id) DO UPDATE SET epoch = readiness_packclock.epoch + 1;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION ptj_pack_changed FROM PUBLIC;

DO $$
DECLARE tbl text;
BEGIN
    FOREACH tbl IN ARRAY ARRAY[
        'readiness_accessitem', 'readiness_asbuiltnote', 'readiness_checklistitem', 'readiness_connectiongate',
        'readiness_databoundary', 'readiness_entry', 'readiness_entrydetail', 'readiness_intakequestion',
        'readiness_module', 'readiness_page', 'readiness_pagesection', 'readiness_partneranswer',
        'readiness_partnermaterial', 'readiness_runbook', 'readiness_runbookstep', 'readiness_scopefamily',
        'readiness_supportrunbook', 'readiness_validationcase'
    ] LOOP
        EXECUTE format('CALL ptj_keep_history(%L)', tbl);
        EXECUTE format('CREATE TRIGGER ptj_pack_changed AFTER INSERT OR UPDATE OR DELETE ON %I
            FOR EACH STATEMENT EXECUTE FUNCTION ptj_pack_changed()', tbl);
    END LOOP;
    FOREACH tbl IN ARRAY ARRAY['claims_claim', 'claims_disclaimer', 'gates_evidence'] LOOP
        EXECUTE format('CREATE TRIGGER ptj_pack_changed AFTER INSERT OR UPDATE OR DELETE ON %I
            FOR EACH STATEMENT EXECUTE FUNCTION ptj_pack_changed()', tbl);
    END LOOP;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("readiness", "0003_pack"),
        ("claims", "0002_rights"),
        ("gates", "0004_evidence_rights"),
        ("audit", "0004_history_rights"),
    ]

    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
