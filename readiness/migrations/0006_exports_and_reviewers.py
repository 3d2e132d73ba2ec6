"""Two more files of a version, other wordings of a question, and invited reviewers with their answers to lines."""

import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

from pagetojob.platform.postgresql.operations import Together

KINDS = [
    ("pdf", "PDF packet"),
    ("zip", "zip bundle"),
    ("cdx", "attestation (CycloneDX)"),
    ("bom", "software bill of materials (CycloneDX)"),
]
RIGHTS = """
GRANT INSERT, UPDATE (revoked_at) ON readiness_reviewinvitation TO pagetojob_app;
GRANT INSERT, UPDATE (resolved_at, resolved_by_id, resolution) ON readiness_lineresponse TO pagetojob_app;
CREATE TRIGGER ptj_pack_changed AFTER INSERT OR UPDATE ON readiness_lineresponse
    FOR EACH STATEMENT EXECUTE FUNCTION ptj_pack_changed();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("readiness", "0005_drafts"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        Together(
            [
                migrations.AlterField("packfile", "kind", models.CharField(choices=KINDS, max_length=3)),
                migrations.RemoveConstraint("packfile", "packfile_kind_known"),
                migrations.AddConstraint(
                    "packfile",
                    models.CheckConstraint(
                        condition=models.Q(kind__in=["pdf", "zip", "cdx", "bom"]), name="packfile_kind_known"
                    ),
                ),
                migrations.AddField(
                    "partneranswer",
                    "wordings",
                    models.TextField(
                        blank=True,
                        default="",
                        help_text="A questionnaire that asks in exactly these words gets this answer, once it is"
                        " attested. Enter each item on a separate line.",
                        verbose_name="other wordings of the question",
                    ),
                    preserve_default=False,
                ),
                migrations.CreateModel(
                    name="ReviewInvitation",
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
                        (
                            "reviewer",
                            models.CharField(
                                help_text="Organization and occasion, such as “Acme, vendor review”."
                                " No names of persons.",
                                max_length=120,
                            ),
                        ),
                        ("digest", models.CharField(editable=False, max_length=64, unique=True)),
                        ("expires_at", models.DateTimeField(editable=False)),
                        ("revoked_at", models.DateTimeField(editable=False, null=True)),
                        (
                            "invited_by",
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
                        "ordering": ("-id",),
                    },
                ),
                migrations.CreateModel(
                    name="LineResponse",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("anchor", models.CharField(max_length=140, verbose_name="line")),
                        ("version", models.PositiveIntegerField(help_text="The version that the reviewer read.")),
                        (
                            "verdict",
                            models.CharField(
                                choices=[("accepted", "accepted"), ("contested", "contested")], max_length=9
                            ),
                        ),
                        (
                            "reason",
                            models.TextField(blank=True, help_text="Text of the reviewer. It is not public."),
                        ),
                        (
                            "at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                        ),
                        ("resolved_at", models.DateTimeField(editable=False, null=True)),
                        ("resolution", models.TextField(blank=True)),
                        (
                            "resolved_by",
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
                                related_name="responses",
                                to="readiness.reviewinvitation",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ("-id",),
                    },
                ),
                migrations.AddConstraint(
                    model_name="reviewinvitation",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("reviewer", ""), _negated=True), name="reviewinvitation_filled"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="reviewinvitation",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("digest__regex", "^[0-9a-f]{64}$")), name="reviewinvitation_digest"
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="reviewinvitation",
                    trigger=pgtrigger.compiler.Trigger(
                        name="never_removed",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                            hash="d97071554627af751f2f31aea5570830863f95ac",
                            operation="DELETE",
                            pgid="pgtrigger_never_removed_73f06",
                            table="readiness_reviewinvitation",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.AddConstraint(
                    model_name="lineresponse",
                    constraint=models.UniqueConstraint(
                        models.F("invitation"), models.F("anchor"), name="lineresponse_once"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="lineresponse",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("verdict", "accepted"),
                            models.Q(("verdict", "contested"), models.Q(("reason", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="lineresponse_contested_with_reason",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="lineresponse",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("resolution", ""), ("resolved_at", None), ("resolved_by", None)),
                            models.Q(
                                ("resolved_at__isnull", False),
                                ("resolved_by__isnull", False),
                                ("verdict", "contested"),
                                models.Q(("resolution", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="lineresponse_resolved_by_a_person",
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="lineresponse",
                    trigger=pgtrigger.compiler.Trigger(
                        name="never_removed",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                            hash="464cb3ac3f1457dc287f4f24c5eae1f9db6d1633",
                            operation="DELETE",
                            pgid="pgtrigger_never_removed_d4789",
                            table="readiness_lineresponse",
                            when="BEFORE",
                        ),
                    ),
                ),
            ]
        ),
        migrations.RunSQL(RIGHTS, migrations.RunSQL.noop),
    ]
