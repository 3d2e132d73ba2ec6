"""Store the certificate of each host that we serve, as last read."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("onboarding", "0014_contact_rights")]

    operations = [
        migrations.CreateModel(
            name="CertificateReading",
            fields=[
                ("host", models.CharField(max_length=253, primary_key=True, serialize=False)),
                ("read_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField(null=True)),
                ("overdue_at", models.DateTimeField(help_text="From then on, it should have been renewed.", null=True)),
                (
                    "urgent_at",
                    models.DateTimeField(help_text="From then on, it is not valid or expires within days.", null=True),
                ),
                (
                    "note",
                    models.CharField(blank=True, help_text="The reason if the last reading failed.", max_length=200),
                ),
            ],
        ),
        migrations.RunSQL(
            """
REVOKE ALL ON onboarding_certificatereading FROM pagetojob_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON onboarding_certificatereading TO pagetojob_worker;
""",
            migrations.RunSQL.noop,
        ),
    ]
