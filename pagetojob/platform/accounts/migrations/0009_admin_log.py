"""Let the hourly task delete old lines of Django's admin log, which name people and had no end."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0008_privilege_known"),
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("tenants", "0002_rights"),
    ]

    operations = [
        migrations.RunSQL(
            "GRANT DELETE ON django_admin_log TO pagetojob_app",
            "REVOKE DELETE ON django_admin_log FROM pagetojob_app",
        )
    ]
