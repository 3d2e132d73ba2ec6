import uuid

import django.contrib.postgres.functions
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import pagetojob.platform.tenants.models

#: Tenants apart. Operators write drafts and rules, and the office's hours of a profile that is otherwise not theirs.
RIGHTS = """
CALL ptj_protect('titanmap_pagedraft',
    app => 'SELECT, INSERT, UPDATE', worker => 'SELECT', operator => 'SELECT, INSERT, UPDATE');
CALL ptj_composite_key('titanmap_pagedraft', 'job_type_id', 'titanmap_taxonomyitem');
CALL ptj_composite_key('titanmap_pagedraft', 'business_unit_id', 'titanmap_taxonomyitem');
CALL ptj_composite_key('titanmap_pagedraft', 'campaign_id', 'titanmap_taxonomyitem');
CALL ptj_composite_key('titanmap_pagedraft', 'zone_id', 'titanmap_taxonomyitem');
CALL ptj_composite_key('titanmap_pagedraft', 'pricebook_service_id', 'titanmap_taxonomyitem');
CALL ptj_composite_key('titanmap_pagedraft', 'booking_provider_id', 'titanmap_taxonomyitem');
CALL ptj_composite_key('titanmap_pagedraft', 'offer_id', 'titanmap_taxonomyitem');
GRANT INSERT, UPDATE ON titanmap_capacityrule TO pagetojob_operator;
GRANT UPDATE (hours) ON tenants_businessprofile TO pagetojob_operator;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("tenants", "0005_site_key_rights"),
        ("titanmap", "0006_facts_rights"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="PageDraft",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField(default=0, editable=False)),
                (
                    "state_since",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                ("slug", models.SlugField(max_length=80)),
                (
                    "page_path",
                    models.CharField(
                        max_length=200,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^/[a-z0-9/-]*$", "A page path is like /ac-repair-phoenix."
                            )
                        ],
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("service", "service page"),
                            ("area", "area page"),
                            ("offer", "offer page"),
                            ("campaign", "campaign page"),
                        ],
                        default="service",
                        max_length=10,
                    ),
                ),
                ("label", models.CharField(help_text="What we call the page among ourselves.", max_length=200)),
                (
                    "headline",
                    models.CharField(
                        blank=True, help_text="The page's own heading, as visitors read it.", max_length=120
                    ),
                ),
                (
                    "intro",
                    models.TextField(blank=True, help_text="What a person wrote for this page, in plain paragraphs."),
                ),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "draft"),
                            ("in review", "in review"),
                            ("approved", "approved"),
                            ("set aside", "set aside"),
                        ],
                        default="draft",
                        editable=False,
                        max_length=10,
                    ),
                ),
                (
                    "based_on",
                    models.PositiveIntegerField(default=0, help_text="The version it would follow; 0 for a first one."),
                ),
                (
                    "reason",
                    models.CharField(help_text="Why the page should change, for who approves it.", max_length=500),
                ),
                ("became", models.PositiveIntegerField(editable=False, help_text="The version it became.", null=True)),
            ],
        ),
        migrations.AddField(
            model_name="capacityrule",
            name="day_kind",
            field=models.CharField(
                blank=True,
                choices=[("", "on any day"), ("holiday", "on holidays"), ("no holiday", "on days that are no holiday")],
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="capacityrule",
            name="public_id",
            field=models.UUIDField(
                db_default=django.contrib.postgres.functions.RandomUUID(), editable=False, unique=True
            ),
        ),
        migrations.AddField(
            model_name="capacityrule",
            name="season_from",
            field=models.CharField(blank=True, help_text="First day of a season each year, like 06-01.", max_length=5),
        ),
        migrations.AddField(
            model_name="capacityrule",
            name="season_to",
            field=models.CharField(
                blank=True, help_text="Its last day; before the first, over New Year.", max_length=5
            ),
        ),
        migrations.AddConstraint(
            model_name="capacityrule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("day_kind__in", ["", "holiday", "no holiday"]),
                    models.Q(
                        models.Q(("season_from", ""), ("season_to", "")),
                        models.Q(
                            ("season_from__regex", "^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"),
                            ("season_to__regex", "^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"),
                        ),
                        _connector="OR",
                    ),
                ),
                name="capacity_rule_days_known",
            ),
        ),
        migrations.AddField(
            model_name="pagedraft",
            name="booking_provider",
            field=pagetojob.platform.tenants.models.TenantForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="titanmap.taxonomyitem",
            ),
        ),
        migrations.AddField(
            model_name="pagedraft",
            name="business_unit",
            field=pagetojob.platform.tenants.models.TenantForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="titanmap.taxonomyitem",
            ),
        ),
        migrations.AddField(
            model_name="pagedraft",
            name="campaign",
            field=pagetojob.platform.tenants.models.TenantForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="titanmap.taxonomyitem",
            ),
        ),
        migrations.AddField(
            model_name="pagedraft",
            name="decided_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="pagedraft",
            name="job_type",
            field=pagetojob.platform.tenants.models.TenantForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="titanmap.taxonomyitem",
            ),
        ),
        migrations.AddField(
            model_name="pagedraft",
            name="offer",
            field=pagetojob.platform.tenants.models.TenantForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="titanmap.taxonomyitem",
            ),
        ),
        migrations.AddField(
            model_name="pagedraft",
            name="pricebook_service",
            field=pagetojob.platform.tenants.models.TenantForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="titanmap.taxonomyitem",
            ),
        ),
        migrations.AddField(
            model_name="pagedraft",
            name="tenant",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="tenants.tenant"
            ),
        ),
        migrations.AddField(
            model_name="pagedraft",
            name="written_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="pagedraft",
            name="zone",
            field=pagetojob.platform.tenants.models.TenantForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="titanmap.taxonomyitem",
            ),
        ),
        migrations.AddIndex(
            model_name="pagedraft",
            index=models.Index(fields=["tenant", "state", "slug"], name="page_draft_of_state"),
        ),
        migrations.AddConstraint(
            model_name="pagedraft",
            constraint=models.UniqueConstraint(models.F("tenant"), models.F("id"), name="page_draft_tenant_key"),
        ),
        migrations.AddConstraint(
            model_name="pagedraft",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ("draft", "in review"))),
                fields=("tenant", "slug"),
                name="page_draft_open_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="pagedraft",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kind__in", ["service", "area", "offer", "campaign"]),
                    ("state__in", ["draft", "in review", "approved", "set aside"]),
                ),
                name="page_draft_words_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="pagedraft",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "approved"), _negated=True),
                    models.Q(
                        ("became__isnull", False),
                        ("decided_by__isnull", False),
                        models.Q(("decided_by", models.F("written_by")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="page_draft_second_person",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="pagedraft",
            trigger=pgtrigger.compiler.Trigger(
                name="state_moves",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            IF TG_OP = 'INSERT' THEN\n                IF NEW.state <> 'draft' OR NEW.version <> 0 THEN\n                    RAISE EXCEPTION 'a row of % begins as draft at version 0', TG_TABLE_NAME\n                        USING ERRCODE = 'check_violation';\n                END IF;\n                RETURN NEW;\n            END IF;\n            IF OLD.state = ANY (ARRAY['approved', 'set aside']::text[]) AND NOT (\n                OLD.state = ANY (ARRAY[]::text[]) AND OLD.state || '>' || NEW.state = ANY (ARRAY['draft>in review', 'draft>set aside', 'in review>approved', 'in review>draft', 'in review>set aside']::text[])\n                AND OLD.state_since > now() - interval '75 seconds'\n            ) THEN\n                IF to_jsonb(NEW) - ARRAY[]::text[] IS DISTINCT FROM to_jsonb(OLD) - ARRAY[]::text[] THEN\n                    RAISE EXCEPTION 'a row of % has ended as %: its facts stay', TG_TABLE_NAME, OLD.state\n                        USING ERRCODE = 'check_violation';\n                END IF;\n                RETURN NEW;\n            END IF;\n            IF OLD.state <> NEW.state AND NOT (OLD.state || '>' || NEW.state = ANY (ARRAY['draft>in review', 'draft>set aside', 'in review>approved', 'in review>draft', 'in review>set aside']::text[])) THEN\n                RAISE EXCEPTION 'illegal move of %: % -> %', TG_TABLE_NAME, OLD.state, NEW.state\n                    USING ERRCODE = 'check_violation';\n            END IF;\n            IF NEW.version <> OLD.version + (OLD.state <> NEW.state)::int THEN\n                RAISE EXCEPTION 'a move of % raises its version by one, and nothing else does', TG_TABLE_NAME\n                    USING ERRCODE = 'check_violation';\n            END IF;\n            RETURN NEW;\n        ",  # noqa: E501
                    hash="fd2c8f6738b5f5c36067f449d920ddb42f5e4b3e",
                    operation="INSERT OR UPDATE",
                    pgid="pgtrigger_state_moves_d0702",
                    table="titanmap_pagedraft",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.RunSQL(RIGHTS, migrations.RunSQL.noop),
    ]
