"""Leads may come from an abandoned session of Scheduling Pro."""

from django.db import migrations, models

from pagetojob.platform.postgresql.operations import Together


class Migration(migrations.Migration):
    dependencies = [("leads", "0005_erased_at")]

    operations = [
        Together(
            [
                migrations.RemoveConstraint(model_name="lead", name="lead_channel_known"),
                migrations.AlterField(
                    model_name="lead",
                    name="channel",
                    field=models.CharField(
                        choices=[
                            ("form", "our form"),
                            ("api", "the intake API"),
                            ("sess", "an abandoned session of Scheduling Pro"),
                        ],
                        default="form",
                        editable=False,
                        max_length=4,
                    ),
                ),
                migrations.AddConstraint(
                    model_name="lead",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("channel__in", ["form", "api", "sess"])), name="lead_channel_known"
                    ),
                ),
            ]
        )
    ]
