"""Let a tenant require a second step of its people."""

from django.db import migrations, models

GRANT = "GRANT UPDATE (second_factor_required) ON tenants_tenant TO pagetojob_app"
REVOKE = "REVOKE UPDATE (second_factor_required) ON tenants_tenant FROM pagetojob_app"


class Migration(migrations.Migration):
    dependencies = [
        ("tenants", "0002_rights"),
    ]

    operations = [
        migrations.AddField(
            model_name="tenant",
            name="second_factor_required",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="Its people must add a second step before they see anything of it.",
                verbose_name="second step required",
            ),
        ),
        migrations.RunSQL(GRANT, REVOKE),
    ]
