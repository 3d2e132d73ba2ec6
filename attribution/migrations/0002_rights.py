"""Tenants apart. A link's facts never change: of it, only whether it is current can be written.

Exports are taken in, and links written, in the scope of their tenant; operators decide.
"""

from django.db import migrations

OUTCOMES = ("outcomecustomer", "outcomebooking", "job", "invoice", "payment")
KEYS = (
    ("outcomefile", "file_id", "files_file"),
    *((name, "file_id", "attribution_outcomefile") for name in OUTCOMES),
    ("linkrun", "run_id", "runs_run"),
    ("link", "lead_id", "leads_lead"),
    ("link", "job_id", "attribution_job"),
    ("link", "run_id", "attribution_linkrun"),
    ("reviewdecision", "link_id", "attribution_link"),
    ("reviewdecision", "job_id", "attribution_job"),
    ("reviewdecision", "lead_id", "leads_lead"),
    ("reviewdecision", "made_id", "attribution_link"),
    ("reviewdecision", "undoes_id", "attribution_reviewdecision"),
)
SQL = """
CALL ptj_protect('attribution_outcomefile', app => 'SELECT, INSERT', worker => 'SELECT', operator => 'SELECT');
CALL ptj_protect('attribution_linksettings',
    app => 'SELECT', worker => 'SELECT', operator => 'SELECT, INSERT, UPDATE (window_days)');
CALL ptj_protect('attribution_linkrun',
    app => 'SELECT, INSERT, UPDATE (applied_at, card, changed, counts)', worker => 'SELECT', operator => 'SELECT');
CALL ptj_protect('attribution_link',
    app => 'SELECT, INSERT, UPDATE (current)', worker => 'SELECT',
    operator => 'SELECT, INSERT, UPDATE (current)');
CALL ptj_protect('attribution_reviewdecision',
    app => 'SELECT', worker => 'SELECT', operator => 'SELECT, INSERT');
""" + "\n".join(
    [
        f"CALL ptj_protect('attribution_{name}', app => 'SELECT, INSERT, UPDATE', worker => 'SELECT', "
        "operator => 'SELECT');"
        for name in OUTCOMES
    ]
    + [f"CALL ptj_composite_key('attribution_{name}', '{column}', '{to}');" for name, column, to in KEYS]
)


class Migration(migrations.Migration):
    dependencies = [
        ("attribution", "0001_initial"),
        ("files", "0003_photos"),
        ("leads", "0004_rights"),
        ("runs", "0002_protect"),
        ("tenants", "0005_site_key_rights"),
    ]

    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
