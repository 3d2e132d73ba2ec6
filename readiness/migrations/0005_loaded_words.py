"""What the loader last wrote of each row, so that newer words go to what nobody edited and to nothing else."""

from django.db import migrations, models

SQL = "GRANT INSERT, UPDATE ON readiness_loadedwords TO pagetojob_app;"


class Migration(migrations.Migration):
    dependencies = [("readiness", "0004_pack_rights")]

    operations = [
        migrations.CreateModel(
            name="LoadedWords",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("table", models.CharField(max_length=63)),
                ("row", models.BigIntegerField(help_text="Primary key of the row.")),
                ("words", models.JSONField()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("table", "row"), name="loadedwords_once")],
            },
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
