"""Name the outbox item as screens do, also in the audit log."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("syncqueue", "0017_validate_outcomes"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="syncitem",
            options={"ordering": ("-created_at", "-id"), "verbose_name": "outbox item"},
        ),
    ]
