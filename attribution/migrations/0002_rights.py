"""Rights on outcomes, links, statements and packets.

The app imports exports and writes links in the scope of their tenant; operators decide. Of a link only the mark
that it is current can change, and statements and packets are only ever added.
"""

from django.db import migrations

OUTCOMES = ("outcomecustomer", "outcomebooking", "job", "invoice", "payment")
ADDED_ONLY = ("outcomefile", "estimate", "statement", "restatement", "packet", "packetfile")
#: Table, column, and the table that the column must name a row of the same tenant in.
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
    ("estimate", "run_id", "runs_run"),
    ("linksettings", "estimate_id", "attribution_estimate"),
    ("restatement", "statement_id", "attribution_statement"),
    ("packetfile", "packet_id", "attribution_packet"),
    ("packetfile", "file_id", "files_file"),
)
SQL = """
CALL ptj_protect('attribution_linksettings',
    app => 'SELECT', worker => 'SELECT', operator => 'SELECT, INSERT, UPDATE (window_days, estimate_id)');
CALL ptj_protect('attribution_linkrun',
    app => 'SELECT, INSERT, UPDATE (applied_at, card, changed, counts)', worker => 'SELECT', operator => 'SELECT');
CALL ptj_protect('attribution_link',
    app => 'SELECT, INSERT, UPDATE (current)', worker => 'SELECT',
    operator => 'SELECT, INSERT, UPDATE (current)');
CALL ptj_protect('attribution_reviewdecision',
    app => 'SELECT', worker => 'SELECT', operator => 'SELECT, INSERT');

-- A digest identifies no one, so it belongs to no tenant and anyone may ask for one.
REVOKE ALL ON attribution_packetdigest FROM pagetojob_app;
GRANT SELECT, INSERT ON attribution_packetdigest TO pagetojob_app;
""" + "\n".join(
    [
        *(
            f"CALL ptj_protect('attribution_{name}', app => 'SELECT, INSERT, UPDATE', worker => 'SELECT', "
            "operator => 'SELECT');"
            for name in OUTCOMES
        ),
        *(
            f"CALL ptj_protect('attribution_{name}', app => 'SELECT, INSERT', worker => 'SELECT', "
            "operator => 'SELECT');"
            for name in ADDED_ONLY
        ),
        *(f"CALL ptj_composite_key('attribution_{name}', '{column}', '{target}');" for name, column, target in KEYS),
    ]
)


class Migration(migrations.Migration):
    dependencies = [("attribution", "0001_initial"), ("tenants", "0002_rights")]

    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
