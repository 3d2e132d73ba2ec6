"""Write the times of the windows as everywhere else. Changes no column."""

from django.db import migrations, models

WINDOWS = [
    ("any", "Any time"),
    ("morning", "Morning (8 AM to noon)"),
    ("afternoon", "Afternoon (noon to 5 PM)"),
    ("evening", "Evening (5 PM to 8 PM)"),
]


class Migration(migrations.Migration):
    dependencies = [("leads", "0013_unseen_names")]

    operations = [
        migrations.AlterField(
            "bookingrequest",
            "preferred_window",
            models.CharField(choices=WINDOWS, default="any", max_length=10),
        ),
    ]
