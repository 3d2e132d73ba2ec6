"""Other wordings of a question, so that a questionnaire that uses one gets the attested answer."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("readiness", "0005_cyclonedx_files")]

    operations = [
        migrations.AddField(
            "partneranswer",
            "wordings",
            models.TextField(
                blank=True,
                default="",
                help_text="A questionnaire that asks in exactly these words gets this answer, once it is attested."
                " Enter each item on a separate line.",
                verbose_name="other wordings of the question",
            ),
            preserve_default=False,
        ),
    ]
