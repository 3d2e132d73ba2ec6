"""The lifecycle of a tenant, its public hosts, legal texts, notice recipients and preview links."""

# ruff: noqa: E501 - SQL of triggers, written by makemigrations

import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

from pagetojob.platform.postgresql.operations import Together


class Migration(migrations.Migration):
    dependencies = [
        ("tenants", "0003_second_factor_required"),
    ]

    operations = [
        Together(
            [
                migrations.CreateModel(
                    name="LegalText",
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
                            "kind",
                            models.CharField(
                                choices=[
                                    ("privacy", "Privacy policy"),
                                    ("terms", "Terms of service"),
                                    ("consent", "Consent to be contacted"),
                                ],
                                max_length=7,
                            ),
                        ),
                        ("version", models.PositiveIntegerField()),
                        ("text", models.TextField()),
                        ("published_at", models.DateTimeField(blank=True, editable=False, null=True)),
                    ],
                    options={
                        "ordering": ("kind", "-version"),
                    },
                ),
                migrations.CreateModel(
                    name="NoticeRecipient",
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
                        ("email", models.EmailField(max_length=254)),
                        ("label", models.CharField(blank=True, help_text="Such as “Front desk”.", max_length=80)),
                        ("active", models.BooleanField(default=True)),
                        ("test_due_at", models.DateTimeField(blank=True, editable=False, null=True)),
                        ("test_sent_at", models.DateTimeField(blank=True, editable=False, null=True)),
                        ("test_error", models.CharField(blank=True, editable=False, max_length=200)),
                        ("confirmed_at", models.DateTimeField(blank=True, editable=False, null=True)),
                    ],
                    options={
                        "ordering": ("pk",),
                    },
                ),
                migrations.CreateModel(
                    name="PreviewLink",
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
                        ("expires_at", models.DateTimeField()),
                        ("revoked_at", models.DateTimeField(blank=True, editable=False, null=True)),
                    ],
                    options={
                        "ordering": ("-pk",),
                    },
                ),
                migrations.CreateModel(
                    name="PublicHost",
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
                            "kind",
                            models.CharField(
                                choices=[
                                    ("path", "a path of our host"),
                                    ("subdomain", "our subdomain"),
                                    ("own domain", "their own domain"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("host", models.CharField(blank=True, max_length=253)),
                        ("skeleton", models.CharField(blank=True, editable=False, max_length=253)),
                        ("verified_at", models.DateTimeField(blank=True, editable=False, null=True)),
                    ],
                    options={
                        "ordering": ("kind", "host"),
                    },
                ),
                migrations.CreateModel(
                    name="StateChange",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("number", models.PositiveIntegerField(help_text="The tenant's version after the transition.")),
                        (
                            "before",
                            models.CharField(
                                choices=[
                                    ("draft", "Draft"),
                                    ("preview", "Preview"),
                                    ("live", "Live"),
                                    ("paused", "Paused"),
                                    ("closed", "Closed"),
                                ],
                                max_length=7,
                            ),
                        ),
                        (
                            "after",
                            models.CharField(
                                choices=[
                                    ("draft", "Draft"),
                                    ("preview", "Preview"),
                                    ("live", "Live"),
                                    ("paused", "Paused"),
                                    ("closed", "Closed"),
                                ],
                                max_length=7,
                            ),
                        ),
                        ("reason", models.TextField()),
                        (
                            "at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                        ),
                    ],
                    options={
                        "ordering": ("-number",),
                    },
                ),
                migrations.RemoveConstraint(
                    model_name="businessprofile",
                    name="business_profile_notifies",
                ),
                migrations.AddField(
                    model_name="businessprofile",
                    name="license_numbers",
                    field=models.JSONField(
                        blank=True,
                        default=list,
                        help_text='Contractor licenses: [{"label": "AZ ROC", "number": "123456"}, …].',
                    ),
                ),
                migrations.AddField(
                    model_name="businessprofile",
                    name="other_phones",
                    field=models.JSONField(
                        blank=True,
                        default=list,
                        help_text='Further numbers: [{"label": "Emergencies", "number": "(602) 555-0101"}, …].',
                    ),
                ),
                migrations.AddField(
                    model_name="businessprofile",
                    name="trades",
                    field=django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("heating", "Heating"),
                                ("cooling", "Air conditioning"),
                                ("plumbing", "Plumbing"),
                                ("electrical", "Electrical"),
                                ("roofing", "Roofing"),
                                ("garages", "Garages"),
                                ("water treatment", "Water treatment"),
                                ("pest control", "Pest control"),
                                ("landscaping", "Landscaping"),
                                ("pools", "Pools"),
                                ("chimneys", "Chimneys"),
                                ("other", "Other"),
                            ],
                            max_length=20,
                        ),
                        blank=True,
                        default=list,
                    ),
                ),
                migrations.AddField(
                    model_name="businessprofile",
                    name="unusual_phone",
                    field=models.CharField(
                        blank=True,
                        editable=False,
                        help_text="A main number that an operator confirmed although no phone network has such numbers.",
                        max_length=40,
                    ),
                ),
                migrations.AddField(
                    model_name="businessprofile",
                    name="zip",
                    field=models.CharField(
                        blank=True, help_text="Of the office.", max_length=10, verbose_name="ZIP code"
                    ),
                ),
                migrations.AddField(
                    model_name="tenant",
                    name="state",
                    field=models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("preview", "Preview"),
                            ("live", "Live"),
                            ("paused", "Paused"),
                            ("closed", "Closed"),
                        ],
                        db_default="draft",
                        default="draft",
                        editable=False,
                        max_length=7,
                    ),
                ),
                migrations.AddField(
                    model_name="tenant",
                    name="state_since",
                    field=models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                migrations.AddField(
                    model_name="tenant",
                    name="version",
                    field=models.PositiveIntegerField(db_default=0, default=0, editable=False),
                ),
                migrations.AlterField(
                    model_name="businessprofile",
                    name="phone",
                    field=models.CharField(
                        blank=True, help_text="The main number, as printed on the website.", max_length=40
                    ),
                ),
                migrations.AlterField(
                    model_name="businessprofile",
                    name="service_area",
                    field=models.CharField(blank=True, max_length=120),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="tenant",
                    trigger=pgtrigger.compiler.Trigger(
                        name="state_begins",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (NEW.state <> 'draft' OR NEW.version <> 0)",
                            func="\n            RAISE EXCEPTION 'a row of % begins as draft at version 0', TG_TABLE_NAME\n                USING ERRCODE = 'check_violation';\n        ",
                            hash="7e48679a48812a0d00ae76a0528ee7feb68f876b",
                            operation="INSERT",
                            pgid="pgtrigger_state_begins_d53a1",
                            table="tenants_tenant",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="tenant",
                    trigger=pgtrigger.compiler.Trigger(
                        name="state_moves",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.state = ANY (ARRAY['closed']::text[]) OR (OLD.state <> NEW.state AND NOT (OLD.state || '>' || NEW.state = ANY (ARRAY['draft>closed', 'draft>preview', 'live>closed', 'live>paused', 'paused>closed', 'paused>live', 'preview>closed', 'preview>live']::text[]))) OR NEW.version <> OLD.version + (OLD.state <> NEW.state)::int)",
                            func="\n            IF OLD.state = ANY (ARRAY['closed']::text[]) AND NOT (\n                OLD.state = ANY (ARRAY[]::text[]) AND OLD.state || '>' || NEW.state = ANY (ARRAY['draft>closed', 'draft>preview', 'live>closed', 'live>paused', 'paused>closed', 'paused>live', 'preview>closed', 'preview>live']::text[])\n                AND OLD.state_since > now() - interval '75 seconds'\n            ) THEN\n                IF to_jsonb(NEW) - ARRAY['gates_epoch', 'is_demo', 'name', 'second_factor_required', 'slug', 'time_zone']::text[] IS DISTINCT FROM to_jsonb(OLD) - ARRAY['gates_epoch', 'is_demo', 'name', 'second_factor_required', 'slug', 'time_zone']::text[] THEN\n                    RAISE EXCEPTION 'a row of % has ended as %: its facts stay', TG_TABLE_NAME, OLD.state\n                        USING ERRCODE = 'check_violation';\n                END IF;\n                RETURN NEW;\n            END IF;\n            IF OLD.state <> NEW.state AND NOT (OLD.state || '>' || NEW.state = ANY (ARRAY['draft>closed', 'draft>preview', 'live>closed', 'live>paused', 'paused>closed', 'paused>live', 'preview>closed', 'preview>live']::text[])) THEN\n                RAISE EXCEPTION 'illegal move of %: % -> %', TG_TABLE_NAME, OLD.state, NEW.state\n                    USING ERRCODE = 'check_violation';\n            END IF;\n            IF NEW.version <> OLD.version + (OLD.state <> NEW.state)::int THEN\n                RAISE EXCEPTION 'a move of % raises its version by one, and nothing else does', TG_TABLE_NAME\n                    USING ERRCODE = 'check_violation';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="f90dcba7a3f8a7c8ef6aa80182aeafc90954af4f",
                            operation="UPDATE",
                            pgid="pgtrigger_state_moves_67912",
                            table="tenants_tenant",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.AddConstraint(
                    model_name="businessprofile",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            (
                                "trades__contained_by",
                                [
                                    "heating",
                                    "cooling",
                                    "plumbing",
                                    "electrical",
                                    "roofing",
                                    "garages",
                                    "water treatment",
                                    "pest control",
                                    "landscaping",
                                    "pools",
                                    "chimneys",
                                    "other",
                                ],
                            )
                        ),
                        name="business_profile_trades_known",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="tenant",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("state__in", ["draft", "preview", "live", "paused", "closed"])),
                        name="tenant_state_known",
                    ),
                ),
                migrations.AddField(
                    model_name="legaltext",
                    name="tenant",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.tenant",
                    ),
                ),
                migrations.AddField(
                    model_name="noticerecipient",
                    name="tenant",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.tenant",
                    ),
                ),
                migrations.AddField(
                    model_name="previewlink",
                    name="by",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                migrations.AddField(
                    model_name="previewlink",
                    name="tenant",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.tenant",
                    ),
                ),
                migrations.AddField(
                    model_name="publichost",
                    name="tenant",
                    field=models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="public_hosts", to="tenants.tenant"
                    ),
                ),
                migrations.AddField(
                    model_name="statechange",
                    name="by",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                migrations.AddField(
                    model_name="statechange",
                    name="tenant",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.tenant",
                    ),
                ),
                migrations.RemoveField(
                    model_name="businessprofile",
                    name="notify_email",
                ),
                migrations.AddConstraint(
                    model_name="legaltext",
                    constraint=models.UniqueConstraint(
                        models.F("tenant"), models.F("kind"), models.F("version"), name="legal_text_once"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="legaltext",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("kind__in", ["privacy", "terms", "consent"])), name="legal_text_kind_known"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="legaltext",
                    constraint=models.CheckConstraint(
                        condition=models.Q(models.Q(("text", ""), _negated=True), ("version__gt", 0)),
                        name="legal_text_filled",
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="legaltext",
                    trigger=pgtrigger.compiler.Trigger(
                        name="legal_text_stays",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.published_at IS NOT NULL AND OLD.* IS DISTINCT FROM NEW.*)",
                            func="RAISE EXCEPTION 'a published legal text never changes' USING ERRCODE = 'check_violation';",
                            hash="1a79118987b6c473d974d49ca4369aef1e56df77",
                            operation="UPDATE",
                            pgid="pgtrigger_legal_text_stays_8a0c2",
                            table="tenants_legaltext",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.AddIndex(
                    model_name="noticerecipient",
                    index=models.Index(
                        models.F("test_due_at"),
                        condition=models.Q(("test_due_at__isnull", False)),
                        name="notice_test_due",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="noticerecipient",
                    constraint=models.UniqueConstraint(
                        models.F("tenant"), models.F("id"), name="notice_recipient_tenant_key"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="noticerecipient",
                    constraint=models.UniqueConstraint(
                        models.F("tenant"), django.db.models.functions.text.Lower("email"), name="notice_recipient_once"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="noticerecipient",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("email", ""), _negated=True), name="notice_recipient_filled"
                    ),
                ),
                migrations.AddIndex(
                    model_name="previewlink",
                    index=models.Index(fields=["tenant", "-id"], name="preview_link_newest"),
                ),
                migrations.AddConstraint(
                    model_name="publichost",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("host", ""), _negated=True), fields=("host",), name="public_host_once"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="publichost",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("host", ""), _negated=True),
                        fields=("skeleton",),
                        name="public_host_similar",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="publichost",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("kind", "path")), fields=("tenant",), name="public_host_one_path"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="publichost",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("host", ""), ("kind", "path"), ("skeleton", "")),
                            models.Q(
                                ("host__regex", "^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$"),
                                ("kind__in", ["subdomain", "own domain"]),
                                models.Q(("skeleton", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="public_host_of_kind",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="statechange",
                    constraint=models.UniqueConstraint(
                        models.F("tenant"), models.F("number"), name="state_change_once"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="statechange",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="state_change_has_reason"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="statechange",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("after__in", ["draft", "preview", "live", "paused", "closed"]),
                            ("before__in", ["draft", "preview", "live", "paused", "closed"]),
                        ),
                        name="state_change_known",
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="statechange",
                    trigger=pgtrigger.compiler.Trigger(
                        name="append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table',"
                            " TG_TABLE_NAME;",
                            hash="742b65b50f7de62a0e1a3a7b7780714865717f16",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_363bc",
                            table="tenants_statechange",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="statechange",
                    trigger=pgtrigger.compiler.Trigger(
                        name="never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'table % is append-only', TG_TABLE_NAME;",
                            hash="14308cb058ef449648321e85dd9220d9740721a9",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_never_emptied_e8467",
                            table="tenants_statechange",
                            when="BEFORE",
                        ),
                    ),
                ),
            ]
        )
    ]
