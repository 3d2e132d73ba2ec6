"""Tenants apart, and bindings beside their items."""

from django.db import migrations

SQL = """
CALL ptj_protect('titanmap_taxonomyitem',
    app => 'SELECT, INSERT, UPDATE', worker => 'SELECT', operator => 'SELECT, INSERT, UPDATE');
CALL ptj_protect('titanmap_pagebinding',
    app => 'SELECT, INSERT, UPDATE', worker => 'SELECT', operator => 'SELECT, INSERT, UPDATE');
CALL ptj_composite_key('titanmap_pagebinding', 'job_type_id', 'titanmap_taxonomyitem');
CALL ptj_composite_key('titanmap_pagebinding', 'business_unit_id', 'titanmap_taxonomyitem');
CALL ptj_composite_key('titanmap_pagebinding', 'campaign_id', 'titanmap_taxonomyitem');
CALL ptj_composite_key('titanmap_pagebinding', 'zone_id', 'titanmap_taxonomyitem');
CALL ptj_composite_key('titanmap_pagebinding', 'pricebook_service_id', 'titanmap_taxonomyitem');
CALL ptj_composite_key('titanmap_pagebinding', 'booking_provider_id', 'titanmap_taxonomyitem');
"""


class Migration(migrations.Migration):
    dependencies = [("titanmap", "0001_initial"), ("tenants", "0002_scope")]

    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
