"""The time zone in which a person reads times."""

from django.db import migrations, models

import pagetojob.platform.tenants.models


class Migration(migrations.Migration):
    dependencies = [("tenants", "0010_page_until")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="time_zone",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="Times of pages that are not about one contractor. Empty: that of the browser.",
                max_length=40,
                validators=[pagetojob.platform.tenants.models.validate_time_zone],
            ),
        ),
    ]
