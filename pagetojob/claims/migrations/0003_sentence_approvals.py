"""Add the approvals of sentences on gated topics. Staff request and approve them; nothing else changes."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

from pagetojob.platform.postgresql.operations import Together

GRANT = """
GRANT INSERT, UPDATE (approved_by_id, approved_at, expires_on) ON claims_sentenceapproval TO pagetojob_app
"""


class Migration(migrations.Migration):
    dependencies = [
        ("claims", "0002_rights"),
        ("tenants", "0002_rights"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        Together(
            [
                migrations.CreateModel(
                    name="SentenceApproval",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("digest", models.CharField(editable=False, max_length=64, unique=True)),
                        ("claim", models.CharField(editable=False, max_length=60)),
                        (
                            "sentence",
                            models.TextField(help_text="The sentence as readers will see it."),
                        ),
                        (
                            "requested_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                        ),
                        ("approved_at", models.DateTimeField(editable=False, null=True)),
                        ("expires_on", models.DateField(editable=False, null=True, verbose_name="last day")),
                        (
                            "approved_by",
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
                            "requested_by",
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
                        "ordering": ("-requested_at", "-id"),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("digest__regex", "^[0-9a-f]{64}$")), name="approval_digest"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("sentence", ""), _negated=True), name="approval_filled"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("approved_at", None), ("approved_by", None), ("expires_on", None)),
                                    models.Q(
                                        ("approved_at__isnull", False),
                                        ("approved_by__isnull", False),
                                        ("expires_on__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="approval_whole",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("approved_by", None),
                                    models.Q(("approved_by", models.F("requested_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="approval_two_people",
                            ),
                        ],
                    },
                ),
                migrations.RunSQL(GRANT, migrations.RunSQL.noop),
            ]
        )
    ]
