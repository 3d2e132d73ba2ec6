"""Tenants apart, and what is sealed is only ever added. A digest names nobody, so anybody may ask for one."""

from django.db import migrations

SEALED = ("statement", "restatement", "packet", "packetfile")
SQL = (
    "\n".join(
        f"CALL ptj_protect('attribution_{name}', app => 'SELECT, INSERT', worker => 'SELECT', operator => 'SELECT');"
        for name in SEALED
    )
    + """
CALL ptj_composite_key('attribution_restatement', 'statement_id', 'attribution_statement');
CALL ptj_composite_key('attribution_packetfile', 'packet_id', 'attribution_packet');
CALL ptj_composite_key('attribution_packetfile', 'file_id', 'files_file');
REVOKE ALL ON attribution_packetdigest FROM pagetojob_app;
GRANT SELECT, INSERT ON attribution_packetdigest TO pagetojob_app;
"""
)


class Migration(migrations.Migration):
    dependencies = [("attribution", "0010_statements"), ("files", "0003_photos"), ("tenants", "0005_site_key_rights")]

    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
