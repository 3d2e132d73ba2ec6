"""Separate what public pages show from the approved map, and record each publication."""

import uuid

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

from pagetojob.platform.postgresql.operations import Together

RIGHTS = """
CALL ptj_protect('titanmap_publication', app => 'SELECT, INSERT', operator => 'SELECT, INSERT');
"""
#: Until now public pages showed every item as it was.
PUBLISH = """
UPDATE titanmap_taxonomyitem SET published = jsonb_build_object(
    'name', name, 'detail', detail, 'active', active, 'zone_state', zone_state
) WHERE family IN ('job type', 'zone', 'offer')
"""


class Migration(migrations.Migration):
    dependencies = [
        ("tenants", "0003_second_factor_required"),
        ("titanmap", "0002_rights"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        Together(
            [
                migrations.AddField(
                    model_name="capacityrule",
                    name="pending",
                    field=models.JSONField(
                        blank=True, editable=False, help_text="Imported values that are not published yet.", null=True
                    ),
                ),
                migrations.AddField(
                    model_name="shopfacts",
                    name="pending_hours",
                    field=models.JSONField(
                        blank=True,
                        editable=False,
                        help_text="Imported office hours that are not published yet.",
                        null=True,
                    ),
                ),
                migrations.AddField(
                    model_name="taxonomyitem",
                    name="published",
                    field=models.JSONField(
                        blank=True,
                        editable=False,
                        help_text="Values that public pages show; empty until it is published.",
                        null=True,
                    ),
                ),
                migrations.CreateModel(
                    name="Publication",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        ("number", models.PositiveIntegerField()),
                        ("changes", models.JSONField(default=list)),
                        ("reason", models.CharField(max_length=500)),
                        (
                            "undoes",
                            models.PositiveIntegerField(
                                help_text="Number of the publication that this one takes back.", null=True
                            ),
                        ),
                        (
                            "published_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                        ),
                        (
                            "published_by",
                            models.ForeignKey(
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
                    ],
                    options={
                        "ordering": ("-number",),
                        "constraints": [
                            models.UniqueConstraint(models.F("tenant"), models.F("number"), name="publication_once")
                        ],
                    },
                ),
                migrations.RunSQL(RIGHTS, migrations.RunSQL.noop),
                migrations.RunSQL(PUBLISH, migrations.RunSQL.noop),
            ]
        )
    ]
