"""Let the previous address stop or undo a change of email address, and store who requested it."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

GRANT = "GRANT UPDATE (undone_at) ON accounts_emailchange TO pagetojob_app"
REVOKE = "REVOKE UPDATE (undone_at) ON accounts_emailchange FROM pagetojob_app"


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_reseal"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="emailchange",
            name="requested_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="emailchange",
            name="stop_digest",
            field=models.CharField(editable=False, max_length=64, null=True, unique=True),
        ),
        migrations.AddField(
            model_name="emailchange",
            name="undone_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AlterField(
            model_name="owedmail",
            name="about",
            field=models.CharField(
                choices=[
                    ("reset asked", "a password reset was requested"),
                    ("invitation", "an invitation"),
                    ("password changed", "the password was changed"),
                    ("factor added", "a second step was added"),
                    ("factor removed", "a second step was removed"),
                    ("factors reset", "the second step was reset by a staff admin"),
                    ("codes made", "new recovery codes were created"),
                    ("code used", "a recovery code was used to sign in"),
                    ("email confirm", "a new email address must be confirmed"),
                    ("email requested", "a new email address was requested"),
                    ("email changed", "the email address was changed"),
                    ("email stopped", "a change of your email address was stopped by a link in an email"),
                    ("email restored", "the account got its previous email address back"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddConstraint(
            model_name="emailchange",
            constraint=models.CheckConstraint(
                condition=models.Q(("undone_at", None), ("confirmed_at__isnull", False), _connector="OR"),
                name="email_change_undone_after",
            ),
        ),
        migrations.RunSQL(GRANT, REVOKE),
    ]
