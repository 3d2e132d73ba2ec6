"""The tables of titanmap, each with its constraints, indexes and triggers."""

import django.contrib.postgres.functions
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
import pagetojob.platform.postgresql.operations
import pagetojob.platform.tenants.models
import pgtrigger.compiler
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('tenants', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        pagetojob.platform.postgresql.operations.CreateModels(
            models=[
                migrations.CreateModel(
                    name='TaxonomyItem',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
                        ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        ('family', models.CharField(choices=[('job type', 'job type'), ('business unit', 'business unit'), ('campaign', 'campaign'), ('zone', 'zone'), ('membership', 'membership'), ('pricebook service', 'pricebook service'), ('booking provider', 'booking provider'), ('offer', 'offer')], max_length=20)),
                        ('name', models.CharField(max_length=120)),
                        ('external_id', models.BigIntegerField(blank=True, help_text='Its ServiceTitan id, if a person or an import provided it.', null=True)),
                        ('active', models.BooleanField(default=True)),
                        ('detail', models.CharField(blank=True, max_length=200)),
                        ('zone_state', models.CharField(blank=True, choices=[('active', 'active'), ('paused', 'paused'), ('emergency only', 'emergency only'), ('expansion', 'expansion')], help_text='Set for zones only.', max_length=14)),
                        ('facts', models.JSONField(blank=True, default=dict, help_text='Prices, dates, places and synonyms; see `titanmap.facts`.')),
                        ('lowered', models.GeneratedField(db_persist=True, expression=django.db.models.functions.text.Lower('name'), output_field=models.TextField())),
                    ],
                    options={
                        'indexes': [models.Index(fields=['tenant', 'family', 'lowered'], name='taxonomy_item_by_name'), models.Index(condition=models.Q(('external_id__isnull', False)), fields=['tenant', 'family', 'external_id'], name='taxonomy_item_by_id')],
                        'constraints': [models.UniqueConstraint(models.F('tenant'), models.F('id'), name='taxonomy_item_tenant_key'), models.UniqueConstraint(models.F('tenant'), models.F('family'), models.F('name'), name='taxonomy_item_once'), models.CheckConstraint(condition=models.Q(('family__in', ['job type', 'business unit', 'campaign', 'zone', 'membership', 'pricebook service', 'booking provider', 'offer'])), name='taxonomy_family_known'), models.CheckConstraint(condition=models.Q(('zone_state', ''), models.Q(('family', 'zone'), ('zone_state__in', ['active', 'paused', 'emergency only', 'expansion'])), _connector='OR'), name='taxonomy_zone_state_of_zone')],
                    },
                ),
                migrations.CreateModel(
                    name='ShopFacts',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
                        ('facts', models.JSONField(blank=True, default=dict, help_text='See `titanmap.facts.SHOP`.')),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(models.F('tenant'), name='shop_facts_once')],
                    },
                ),
                migrations.CreateModel(
                    name='PageBinding',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
                        ('slug', models.SlugField(max_length=80)),
                        ('page_path', models.CharField(max_length=200, validators=[django.core.validators.RegexValidator('^/[a-z0-9/-]*$', 'Enter a page path such as /ac-repair-phoenix.')])),
                        ('kind', models.CharField(choices=[('service', 'service page'), ('area', 'area page'), ('offer', 'offer page'), ('campaign', 'campaign page')], default='service', max_length=10)),
                        ('label', models.CharField(help_text='Internal name of the page.', max_length=200)),
                        ('headline', models.CharField(blank=True, help_text="The page's heading, as visitors see it.", max_length=120)),
                        ('intro', models.TextField(blank=True, help_text='Introduction written for this page, in plain paragraphs.')),
                        ('job_type', pagetojob.platform.tenants.models.TenantForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='titanmap.taxonomyitem')),
                        ('business_unit', pagetojob.platform.tenants.models.TenantForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='titanmap.taxonomyitem')),
                        ('campaign', pagetojob.platform.tenants.models.TenantForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='titanmap.taxonomyitem')),
                        ('zone', pagetojob.platform.tenants.models.TenantForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='titanmap.taxonomyitem')),
                        ('pricebook_service', pagetojob.platform.tenants.models.TenantForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='titanmap.taxonomyitem')),
                        ('booking_provider', pagetojob.platform.tenants.models.TenantForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='titanmap.taxonomyitem')),
                        ('offer', pagetojob.platform.tenants.models.TenantForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='titanmap.taxonomyitem')),
                        ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                        ('version', models.PositiveIntegerField(default=1)),
                    ],
                    options={
                        'indexes': [models.Index(fields=['tenant', 'page_path', '-version'], name='page_binding_of_page')],
                        'constraints': [models.UniqueConstraint(models.F('tenant'), models.F('id'), name='page_binding_tenant_key'), models.UniqueConstraint(models.F('tenant'), models.F('slug'), models.F('version'), name='page_binding_version_once'), models.CheckConstraint(condition=models.Q(('kind__in', ['service', 'area', 'offer', 'campaign'])), name='page_binding_kind_known')],
                    },
                ),
                migrations.CreateModel(
                    name='PageDraft',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
                        ('version', models.PositiveIntegerField(default=0, editable=False)),
                        ('state_since', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                        ('slug', models.SlugField(max_length=80)),
                        ('page_path', models.CharField(max_length=200, validators=[django.core.validators.RegexValidator('^/[a-z0-9/-]*$', 'Enter a page path such as /ac-repair-phoenix.')])),
                        ('kind', models.CharField(choices=[('service', 'service page'), ('area', 'area page'), ('offer', 'offer page'), ('campaign', 'campaign page')], default='service', max_length=10)),
                        ('label', models.CharField(help_text='Internal name of the page.', max_length=200)),
                        ('headline', models.CharField(blank=True, help_text="The page's heading, as visitors see it.", max_length=120)),
                        ('intro', models.TextField(blank=True, help_text='Introduction written for this page, in plain paragraphs.')),
                        ('job_type', pagetojob.platform.tenants.models.TenantForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='titanmap.taxonomyitem')),
                        ('business_unit', pagetojob.platform.tenants.models.TenantForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='titanmap.taxonomyitem')),
                        ('campaign', pagetojob.platform.tenants.models.TenantForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='titanmap.taxonomyitem')),
                        ('zone', pagetojob.platform.tenants.models.TenantForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='titanmap.taxonomyitem')),
                        ('pricebook_service', pagetojob.platform.tenants.models.TenantForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='titanmap.taxonomyitem')),
                        ('booking_provider', pagetojob.platform.tenants.models.TenantForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='titanmap.taxonomyitem')),
                        ('offer', pagetojob.platform.tenants.models.TenantForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='titanmap.taxonomyitem')),
                        ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                        ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        ('state', models.CharField(choices=[('draft', 'draft'), ('in review', 'in review'), ('approved', 'approved'), ('set aside', 'set aside')], default='draft', editable=False, max_length=10)),
                        ('based_on', models.PositiveIntegerField(default=0, help_text='The version that the draft is based on; 0 for a new page.')),
                        ('reason', models.CharField(help_text='Reason for the change, shown to the approver.', max_length=500)),
                        ('written_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('became', models.PositiveIntegerField(editable=False, help_text='The version that the draft became.', null=True)),
                    ],
                    options={
                        'indexes': [models.Index(fields=['tenant', 'state', 'slug'], name='page_draft_of_state')],
                        'constraints': [models.UniqueConstraint(models.F('tenant'), models.F('id'), name='page_draft_tenant_key'), models.UniqueConstraint(condition=models.Q(('state__in', ('draft', 'in review'))), fields=('tenant', 'slug'), name='page_draft_open_once'), models.CheckConstraint(condition=models.Q(('kind__in', ['service', 'area', 'offer', 'campaign']), ('state__in', ['draft', 'in review', 'approved', 'set aside'])), name='page_draft_words_known'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'approved'), _negated=True), models.Q(('became__isnull', False), ('decided_by__isnull', False), models.Q(('decided_by', models.F('written_by')), _negated=True)), _connector='OR'), name='page_draft_second_person')],
                        'triggers': [pgtrigger.compiler.Trigger(name='state_begins', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (NEW.state <> 'draft' OR NEW.version <> 0)", func="\n            RAISE EXCEPTION 'a row of % begins as draft at version 0', TG_TABLE_NAME\n                USING ERRCODE = 'check_violation';\n        ", hash='bf01ac170d4834267be661ea5a8ec531d20f26a9', operation='INSERT', pgid='pgtrigger_state_begins_5f3d5', table='titanmap_pagedraft', when='BEFORE')), pgtrigger.compiler.Trigger(name='state_moves', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (OLD.state = ANY (ARRAY['approved', 'set aside']::text[]) OR (OLD.state <> NEW.state AND NOT (OLD.state || '>' || NEW.state = ANY (ARRAY['draft>in review', 'draft>set aside', 'in review>approved', 'in review>draft', 'in review>set aside']::text[]))) OR NEW.version <> OLD.version + (OLD.state <> NEW.state)::int)", func="\n            IF OLD.state = ANY (ARRAY['approved', 'set aside']::text[]) AND NOT (\n                OLD.state = ANY (ARRAY[]::text[]) AND OLD.state || '>' || NEW.state = ANY (ARRAY['draft>in review', 'draft>set aside', 'in review>approved', 'in review>draft', 'in review>set aside']::text[])\n                AND OLD.state_since > now() - interval '75 seconds'\n            ) THEN\n                IF to_jsonb(NEW) - ARRAY[]::text[] IS DISTINCT FROM to_jsonb(OLD) - ARRAY[]::text[] THEN\n                    RAISE EXCEPTION 'a row of % has ended as %: its facts stay', TG_TABLE_NAME, OLD.state\n                        USING ERRCODE = 'check_violation';\n                END IF;\n                RETURN NEW;\n            END IF;\n            IF OLD.state <> NEW.state AND NOT (OLD.state || '>' || NEW.state = ANY (ARRAY['draft>in review', 'draft>set aside', 'in review>approved', 'in review>draft', 'in review>set aside']::text[])) THEN\n                RAISE EXCEPTION 'illegal move of %: % -> %', TG_TABLE_NAME, OLD.state, NEW.state\n                    USING ERRCODE = 'check_violation';\n            END IF;\n            IF NEW.version <> OLD.version + (OLD.state <> NEW.state)::int THEN\n                RAISE EXCEPTION 'a move of % raises its version by one, and nothing else does', TG_TABLE_NAME\n                    USING ERRCODE = 'check_violation';\n            END IF;\n            RETURN NEW;\n        ", hash='08c9f87ca7e0d1a45a38a2851d55264a0afe410e', operation='UPDATE', pgid='pgtrigger_state_moves_d0702', table='titanmap_pagedraft', when='BEFORE'))],
                    },
                ),
                migrations.CreateModel(
                    name='CapacityRule',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
                        ('public_id', models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), editable=False, unique=True)),
                        ('position', models.PositiveSmallIntegerField(default=100, help_text='Lower numbers are evaluated first.')),
                        ('name', models.CharField(max_length=120)),
                        ('page_slug', models.SlugField(blank=True, help_text='Slug of one page; empty for any page.', max_length=80)),
                        ('urgency', models.CharField(blank=True, choices=[('emergency', 'Emergency: as soon as possible'), ('soon', 'In the next few days'), ('flexible', 'No hurry')], max_length=10)),
                        ('hours', models.CharField(blank=True, choices=[('', 'at any time'), ('open', 'in office hours'), ('after hours', 'after hours')], max_length=12)),
                        ('zone_state', models.CharField(blank=True, choices=[('active', 'active'), ('paused', 'paused'), ('emergency only', 'emergency only'), ('expansion', 'expansion')], max_length=14)),
                        ('day_kind', models.CharField(blank=True, choices=[('', 'on any day'), ('holiday', 'on holidays'), ('no holiday', 'on days that are not holidays')], max_length=10)),
                        ('season_from', models.CharField(blank=True, help_text='First day of the yearly season, such as 06-01.', max_length=5)),
                        ('season_to', models.CharField(blank=True, help_text='Its last day. If earlier than the first day, the season spans New Year.', max_length=5)),
                        ('primary', models.CharField(choices=[('call now', 'Call now'), ('request', 'Request the next available appointment'), ('scheduler', 'Book online')], max_length=10)),
                        ('secondary', models.CharField(blank=True, choices=[('call now', 'Call now'), ('request', 'Request the next available appointment'), ('scheduler', 'Book online')], max_length=10)),
                        ('needs_review', models.BooleanField(default=False, help_text='Dispatch reviews the request before handoff.')),
                        ('sentence', models.CharField(help_text='Explanation shown to visitors.', max_length=200)),
                        ('active', models.BooleanField(default=True)),
                    ],
                    options={
                        'ordering': ('position', 'id'),
                        'constraints': [models.UniqueConstraint(models.F('tenant'), models.F('id'), name='capacity_rule_tenant_key'), models.UniqueConstraint(models.F('tenant'), models.F('name'), name='capacity_rule_once'), models.CheckConstraint(condition=models.Q(('primary__in', ['call now', 'request', 'scheduler']), ('secondary__in', ['', 'call now', 'request', 'scheduler']), ('urgency__in', ['', 'emergency', 'soon', 'flexible']), ('hours__in', ['', 'open', 'after hours']), ('zone_state__in', ['', 'active', 'paused', 'emergency only', 'expansion'])), name='capacity_rule_words_known'), models.CheckConstraint(condition=models.Q(('day_kind__in', ['', 'holiday', 'no holiday']), models.Q(models.Q(('season_from', ''), ('season_to', '')), models.Q(('season_from__regex', '^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$'), ('season_to__regex', '^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$')), _connector='OR')), name='capacity_rule_days_known')],
                    },
                ),
            ],
        ),
    ]
