"""Non-public documents for reviewers, and their requests."""

import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

from pagetojob.platform.postgresql.operations import Together

RIGHTS = """
GRANT INSERT, UPDATE (withdrawn_at) ON readiness_reviewdocument TO pagetojob_app;
GRANT INSERT, UPDATE (decided_at, decided_by_id, expires_at, downloads) ON readiness_documentrequest TO pagetojob_app;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("readiness", "0006_exports_and_reviewers"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        Together(
            [
                migrations.CreateModel(
                    name="ReviewDocument",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "created_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                        ),
                        ("title", models.CharField(max_length=120)),
                        ("terms", models.TextField(help_text="A reviewer accepts exactly this text.")),
                        ("content", models.BinaryField()),
                        ("sha256", models.CharField(editable=False, max_length=64)),
                        ("withdrawn_at", models.DateTimeField(editable=False, null=True)),
                        (
                            "uploaded_by",
                            models.ForeignKey(
                                db_index=False,
                                editable=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ("title", "id"),
                    },
                ),
                migrations.CreateModel(
                    name="DocumentRequest",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("terms_sha256", models.CharField(max_length=64, verbose_name="SHA-256 of the terms accepted")),
                        (
                            "at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                        ),
                        ("decided_at", models.DateTimeField(editable=False, null=True)),
                        (
                            "expires_at",
                            models.DateTimeField(editable=False, help_text="Empty if it was declined.", null=True),
                        ),
                        ("downloads", models.PositiveIntegerField(default=0, editable=False)),
                        (
                            "decided_by",
                            models.ForeignKey(
                                db_index=False,
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "invitation",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="requests",
                                to="readiness.reviewinvitation",
                            ),
                        ),
                        (
                            "document",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="requests",
                                to="readiness.reviewdocument",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ("-id",),
                    },
                ),
                migrations.AddConstraint(
                    model_name="reviewdocument",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("title", ""), _negated=True), models.Q(("terms", ""), _negated=True)
                        ),
                        name="reviewdocument_filled",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="reviewdocument",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("sha256__regex", "^[0-9a-f]{64}$")), name="reviewdocument_sha256"
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="reviewdocument",
                    trigger=pgtrigger.compiler.Trigger(
                        name="never_removed",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                            hash="35605a52ee476f013e47cc27fe05d7398979340f",
                            operation="DELETE",
                            pgid="pgtrigger_never_removed_bb2da",
                            table="readiness_reviewdocument",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.AddConstraint(
                    model_name="documentrequest",
                    constraint=models.UniqueConstraint(
                        models.F("invitation"), models.F("document"), name="documentrequest_once"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="documentrequest",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_at", None), ("decided_by", None), ("expires_at", None)),
                            models.Q(("decided_at__isnull", False), ("decided_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="documentrequest_decided_by_a_person",
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="documentrequest",
                    trigger=pgtrigger.compiler.Trigger(
                        name="never_removed",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                            hash="059b94eeb3367cb7720d6ed3fc2c83059ca0085f",
                            operation="DELETE",
                            pgid="pgtrigger_never_removed_98522",
                            table="readiness_documentrequest",
                            when="BEFORE",
                        ),
                    ),
                ),
            ]
        ),
        migrations.RunSQL(RIGHTS, migrations.RunSQL.noop),
    ]
