"""Rights on the Titan Map. A binding or a draft can only name items of its own tenant."""

from django.db import migrations

TABLES = ("taxonomyitem", "pagebinding", "capacityrule", "shopfacts", "pagedraft")
ITEM_COLUMNS = (
    "job_type_id",
    "business_unit_id",
    "campaign_id",
    "zone_id",
    "pricebook_service_id",
    "booking_provider_id",
    "offer_id",
)
SQL = "\n".join(
    [
        f"CALL ptj_protect('titanmap_{table}', app => 'SELECT, INSERT, UPDATE', worker => 'SELECT', "
        "operator => 'SELECT, INSERT, UPDATE');"
        for table in TABLES
    ]
    + [
        f"CALL ptj_composite_key('titanmap_{table}', '{column}', 'titanmap_taxonomyitem');"
        for table in ("pagebinding", "pagedraft")
        for column in ITEM_COLUMNS
    ]
)


class Migration(migrations.Migration):
    dependencies = [("titanmap", "0001_initial"), ("tenants", "0002_rights")]

    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
