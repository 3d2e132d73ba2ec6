"""Requests that need two staff admins, and a trigger that lets only a confirmed one give a privileged role."""

import uuid

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

from pagetojob.platform.postgresql.operations import Together

RIGHTS = """
GRANT INSERT, DELETE, UPDATE (decided_at, decided_by_id, outcome) ON accounts_privilegerequest TO pagetojob_app
"""

#: Only for existing rows: the first two staff admins are new ones.
TRIGGER = """
CREATE FUNCTION ptj_privilege_confirmed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE needed text[] := '{}';
BEGIN
    IF NEW.ops_role = 'lead' AND OLD.ops_role <> 'lead' THEN needed := needed || 'lead'::text; END IF;
    IF NEW.staff_role = 'admin' AND OLD.staff_role <> 'admin' THEN needed := needed || 'admin'::text; END IF;
    IF current_user <> 'pagetojob_owner' AND EXISTS (
        SELECT FROM unnest(needed) AS role WHERE NOT EXISTS (
            SELECT FROM accounts_privilegerequest
            WHERE user_id = NEW.id AND privilege = role AND outcome = 'confirmed' AND decided_at = now())) THEN
        RAISE EXCEPTION 'a privileged role needs a request that a second staff admin confirms'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ptj_privilege_confirmed BEFORE UPDATE OF ops_role, staff_role ON tenants_user
    FOR EACH ROW EXECUTE FUNCTION ptj_privilege_confirmed();
REVOKE ALL ON FUNCTION ptj_privilege_confirmed FROM PUBLIC;
"""
UNDO = """
DROP TRIGGER ptj_privilege_confirmed ON tenants_user;
DROP FUNCTION ptj_privilege_confirmed;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_email_stop"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        Together(
            [
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
                            ("privilege requested", "a privileged change was requested"),
                            ("privilege decided", "a privileged change was decided"),
                            ("email stopped", "a change of your email address was stopped by a link in an email"),
                            ("email restored", "the account got its previous email address back"),
                        ],
                        max_length=20,
                    ),
                ),
                migrations.CreateModel(
                    name="PrivilegeRequest",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        (
                            "created_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                        ),
                        (
                            "privilege",
                            models.CharField(
                                choices=[
                                    ("lead", "the role operator lead"),
                                    ("admin", "the role staff admin"),
                                    ("reset", "the reset of the second step"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("reason", models.CharField(max_length=500)),
                        ("expires_at", models.DateTimeField()),
                        (
                            "outcome",
                            models.CharField(
                                blank=True,
                                choices=[("", "waiting"), ("confirmed", "confirmed"), ("declined", "declined")],
                                default="",
                                max_length=10,
                            ),
                        ),
                        ("decided_at", models.DateTimeField(null=True)),
                        (
                            "decided_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "requested_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="person",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ("-id",),
                    },
                ),
                migrations.AddField(
                    model_name="owedmail",
                    name="privilege_request",
                    field=models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.privilegerequest",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="privilegerequest",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("privilege__in", ["lead", "admin", "reset"])), name="privilege_known"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="privilegerequest",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("requested_by", models.F("user")), _negated=True),
                            models.Q(
                                ("decided_by", None),
                                models.Q(("decided_by", models.F("user")), _negated=True),
                                _connector="OR",
                            ),
                        ),
                        name="privilege_of_another_person",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="privilegerequest",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("outcome", "confirmed"), _negated=True),
                            models.Q(("decided_by", models.F("requested_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="privilege_two_people",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="privilegerequest",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_at", None), ("decided_by", None), ("outcome", "")),
                            models.Q(
                                ("decided_at__isnull", False),
                                ("decided_by__isnull", False),
                                ("outcome__in", ("confirmed", "declined")),
                            ),
                            _connector="OR",
                        ),
                        name="privilege_decided_whole",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="privilegerequest",
                    constraint=models.UniqueConstraint(
                        models.F("user"),
                        models.F("privilege"),
                        condition=models.Q(("outcome", "")),
                        name="privilege_open_once",
                    ),
                ),
                migrations.RunSQL(RIGHTS, migrations.RunSQL.noop),
                migrations.RunSQL(TRIGGER, UNDO),
            ]
        )
    ]
