"""One index holds a lead to one booking and finds all items of a lead: one entry fewer for each move of each item."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("syncqueue", "0018_claimed_by")]

    operations = [
        migrations.RemoveConstraint(model_name="syncitem", name="sync_item_booked_once"),
        migrations.RemoveIndex(model_name="syncitem", name="sync_item_of_lead"),
        migrations.AddConstraint(
            model_name="syncitem",
            constraint=models.UniqueConstraint(
                models.F("tenant"),
                models.F("lead"),
                models.Case(
                    models.When(kind="booking_request", then=0), default="id", output_field=models.BigIntegerField()
                ),
                name="sync_item_booked_once",
            ),
        ),
    ]
