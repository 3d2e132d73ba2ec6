"""A link keeps what each criterion weighed."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("attribution", "0012_estimates")]

    operations = [migrations.AddField(model_name="link", name="weights", field=models.JSONField(default=list))]
