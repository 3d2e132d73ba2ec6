"""What the application may do with Django's own tables; all of it stands here."""

from django.db import migrations

SQL = """
GRANT INSERT, UPDATE, DELETE ON django_session TO pagetojob_app;
GRANT INSERT ON django_admin_log TO pagetojob_app;
-- Rights come from roles (tenants/roles.py), so groups and permissions are nobody's.
REVOKE ALL ON auth_group, auth_group_permissions, auth_permission FROM pagetojob_app;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("tenants", "0002_scope"),
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("sessions", "0001_initial"),
    ]

    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
