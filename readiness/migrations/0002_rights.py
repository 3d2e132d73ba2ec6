"""Rights on the readiness pack. Staff write it, the database counts its changes, and versions are only ever added."""

from django.db import migrations

#: Staff write these in the admin, which decides which rows may be deleted; the database keeps their history.
WRITTEN_BY_STAFF = (
    "accessitem",
    "asbuiltnote",
    "checklistitem",
    "connectiongate",
    "databoundary",
    "entry",
    "entrydetail",
    "intakequestion",
    "module",
    "partneranswer",
    "partnermaterial",
    "runbook",
    "runbookstep",
    "scopefamily",
    "supportrunbook",
    "validationcase",
)
PAGES = ("page", "pagesection")
OF_OTHER_APPS = ("claims_claim", "claims_disclaimer", "gates_evidence")

TABLES_OF_STAFF = ", ".join(f"readiness_{name}" for name in WRITTEN_BY_STAFF)
RIGHTS = f"""
GRANT INSERT, UPDATE, DELETE ON {TABLES_OF_STAFF} TO pagetojob_app;
GRANT INSERT, UPDATE ON readiness_page, readiness_pagesection TO pagetojob_app;
GRANT INSERT, UPDATE ON readiness_packclock, readiness_evidencenotice, readiness_loadedwords TO pagetojob_app;
GRANT SELECT, INSERT, UPDATE ON readiness_packclock TO pagetojob_operator;
GRANT INSERT ON readiness_packversion, readiness_packfile, readiness_claimscan TO pagetojob_app;
GRANT SELECT ON readiness_claimscan TO pagetojob_worker;
GRANT INSERT, DELETE ON readiness_packtext TO pagetojob_app;
"""

#: Readers compare epochs, so they notice every edit. The clock is one row, so edits wait for each other.
CLOCK = """
CREATE FUNCTION ptj_pack_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO readiness_packclock (id, epoch, published) VALUES (1, 1, 0)
        ON CONFLICT (id) DO UPDATE SET epoch = readiness_packclock.epoch + 1;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION ptj_pack_changed FROM PUBLIC;
"""

OF_READINESS = [f"readiness_{name}" for name in (*WRITTEN_BY_STAFF, *PAGES)]
TRIGGERS = "\n".join(
    [
        *(f"CALL ptj_keep_history('{table}');" for table in OF_READINESS),
        *(
            f"CREATE TRIGGER ptj_pack_changed AFTER INSERT OR UPDATE OR DELETE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION ptj_pack_changed();"
            for table in (*OF_READINESS, *OF_OTHER_APPS)
        ),
    ]
)


class Migration(migrations.Migration):
    dependencies = [
        ("readiness", "0001_initial"),
        ("audit", "0002_rights"),
        ("claims", "0002_rights"),
        ("gates", "0002_rights"),
    ]

    operations = [
        migrations.RunSQL(RIGHTS, migrations.RunSQL.noop),
        migrations.RunSQL(CLOCK, "DROP FUNCTION ptj_pack_changed CASCADE"),
        migrations.RunSQL(TRIGGERS, migrations.RunSQL.noop),
    ]
