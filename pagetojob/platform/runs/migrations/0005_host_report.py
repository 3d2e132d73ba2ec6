"""Store the clock and the fullest disk of each host."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("runs", "0004_of_kind")]

    operations = [
        migrations.CreateModel(
            name="HostReport",
            fields=[
                ("host", models.CharField(max_length=300, primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                (
                    "clock_ahead",
                    models.DurationField(help_text="Clock of the host minus that of the database."),
                ),
                ("folder", models.CharField(help_text="The folder of ours on the fullest disk.", max_length=1000)),
                ("free", models.FloatField(help_text="The free share of that disk, from 0 to 1.")),
            ],
        ),
        migrations.RunSQL(
            """
REVOKE ALL ON runs_hostreport FROM pagetojob_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON runs_hostreport TO pagetojob_worker;
""",
            migrations.RunSQL.noop,
        ),
    ]
