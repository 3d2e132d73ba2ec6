"""The tables of drift, each with its constraints, indexes and triggers."""

import django.db.models.deletion
import django.db.models.functions.datetime
import pagetojob.platform.postgresql.operations
import pagetojob.platform.tenants.models
import pgtrigger.compiler
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('files', '0001_initial'),
        ('runs', '0001_initial'),
        ('tenants', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        pagetojob.platform.postgresql.operations.CreateModels(
            models=[
                migrations.CreateModel(
                    name='Site',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
                        ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        ('base_url', models.CharField(help_text='Base address of the site, with a final slash. Pages above it are not read.', max_length=300)),
                        ('every_hours', models.PositiveSmallIntegerField(default=24, help_text='Hours between readings.')),
                        ('page_budget', models.PositiveSmallIntegerField(default=200, help_text='Maximum number of pages per reading.')),
                        ('delay_ms', models.PositiveIntegerField(default=500, help_text='Milliseconds between requests; robots.txt may require more.')),
                        ('reads_itself', models.BooleanField(default=True, help_text='The site is read on its schedule.')),
                        ('due_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), help_text='Due time of the next reading.')),
                        ('more', models.JSONField(blank=True, default=dict, help_text="Additions to the map's tables, such as prices and licenses (docs/reference/titan-map-json.md).")),
                        ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ],
                    options={
                        'indexes': [models.Index(condition=models.Q(('reads_itself', True)), fields=['due_at'], name='drift_site_due')],
                        'constraints': [models.UniqueConstraint(models.F('tenant'), models.F('id'), name='drift_site_tenant_key'), models.UniqueConstraint(models.F('tenant'), name='drift_site_once'), models.CheckConstraint(condition=models.Q(('base_url__endswith', '/')), name='drift_site_base_is_a_folder'), models.CheckConstraint(condition=models.Q(('every_hours__gte', 1), ('page_budget__gte', 1), ('page_budget__lte', 2000)), name='drift_site_bounded')],
                    },
                ),
                migrations.CreateModel(
                    name='SiteReading',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
                        ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        ('site', pagetojob.platform.tenants.models.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='readings', to='drift.site')),
                        ('run', pagetojob.platform.tenants.models.TenantForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='runs.run')),
                        ('source', models.CharField(choices=[('crawl', 'read from the live site'), ('upload', 'uploaded by a person')], default='crawl', max_length=10)),
                        ('began_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                        ('ended_at', models.DateTimeField(editable=False, null=True)),
                        ('delay_ms', models.PositiveIntegerField(default=500, help_text='Delay between requests that robots.txt and the site require.')),
                        ('robots', models.TextField(blank=True, help_text="The site's robots.txt at that time; empty if it had none.")),
                        ('pages_read', models.PositiveIntegerField(default=0)),
                        ('pages_unchanged', models.PositiveIntegerField(default=0)),
                        ('pages_not_read', models.PositiveIntegerField(default=0)),
                        ('facts', models.PositiveIntegerField(default=0)),
                        ('findings_open', models.PositiveIntegerField(default=0)),
                        ('opened', models.PositiveIntegerField(default=0)),
                        ('reopened', models.PositiveIntegerField(default=0)),
                        ('closed', models.PositiveIntegerField(default=0)),
                        ('held_back', models.PositiveIntegerField(default=0, help_text='Findings not opened because their rule was paused.')),
                        ('not_read', models.JSONField(default=list)),
                        ('outcomes', models.JSONField(default=dict)),
                    ],
                    options={
                        'indexes': [models.Index(fields=['tenant', '-began_at', '-id'], name='drift_reading_newest')],
                        'constraints': [models.UniqueConstraint(models.F('tenant'), models.F('id'), name='drift_reading_tenant_key')],
                    },
                ),
                migrations.CreateModel(
                    name='Snapshot',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
                        ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        ('page', models.CharField(max_length=500)),
                        ('sha256', models.CharField(max_length=64)),
                        ('html', models.BinaryField(help_text='zlib')),
                        ('text', models.BinaryField(help_text='zlib')),
                        ('size', models.PositiveIntegerField()),
                        ('charset', models.CharField(blank=True, max_length=40)),
                        ('etag', models.CharField(blank=True, max_length=200)),
                        ('last_modified', models.CharField(blank=True, max_length=60)),
                        ('first_seen_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(models.F('tenant'), models.F('id'), name='drift_snapshot_tenant_key'), models.UniqueConstraint(models.F('tenant'), models.F('page'), models.F('sha256'), name='drift_snapshot_once')],
                    },
                ),
                migrations.CreateModel(
                    name='ReadingPage',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
                        ('reading', pagetojob.platform.tenants.models.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='pages', to='drift.sitereading')),
                        ('page', models.CharField(help_text='Path below the site, without a query or a final slash.', max_length=500)),
                        ('url', models.CharField(help_text='Address as given by a link, the sitemap or the map.', max_length=800)),
                        ('state', models.CharField(choices=[('waiting', 'waiting'), ('read', 'read'), ('unchanged', 'unchanged'), ('not read', 'not read'), ('gone', 'gone'), ('moved', 'moved')], default='waiting', max_length=10)),
                        ('why', models.CharField(blank=True, help_text='Reason why the page was not read.', max_length=300)),
                        ('tries', models.PositiveSmallIntegerField(default=0)),
                        ('snapshot', pagetojob.platform.tenants.models.TenantForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='drift.snapshot')),
                        ('facts', models.JSONField(default=list)),
                    ],
                    options={
                        'indexes': [models.Index(condition=models.Q(('state', 'waiting')), fields=['reading', 'id'], name='drift_page_waiting')],
                        'constraints': [models.UniqueConstraint(models.F('tenant'), models.F('id'), name='drift_reading_page_tenant_key'), models.UniqueConstraint(models.F('tenant'), models.F('reading'), models.F('page'), name='drift_reading_page_once'), models.CheckConstraint(condition=models.Q(('state__in', ['waiting', 'read', 'unchanged', 'not read', 'gone', 'moved'])), name='drift_page_state_known'), models.CheckConstraint(condition=models.Q(models.Q(('snapshot__isnull', False), ('state__in', ('read', 'unchanged'))), models.Q(models.Q(('state__in', ('read', 'unchanged')), _negated=True), ('snapshot__isnull', True)), _connector='OR'), name='drift_page_read_has_snapshot')],
                    },
                ),
                migrations.CreateModel(
                    name='Finding',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
                        ('version', models.PositiveIntegerField(default=0, editable=False)),
                        ('state_since', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                        ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        ('fingerprint', models.CharField(max_length=32)),
                        ('rule', models.CharField(max_length=40)),
                        ('harm', models.PositiveSmallIntegerField(choices=[(1, 'critical'), (2, 'high'), (3, 'medium'), (4, 'low')])),
                        ('state', models.CharField(choices=[('open', 'open'), ('asked', 'asked'), ('answered', 'answered'), ('fix agreed', 'fix agreed'), ('waived', 'waived'), ('dismissed', 'false alarm'), ('closed', 'closed')], default='open', editable=False, max_length=12)),
                        ('owner', models.CharField(choices=[('PageToJob', 'PageToJob'), ('Customer', 'Customer')], default='PageToJob', max_length=10)),
                        ('item', models.CharField(help_text='Item of the map, such as “offer: Summer Tune-Up”.', max_length=260)),
                        ('fact', models.CharField(blank=True, max_length=20)),
                        ('page', models.CharField(blank=True, help_text='Page with the clearest occurrence; empty if it is on no page.', max_length=500)),
                        ('pages', models.JSONField(default=list)),
                        ('quote', models.CharField(blank=True, max_length=400)),
                        ('selector', models.CharField(blank=True, max_length=400)),
                        ('map_value', models.CharField(blank=True, max_length=400)),
                        ('site_value', models.CharField(blank=True, max_length=400)),
                        ('recommended_fix', models.CharField(blank=True, max_length=600)),
                        ('confidence', models.FloatField(default=1.0)),
                        ('snapshot', pagetojob.platform.tenants.models.TenantForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='drift.snapshot')),
                        ('first_reading', pagetojob.platform.tenants.models.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='drift.sitereading')),
                        ('last_reading', pagetojob.platform.tenants.models.TenantForeignKey(db_constraint=False, db_index=False, help_text='Last reading that saw it.', on_delete=django.db.models.deletion.PROTECT, related_name='+', to='drift.sitereading')),
                        ('times_opened', models.PositiveIntegerField(default=1, editable=False)),
                        ('opened_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                        ('waived_until', models.DateField(null=True)),
                        ('agreed_fix', models.TextField(blank=True)),
                        ('update_item', models.UUIDField(help_text='Public id of the outbox item for the website change.', null=True)),
                        ('reminders', models.PositiveSmallIntegerField(default=0, editable=False)),
                        ('remind_at', models.DateTimeField(help_text='Time of the next reminder.', null=True)),
                        ('needs_call', models.BooleanField(default=False, help_text='Reminders had no answer, so the customer needs a call.')),
                    ],
                    options={
                        'indexes': [models.Index(fields=['harm', '-opened_at', '-id'], name='finding_worst'), models.Index(fields=['tenant', 'harm', '-opened_at', '-id'], name='finding_tenant_worst'), models.Index(fields=['rule', 'harm', '-opened_at', '-id'], name='finding_rule_worst'), models.Index(condition=models.Q(('remind_at__isnull', False)), fields=['remind_at'], name='finding_remind')],
                        'constraints': [models.UniqueConstraint(models.F('tenant'), models.F('id'), name='finding_tenant_key'), models.UniqueConstraint(models.F('tenant'), models.F('fingerprint'), name='finding_once'), models.CheckConstraint(condition=models.Q(('state__in', ['open', 'asked', 'answered', 'fix agreed', 'waived', 'dismissed', 'closed'])), name='finding_state_known'), models.CheckConstraint(condition=models.Q(('rule__in', ['wrong_emergency_phone', 'wrong_phone', 'paused_area', 'unserved_area', 'emergency_only_area', 'expired_offer', 'offer_lapsing', 'offer_mismatch', 'offer_date_mismatch', 'price_mismatch', 'retired_service_advertised', 'active_service_missing', 'inactive_campaign_page', 'membership_price_mismatch', 'membership_benefit_mismatch', 'retired_membership_advertised', 'hours_mismatch', 'license_mismatch', 'promise_not_kept'])), name='finding_rule_known'), models.CheckConstraint(condition=models.Q(('harm__in', [1, 2, 3, 4])), name='finding_harm_known'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'waived'), ('waived_until__isnull', False)), models.Q(models.Q(('state', 'waived'), _negated=True), ('waived_until__isnull', True)), _connector='OR'), name='finding_waiver_ends'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'fix agreed'), _negated=True), models.Q(('agreed_fix', ''), _negated=True), _connector='OR'), name='finding_fix_is_said')],
                        'triggers': [pgtrigger.compiler.Trigger(name='state_begins', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (NEW.state <> 'open' OR NEW.version <> 0)", func="\n            RAISE EXCEPTION 'a row of % begins as open at version 0', TG_TABLE_NAME\n                USING ERRCODE = 'check_violation';\n        ", hash='1ca6df3b248a412e4cfa115770a20af4fb936326', operation='INSERT', pgid='pgtrigger_state_begins_eb6d3', table='drift_finding', when='BEFORE')), pgtrigger.compiler.Trigger(name='state_moves', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (OLD.state = ANY (ARRAY[]::text[]) OR (OLD.state <> NEW.state AND NOT (OLD.state || '>' || NEW.state = ANY (ARRAY['answered>asked', 'answered>closed', 'answered>dismissed', 'answered>fix agreed', 'answered>open', 'answered>waived', 'asked>answered', 'asked>closed', 'asked>dismissed', 'asked>open', 'asked>waived', 'closed>open', 'dismissed>open', 'fix agreed>closed', 'fix agreed>open', 'fix agreed>waived', 'open>answered', 'open>asked', 'open>closed', 'open>dismissed', 'open>waived', 'waived>closed', 'waived>open']::text[]))) OR NEW.version <> OLD.version + (OLD.state <> NEW.state)::int)", func="\n            IF OLD.state = ANY (ARRAY[]::text[]) AND NOT (\n                OLD.state = ANY (ARRAY[]::text[]) AND OLD.state || '>' || NEW.state = ANY (ARRAY['answered>asked', 'answered>closed', 'answered>dismissed', 'answered>fix agreed', 'answered>open', 'answered>waived', 'asked>answered', 'asked>closed', 'asked>dismissed', 'asked>open', 'asked>waived', 'closed>open', 'dismissed>open', 'fix agreed>closed', 'fix agreed>open', 'fix agreed>waived', 'open>answered', 'open>asked', 'open>closed', 'open>dismissed', 'open>waived', 'waived>closed', 'waived>open']::text[])\n                AND OLD.state_since > now() - interval '75 seconds'\n            ) THEN\n                IF to_jsonb(NEW) - ARRAY[]::text[] IS DISTINCT FROM to_jsonb(OLD) - ARRAY[]::text[] THEN\n                    RAISE EXCEPTION 'a row of % has ended as %: its facts stay', TG_TABLE_NAME, OLD.state\n                        USING ERRCODE = 'check_violation';\n                END IF;\n                RETURN NEW;\n            END IF;\n            IF OLD.state <> NEW.state AND NOT (OLD.state || '>' || NEW.state = ANY (ARRAY['answered>asked', 'answered>closed', 'answered>dismissed', 'answered>fix agreed', 'answered>open', 'answered>waived', 'asked>answered', 'asked>closed', 'asked>dismissed', 'asked>open', 'asked>waived', 'closed>open', 'dismissed>open', 'fix agreed>closed', 'fix agreed>open', 'fix agreed>waived', 'open>answered', 'open>asked', 'open>closed', 'open>dismissed', 'open>waived', 'waived>closed', 'waived>open']::text[])) THEN\n                RAISE EXCEPTION 'illegal move of %: % -> %', TG_TABLE_NAME, OLD.state, NEW.state\n                    USING ERRCODE = 'check_violation';\n            END IF;\n            IF NEW.version <> OLD.version + (OLD.state <> NEW.state)::int THEN\n                RAISE EXCEPTION 'a move of % raises its version by one, and nothing else does', TG_TABLE_NAME\n                    USING ERRCODE = 'check_violation';\n            END IF;\n            RETURN NEW;\n        ", hash='7ea6ab0b721a18a4c8a166a86c3b922210c9abf8', operation='UPDATE', pgid='pgtrigger_state_moves_d52f3', table='drift_finding', when='BEFORE'))],
                    },
                ),
                migrations.CreateModel(
                    name='FindingEvent',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
                        ('finding', pagetojob.platform.tenants.models.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='events', to='drift.finding')),
                        ('what', models.CharField(choices=[('opened', 'Opened'), ('reopened', 'Reopened: seen again by a reading'), ('not looked', 'Page not read, so nothing changed'), ('asked', 'Customer asked'), ('mailed', 'Link emailed'), ('revoked', 'Link revoked'), ('reminded', 'No answer yet'), ('escalated', 'Still no answer: needs a call'), ('answered', 'Customer answered'), ('told', 'Customer answered by phone'), ('agreed', 'Fix agreed'), ('waived', 'Waived until a date'), ('waiver ended', 'Waiver ended: open again'), ('dismissed', 'Marked as a false alarm'), ('changed', 'Demo site changed'), ('taken up', 'Reopened by an operator'), ('closed', 'Closed: no longer seen by a reading')], max_length=14)),
                        ('note', models.CharField(blank=True, max_length=600)),
                        ('actor', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('reading', pagetojob.platform.tenants.models.TenantForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='drift.sitereading')),
                        ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ],
                    options={
                        'indexes': [models.Index(fields=['tenant', 'finding', 'id'], name='finding_event_of')],
                        'constraints': [models.UniqueConstraint(models.F('tenant'), models.F('id'), name='finding_event_tenant_key'), models.CheckConstraint(condition=models.Q(('what__in', ['opened', 'reopened', 'not looked', 'asked', 'mailed', 'revoked', 'reminded', 'escalated', 'answered', 'told', 'agreed', 'waived', 'waiver ended', 'dismissed', 'changed', 'taken up', 'closed'])), name='finding_event_known')],
                        'triggers': [pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='8ba7f5cd7a0fd704bcfef962a9e209f9c7e73205', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_1eb11', table='drift_findingevent', when='BEFORE')), pgtrigger.compiler.Trigger(name='never_emptied', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'table % is append-only', TG_TABLE_NAME;", hash='1705458fd14ea908a5d74459197126b33e7124d0', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_never_emptied_c48aa', table='drift_findingevent', when='BEFORE'))],
                    },
                ),
                migrations.CreateModel(
                    name='RulePause',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
                        ('rule', models.CharField(max_length=40)),
                        ('false_alarms', models.PositiveSmallIntegerField()),
                        ('judged', models.PositiveSmallIntegerField(help_text='Number of findings that people judged.')),
                        ('paused_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                        ('lifted_at', models.DateTimeField(null=True)),
                        ('lifted_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('reason', models.CharField(blank=True, max_length=300)),
                    ],
                    options={
                        'indexes': [models.Index(fields=['tenant', 'rule', '-paused_at'], name='rule_pause_newest')],
                        'constraints': [models.UniqueConstraint(condition=models.Q(('lifted_at__isnull', True)), fields=('tenant', 'rule'), name='rule_pause_once')],
                    },
                ),
                migrations.CreateModel(
                    name='ReviewLink',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
                        ('finding', pagetojob.platform.tenants.models.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='links', to='drift.finding')),
                        ('digest', models.CharField(help_text='Digest of the secret part of the link.', max_length=64, unique=True)),
                        ('made_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                        ('made_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('expires_at', models.DateTimeField()),
                        ('revoked_at', models.DateTimeField(null=True)),
                        ('used_at', models.DateTimeField(null=True)),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(models.F('tenant'), models.F('id'), name='review_link_tenant_key'), models.UniqueConstraint(condition=models.Q(('revoked_at__isnull', True), ('used_at__isnull', True)), fields=('tenant', 'finding'), name='review_link_one_at_a_time'), models.CheckConstraint(condition=models.Q(('revoked_at__isnull', True), ('used_at__isnull', True), _connector='OR'), name='review_link_one_end')],
                    },
                ),
                migrations.CreateModel(
                    name='Answer',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
                        ('finding', pagetojob.platform.tenants.models.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='answers', to='drift.finding')),
                        ('link', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='answers', to='drift.reviewlink')),
                        ('choice', models.CharField(choices=[('operations changed', 'operations changed'), ('website is right', 'the website is right'), ('both must change', 'both must change'), ('true until', 'true until a date')], max_length=20)),
                        ('until', models.DateField(null=True)),
                        ('comment', models.CharField(blank=True, max_length=1000)),
                        ('photo', pagetojob.platform.tenants.models.TenantForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='files.file')),
                        ('shown', models.JSONField(help_text='The text shown on the page: question, both values, quote and the four answers.')),
                        ('grade', models.CharField(choices=[('by link', 'answered by link'), ('told by phone', 'answered by phone')], max_length=14)),
                        ('told_by', models.CharField(blank=True, help_text='Person who gave an answer by phone.', max_length=120)),
                        ('recorded_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ],
                    options={
                        'indexes': [models.Index(fields=['tenant', 'finding', '-id'], name='answer_of')],
                        'constraints': [models.UniqueConstraint(models.F('tenant'), models.F('id'), name='answer_tenant_key'), models.UniqueConstraint(models.F('link'), name='answer_once_per_link'), models.CheckConstraint(condition=models.Q(('choice__in', ['operations changed', 'website is right', 'both must change', 'true until'])), name='answer_choice_known'), models.CheckConstraint(condition=models.Q(models.Q(('choice', 'true until'), ('until__isnull', False)), models.Q(models.Q(('choice', 'true until'), _negated=True), ('until__isnull', True)), _connector='OR'), name='answer_until_has_its_date'), models.CheckConstraint(condition=models.Q(models.Q(('grade', 'by link'), ('link__isnull', False)), models.Q(('grade', 'told by phone'), ('link__isnull', True), ('recorded_by__isnull', False), models.Q(('told_by', ''), _negated=True)), _connector='OR'), name='answer_graded_by_its_way')],
                        'triggers': [pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='9d98d34a89d69deae24070cf0e6ba88e179cc1ba', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_38c7e', table='drift_answer', when='BEFORE')), pgtrigger.compiler.Trigger(name='never_emptied', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'table % is append-only', TG_TABLE_NAME;", hash='b9f7cb7b6bb0a3c2f06103b303adcc88fe19e8a5', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_never_emptied_9f668', table='drift_answer', when='BEFORE'))],
                    },
                ),
                migrations.CreateModel(
                    name='ReviewMail',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
                        ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        ('finding', pagetojob.platform.tenants.models.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='mails', to='drift.finding')),
                        ('link', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='mails', to='drift.reviewlink')),
                        ('number', models.PositiveSmallIntegerField(default=0)),
                        ('to', models.EmailField(max_length=254)),
                        ('state', models.CharField(choices=[('owed', 'pending'), ('sent', 'accepted by the mail server'), ('refused', 'rejected by the mail server'), ('dropped', 'not sent because its link had ended')], default='owed', max_length=8)),
                        ('tries', models.PositiveSmallIntegerField(default=0)),
                        ('due_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        ('sent_at', models.DateTimeField(null=True)),
                        ('why', models.CharField(blank=True, help_text='Last response of the mail server.', max_length=300)),
                    ],
                    options={
                        'indexes': [models.Index(condition=models.Q(('state', 'owed')), fields=['due_at'], name='review_mail_due'), models.Index(fields=['tenant', 'finding', '-id'], name='review_mail_of')],
                        'constraints': [models.UniqueConstraint(models.F('tenant'), models.F('id'), name='review_mail_tenant_key'), models.UniqueConstraint(models.F('link'), models.F('number'), name='review_mail_once'), models.CheckConstraint(condition=models.Q(('state__in', ['owed', 'sent', 'refused', 'dropped'])), name='review_mail_state_known')],
                    },
                ),
                migrations.CreateModel(
                    name='DemoPage',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
                        ('path', models.CharField(help_text='Path below the site, such as “ac-repair”; empty for the home page.', max_length=200)),
                        ('html', models.TextField()),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(models.F('tenant'), models.F('path'), name='demo_page_once')],
                    },
                ),
            ],
        ),
    ]
