"""The leads a person took out of the books are few; a list of them need not read all others."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("leads", "0004_rights")]

    operations = [
        migrations.AddIndex("lead", models.Index("id", condition=~models.Q(excluded_as=""), name="lead_excluded"))
    ]
