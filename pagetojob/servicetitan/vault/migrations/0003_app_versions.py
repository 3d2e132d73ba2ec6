"""Versions of our app at ServiceTitan, and their acceptance by the admin of each connection."""

import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import pagetojob.platform.tenants.models
from pagetojob.platform.postgresql.operations import Together

RIGHTS = """
-- Versions are the platform's: operators propose and publish them, and everyone reads them.
REVOKE ALL ON vault_appversion FROM pagetojob_app;
GRANT SELECT ON vault_appversion TO pagetojob_app, pagetojob_worker;
GRANT SELECT, INSERT, UPDATE (published_at, published_by_id, published_evidence) ON vault_appversion
    TO pagetojob_operator;
CALL ptj_protect('vault_acceptance',
    app => 'SELECT, INSERT, UPDATE (accepted_at, recorded_by_id, evidence)',
    worker => 'SELECT', operator => 'SELECT, INSERT');
CALL ptj_composite_key('vault_acceptance', 'connection_id', 'vault_connection');
"""


class Migration(migrations.Migration):
    dependencies = [
        ("tenants", "0003_second_factor_required"),
        ("vault", "0002_rights"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        Together(
            [
                migrations.CreateModel(
                    name="AppVersion",
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
                        ("number", models.PositiveIntegerField(unique=True)),
                        (
                            "scopes",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=80),
                                help_text="All scopes of the version, sorted.",
                            ),
                        ),
                        (
                            "proposed_evidence",
                            models.CharField(
                                help_text="An address, or the number of a letter or ticket.",
                                max_length=500,
                            ),
                        ),
                        ("published_at", models.DateTimeField(editable=False, null=True)),
                        (
                            "published_evidence",
                            models.CharField(
                                blank=True,
                                default="",
                                help_text="An address, or the number of a letter or ticket.",
                                max_length=500,
                            ),
                        ),
                        (
                            "proposed_by",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "published_by",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ("-number",),
                    },
                ),
                migrations.CreateModel(
                    name="Acceptance",
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
                        ("accepted_at", models.DateTimeField(editable=False, null=True)),
                        (
                            "evidence",
                            models.CharField(
                                blank=True,
                                default="",
                                help_text="An address, or the number of a letter or ticket.",
                                max_length=500,
                            ),
                        ),
                        (
                            "connection",
                            pagetojob.platform.tenants.models.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="acceptances",
                                to="vault.connection",
                            ),
                        ),
                        (
                            "recorded_by",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "tenant",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="tenants.tenant",
                            ),
                        ),
                        (
                            "version",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="acceptances",
                                to="vault.appversion",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ("-version__number", "id"),
                    },
                ),
                migrations.AddConstraint(
                    model_name="appversion",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("number__gt", 0), models.Q(("scopes", []), _negated=True)),
                        name="appversion_filled",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="appversion",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("proposed_evidence", ""), _negated=True),
                        name="appversion_proposed_evidence",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="appversion",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("published_at__isnull", True),
                                ("published_by__isnull", True),
                                ("published_evidence", ""),
                            ),
                            models.Q(
                                ("published_at__isnull", False),
                                ("published_by__isnull", False),
                                models.Q(("published_evidence", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="appversion_published_whole",
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="appversion",
                    trigger=pgtrigger.compiler.Trigger(
                        name="appversion_decided_once",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF OLD.published_at IS NOT NULL AND NEW IS DISTINCT FROM OLD\n                OR to_jsonb(NEW) - ARRAY['published_at', 'published_by_id', 'published_evidence'] IS DISTINCT FROM to_jsonb(OLD) - ARRAY['published_at', 'published_by_id', 'published_evidence'] THEN\n                RAISE EXCEPTION 'a row of % is decided once and never changed', TG_TABLE_NAME\n                    USING ERRCODE = 'check_violation';\n            END IF;\n            RETURN NEW;\n        ",  # noqa: E501
                            hash="bc6e8ff2764fbb7d196ddbb6df8b8328cf606337",
                            operation="UPDATE",
                            pgid="pgtrigger_appversion_decided_once_77fd1",
                            table="vault_appversion",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.AddConstraint(
                    model_name="acceptance",
                    constraint=models.UniqueConstraint(
                        models.F("connection"), models.F("version"), name="acceptance_once"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="acceptance",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("accepted_at__isnull", True), ("evidence", ""), ("recorded_by__isnull", True)),
                            models.Q(
                                ("accepted_at__isnull", False),
                                ("recorded_by__isnull", False),
                                models.Q(("evidence", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="acceptance_whole",
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="acceptance",
                    trigger=pgtrigger.compiler.Trigger(
                        name="acceptance_decided_once",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF OLD.accepted_at IS NOT NULL AND NEW IS DISTINCT FROM OLD\n                OR to_jsonb(NEW) - ARRAY['accepted_at', 'recorded_by_id', 'evidence'] IS DISTINCT FROM to_jsonb(OLD) - ARRAY['accepted_at', 'recorded_by_id', 'evidence'] THEN\n                RAISE EXCEPTION 'a row of % is decided once and never changed', TG_TABLE_NAME\n                    USING ERRCODE = 'check_violation';\n            END IF;\n            RETURN NEW;\n        ",  # noqa: E501
                            hash="f5add9a9dbbd5e475b8df3e9c84ef8530780e4f3",
                            operation="UPDATE",
                            pgid="pgtrigger_acceptance_decided_once_09581",
                            table="vault_acceptance",
                            when="BEFORE",
                        ),
                    ),
                ),
            ]
        ),
        migrations.RunSQL(RIGHTS, migrations.RunSQL.noop),
    ]
