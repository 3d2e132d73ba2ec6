"""A lead owes one of each kind, by one index in place of two; what no lead owes has its own: see decision 0070.

Intake waits while it is built. A lead that owes two of a kind, which no code of ours makes, stops it.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("syncqueue", "0023_moves_call_nothing")]

    operations = [
        migrations.AddConstraint(
            model_name="syncitem",
            constraint=models.UniqueConstraint("tenant", "lead", "kind", name="sync_item_of_lead_once"),
        ),
        migrations.RemoveConstraint(model_name="syncitem", name="sync_item_booked_once"),
        migrations.RemoveConstraint(model_name="syncitem", name="sync_item_owed_once"),
        migrations.AddConstraint(
            model_name="syncitem",
            constraint=models.UniqueConstraint(
                "tenant", "kind", "dedupe_key", condition=models.Q(lead__isnull=True), name="sync_item_owed_once"
            ),
        ),
        migrations.AlterField(
            model_name="syncitem",
            name="dedupe_key",
            field=models.CharField(
                help_text="What no lead owes is owed once by kind and key; of a lead it is the reference.",
                max_length=80,
            ),
        ),
    ]
