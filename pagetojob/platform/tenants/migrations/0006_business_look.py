"""Logos, and state, color and logo of a business."""

import uuid

import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import pagetojob.platform.tenants.models
from pagetojob.platform.postgresql.operations import Together


class Migration(migrations.Migration):
    dependencies = [
        ("tenants", "0005_lifecycle_rights"),
    ]

    operations = [
        Together(
            [
                migrations.AddField(
                    model_name="businessprofile",
                    name="color",
                    field=models.CharField(
                        blank=True, help_text="The color of buttons on the website, such as #0b5cad.", max_length=7
                    ),
                ),
                migrations.AddField(
                    model_name="businessprofile",
                    name="state",
                    field=models.CharField(blank=True, help_text="The state of the office, such as AZ.", max_length=2),
                ),
                migrations.CreateModel(
                    name="Logo",
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
                            "content_type",
                            models.CharField(choices=[("image/png", "PNG"), ("image/jpeg", "JPEG")], max_length=10),
                        ),
                        ("content", models.BinaryField()),
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
                ),
                migrations.AddField(
                    model_name="businessprofile",
                    name="logo",
                    field=pagetojob.platform.tenants.models.TenantForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.logo",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="businessprofile",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("color", ""), ("color__regex", "^#[0-9a-f]{6}$"), _connector="OR"),
                        name="business_profile_color",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="logo",
                    constraint=models.UniqueConstraint(models.F("tenant"), models.F("id"), name="logo_tenant_key"),
                ),
                migrations.AddConstraint(
                    model_name="logo",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("content_type__in", ["image/png", "image/jpeg"])), name="logo_type_known"
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="logo",
                    trigger=pgtrigger.compiler.Trigger(
                        name="append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table',"
                            " TG_TABLE_NAME;",
                            hash="2e2fb4529bc17192fca102573dca82ea67a5f72e",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_418e9",
                            table="tenants_logo",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="logo",
                    trigger=pgtrigger.compiler.Trigger(
                        name="never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'table % is append-only', TG_TABLE_NAME;",
                            hash="18d575b5119737dc4d6cbc71ba2c1bafbc3b4186",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_never_emptied_35dad",
                            table="tenants_logo",
                            when="BEFORE",
                        ),
                    ),
                ),
            ]
        )
    ]
