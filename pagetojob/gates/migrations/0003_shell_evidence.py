"""Mark evidence recorded at the shell, which two signed-in people confirm."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

from pagetojob.platform.postgresql.operations import Together

GRANT = """
GRANT UPDATE (first_confirmed_at, first_confirmed_by_id) ON gates_evidence TO pagetojob_app, pagetojob_operator
"""
REVOKE = """
REVOKE UPDATE (first_confirmed_at, first_confirmed_by_id) ON gates_evidence FROM pagetojob_app, pagetojob_operator
"""


class Migration(migrations.Migration):
    dependencies = [
        ("gates", "0002_rights"),
        ("tenants", "0002_rights"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        Together(
            [
                pgtrigger.migrations.RemoveTrigger(
                    model_name="evidence",
                    name="keeps_its_facts",
                ),
                migrations.RemoveConstraint(
                    model_name="evidence",
                    name="evidence_two_people",
                ),
                migrations.AddField(
                    model_name="evidence",
                    name="first_confirmed_at",
                    field=models.DateTimeField(blank=True, null=True),
                ),
                migrations.AddField(
                    model_name="evidence",
                    name="first_confirmed_by",
                    field=models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                migrations.AddField(
                    model_name="evidence",
                    name="recorded_at_shell",
                    field=models.BooleanField(db_default=False, default=False, editable=False),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="evidence",
                    trigger=pgtrigger.compiler.Trigger(
                        name="keeps_its_facts",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n                    IF to_jsonb(NEW) - ARRAY['confirmed_by_id', 'confirmed_at', 'first_confirmed_by_id',\n                            'first_confirmed_at', 'revoked_by_id', 'revoked_at', 'revoked_reason']\n                        IS DISTINCT FROM to_jsonb(OLD) - ARRAY['confirmed_by_id', 'confirmed_at',\n                            'first_confirmed_by_id', 'first_confirmed_at', 'revoked_by_id', 'revoked_at',\n                            'revoked_reason']\n                        OR (OLD.first_confirmed_at IS NOT NULL AND (NEW.first_confirmed_at, NEW.first_confirmed_by_id)\n                            IS DISTINCT FROM (OLD.first_confirmed_at, OLD.first_confirmed_by_id))\n                        OR (OLD.confirmed_at IS NOT NULL AND (NEW.confirmed_at, NEW.confirmed_by_id)\n                            IS DISTINCT FROM (OLD.confirmed_at, OLD.confirmed_by_id))\n                        OR (OLD.revoked_at IS NOT NULL AND (NEW.revoked_at, NEW.revoked_by_id, NEW.revoked_reason)\n                            IS DISTINCT FROM (OLD.revoked_at, OLD.revoked_by_id, OLD.revoked_reason)) THEN\n                        RAISE EXCEPTION 'evidence is confirmed once and revoked once, and never changed'\n                            USING ERRCODE = 'check_violation';\n                    END IF;\n                    RETURN NEW;\n                ",  # noqa: E501
                            hash="1ad1a1caeed0302770789fbd9ab5c6037af48d94",
                            operation="UPDATE",
                            pgid="pgtrigger_keeps_its_facts_28223",
                            table="gates_evidence",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.AddConstraint(
                    model_name="evidence",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("confirmed_by__isnull", True),
                            ("recorded_by__isnull", True),
                            ("recorded_at_shell", True),
                            models.Q(("confirmed_by", models.F("recorded_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="evidence_two_people",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="evidence",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("recorded_at_shell", False),
                            ("confirmed_by__isnull", True),
                            models.Q(
                                ("first_confirmed_by__isnull", False),
                                models.Q(("confirmed_by", models.F("first_confirmed_by")), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="evidence_shell_two_people",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="evidence",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("first_confirmed_at__isnull", True), ("first_confirmed_by__isnull", True)),
                            models.Q(
                                ("first_confirmed_at__isnull", False),
                                ("first_confirmed_by__isnull", False),
                                ("recorded_at_shell", True),
                            ),
                            _connector="OR",
                        ),
                        name="evidence_first_confirmed_whole",
                    ),
                ),
                migrations.RunSQL(GRANT, REVOKE),
            ]
        )
    ]
