"""The tables of syncqueue, each with its constraints, indexes and triggers."""

import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
import django.db.models.lookups
import pagetojob.platform.postgresql.conditions
import pagetojob.platform.postgresql.operations
import pagetojob.platform.tenants.models
import pgtrigger.compiler
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('leads', '0001_initial'),
        ('tenants', '0001_initial'),
        ('titanmap', '0001_initial'),
        ('vault', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        pagetojob.platform.postgresql.operations.CreateModels(
            models=[
                migrations.CreateModel(
                    name='SyncItem',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
                        ('version', models.PositiveIntegerField(default=0, editable=False)),
                        ('state_since', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                        ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        ('kind', models.CharField(choices=[('business_notification', 'business notification'), ('booking_request', 'booking request'), ('visitor_confirmation', 'visitor confirmation'), ('taxonomy_import', 'taxonomy import'), ('outcome_match', 'outcome match'), ('website_update', 'website update')], max_length=24)),
                        ('dedupe_key', models.CharField(help_text='Unique per kind for items without a lead; for a lead, its reference.', max_length=80)),
                        ('lead', pagetojob.platform.tenants.models.TenantForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='sync_items', to='leads.lead')),
                        ('binding', pagetojob.platform.tenants.models.TenantForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='titanmap.pagebinding')),
                        ('source', models.CharField(blank=True, help_text='Origin of an item without a lead, such as a supplied file.', max_length=200)),
                        ('state', models.CharField(choices=[('queued', 'queued'), ('sending', 'sending'), ('retrying', 'retrying'), ('needs review', 'needs review'), ('blocked', 'blocked'), ('unknown', 'unknown'), ('delivered', 'delivered'), ('manual complete', 'manual complete'), ('cancelled', 'canceled')], default='queued', editable=False, max_length=16)),
                        ('priority', models.SmallIntegerField(default=5, help_text='Lower values are sent first.')),
                        ('attempts', models.PositiveIntegerField(default=0, editable=False)),
                        ('due_at', models.DateTimeField(help_text='Empty if not scheduled: no worker takes it.', null=True)),
                        ('lease_until', models.DateTimeField(editable=False, null=True)),
                        ('claimed_by', models.CharField(blank=True, db_default='', editable=False, help_text='The process that claimed it last; see `workers`.', max_length=80)),
                        ('envelope', models.JSONField(editable=False, null=True)),
                        ('cause', models.CharField(blank=True, editable=False, help_text='A key of `causes.CAUSES`.', max_length=40)),
                        ('external_id', models.CharField(blank=True, editable=False, max_length=320)),
                        ('error_class', models.CharField(blank=True, editable=False, max_length=16)),
                        ('last_error', models.CharField(blank=True, editable=False, max_length=300)),
                        ('missing', models.JSONField(default=list, editable=False, help_text='The missing requirements of a blocked item: [{what, holder, sentence}].')),
                        ('possibly_twice', models.BooleanField(default=False, editable=False, help_text='A notice whose earlier attempt may have arrived.')),
                        ('must_reconcile', models.BooleanField(db_default=False, default=False, editable=False, help_text='A send began and may have arrived: no resend before two lookups found nothing.')),
                        ('sent_to', models.CharField(blank=True, db_default='', editable=False, help_text='The environment of its last send.', max_length=12)),
                        ('send_began_at', models.DateTimeField(editable=False, null=True)),
                        ('looked_up', models.PositiveSmallIntegerField(db_default=0, default=0, editable=False, help_text='Lookups since that send that found nothing.')),
                        ('looked_up_at', models.DateTimeField(editable=False, null=True)),
                        ('adopted', models.BooleanField(db_default=False, default=False, editable=False, help_text='Found by a lookup, so no duplicate was created.')),
                        ('requeued_at', models.DateTimeField(editable=False, help_text='Time at which a person resent it.', null=True)),
                        ('cleared_at', models.DateTimeField(editable=False, help_text='Time at which a person completed the review that its capacity rule required.', null=True)),
                        ('resend_asked_by', models.ForeignKey(db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('ended_from', models.CharField(blank=True, editable=False, help_text='The state that an undo restores.', max_length=16)),
                        ('alarmed_at', models.DateTimeField(editable=False, help_text='Time of the alarm that the business was not notified in time.', null=True)),
                        ('done_where', models.CharField(editable=False, max_length=120, null=True)),
                        ('done_reference', models.CharField(editable=False, max_length=120, null=True)),
                        ('done_at', models.DateTimeField(editable=False, null=True)),
                        ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ],
                    options={
                        'ordering': ('-created_at', '-id'),
                        'indexes': [models.Index(django.db.models.expressions.CombinedExpression(models.F('tenant'), '+', models.Value(0)), models.F('kind'), models.F('priority'), models.F('due_at'), models.F('id'), condition=models.Q(pagetojob.platform.postgresql.conditions.IsTrue(models.Q(('state__in', ('queued', 'retrying')))), ('due_at__isnull', False)), name='sync_item_lane'), models.Index(condition=models.Q(('due_at__isnull', False), ('lease_until__isnull', True), ('state__in', ('queued', 'retrying'))), fields=['due_at', 'id'], name='sync_item_next_due'), models.Index(condition=models.Q(('kind', 'business_notification'), ('state__in', ('queued', 'sending', 'retrying', 'needs review', 'blocked', 'unknown'))), fields=['created_at', 'id'], name='sync_item_untold'), models.Index(fields=['tenant', '-created_at', '-id'], name='sync_item_tenant_newest'), models.Index(condition=models.Q(('kind__in', ('visitor_confirmation', 'taxonomy_import', 'outcome_match', 'website_update'))), fields=['kind', '-created_at', '-id'], name='sync_item_kind_newest'), models.Index(condition=models.Q(('cause__gt', ''), ('state__in', ('queued', 'sending', 'retrying', 'needs review', 'blocked', 'unknown'))), fields=['cause', '-created_at', '-id'], name='sync_item_cause_newest'), models.Index(condition=models.Q(('adopted', True)), fields=['-created_at', '-id'], name='sync_item_adopted'), models.Index(condition=models.Q(('state', 'sending')), fields=['lease_until'], name='sync_item_leased'), models.Index(fields=['-created_at', '-id'], name='sync_item_newest'), models.Index(fields=['state', '-created_at', '-id'], name='sync_item_state_newest'), models.Index(condition=models.Q(('resend_asked_by__isnull', False)), fields=['resend_asked_by'], name='sync_item_asked_by')],
                        'constraints': [models.UniqueConstraint(models.F('tenant'), models.F('id'), name='sync_item_tenant_key'), models.UniqueConstraint(models.F('tenant'), models.F('lead'), models.F('kind'), name='sync_item_of_lead_once'), models.UniqueConstraint(models.F('tenant'), models.F('kind'), models.F('dedupe_key'), condition=models.Q(('lead__isnull', True)), name='sync_item_owed_once'), models.CheckConstraint(condition=pagetojob.platform.postgresql.conditions.OneOf('state', ['queued', 'sending', 'retrying', 'needs review', 'blocked', 'unknown', 'delivered', 'manual complete', 'cancelled']), name='sync_item_state_known'), models.CheckConstraint(condition=models.Q(pagetojob.platform.postgresql.conditions.OneOf('kind', ('taxonomy_import', 'outcome_match', 'website_update')), models.Q(pagetojob.platform.postgresql.conditions.OneOf('kind', ('business_notification', 'booking_request', 'visitor_confirmation')), ('lead__isnull', False)), _connector='OR'), name='sync_item_kind_has_its_lead'), models.CheckConstraint(condition=django.db.models.lookups.Exact(models.Func('lease_until', function='num_nonnulls', output_field=models.IntegerField()), models.Case(models.When(state='sending', then=1), default=0)), name='sync_item_lease_is_sending'), models.CheckConstraint(condition=django.db.models.lookups.Exact(models.Func('done_where', 'done_reference', 'done_at', function='num_nonnulls', output_field=models.IntegerField()), models.Case(models.When(state='manual complete', then=3), default=0)), name='sync_item_done_is_manual')],
                        'triggers': [pgtrigger.compiler.Trigger(name='state_begins', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (NEW.state <> 'queued' OR NEW.version <> 0)", func="\n            RAISE EXCEPTION 'a row of % begins as queued at version 0', TG_TABLE_NAME\n                USING ERRCODE = 'check_violation';\n        ", hash='d5c8965aad0c8a0990f68256ab8c6ab2854f0b5f', operation='INSERT', pgid='pgtrigger_state_begins_5d19e', table='syncqueue_syncitem', when='BEFORE')), pgtrigger.compiler.Trigger(name='state_moves', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (OLD.state = ANY (ARRAY['cancelled', 'delivered', 'manual complete']::text[]) OR (OLD.state <> NEW.state AND NOT (OLD.state || '>' || NEW.state = ANY (ARRAY['blocked>cancelled', 'blocked>manual complete', 'blocked>queued', 'cancelled>blocked', 'cancelled>needs review', 'cancelled>unknown', 'manual complete>blocked', 'manual complete>needs review', 'manual complete>unknown', 'needs review>cancelled', 'needs review>manual complete', 'needs review>queued', 'queued>cancelled', 'queued>manual complete', 'queued>sending', 'retrying>cancelled', 'retrying>manual complete', 'retrying>sending', 'sending>blocked', 'sending>delivered', 'sending>needs review', 'sending>queued', 'sending>retrying', 'sending>unknown', 'unknown>cancelled', 'unknown>delivered', 'unknown>manual complete', 'unknown>queued']::text[]))) OR NEW.version <> OLD.version + (OLD.state <> NEW.state)::int)", func="\n            IF OLD.state = ANY (ARRAY['cancelled', 'delivered', 'manual complete']::text[]) AND NOT (\n                OLD.state = ANY (ARRAY['cancelled', 'manual complete']::text[]) AND OLD.state || '>' || NEW.state = ANY (ARRAY['blocked>cancelled', 'blocked>manual complete', 'blocked>queued', 'cancelled>blocked', 'cancelled>needs review', 'cancelled>unknown', 'manual complete>blocked', 'manual complete>needs review', 'manual complete>unknown', 'needs review>cancelled', 'needs review>manual complete', 'needs review>queued', 'queued>cancelled', 'queued>manual complete', 'queued>sending', 'retrying>cancelled', 'retrying>manual complete', 'retrying>sending', 'sending>blocked', 'sending>delivered', 'sending>needs review', 'sending>queued', 'sending>retrying', 'sending>unknown', 'unknown>cancelled', 'unknown>delivered', 'unknown>manual complete', 'unknown>queued']::text[])\n                AND OLD.state_since > now() - interval '75 seconds'\n            ) THEN\n                IF to_jsonb(NEW) - ARRAY['done_reference', 'done_where', 'envelope', 'last_error']::text[] IS DISTINCT FROM to_jsonb(OLD) - ARRAY['done_reference', 'done_where', 'envelope', 'last_error']::text[] THEN\n                    RAISE EXCEPTION 'a row of % has ended as %: its facts stay', TG_TABLE_NAME, OLD.state\n                        USING ERRCODE = 'check_violation';\n                END IF;\n                RETURN NEW;\n            END IF;\n            IF OLD.state <> NEW.state AND NOT (OLD.state || '>' || NEW.state = ANY (ARRAY['blocked>cancelled', 'blocked>manual complete', 'blocked>queued', 'cancelled>blocked', 'cancelled>needs review', 'cancelled>unknown', 'manual complete>blocked', 'manual complete>needs review', 'manual complete>unknown', 'needs review>cancelled', 'needs review>manual complete', 'needs review>queued', 'queued>cancelled', 'queued>manual complete', 'queued>sending', 'retrying>cancelled', 'retrying>manual complete', 'retrying>sending', 'sending>blocked', 'sending>delivered', 'sending>needs review', 'sending>queued', 'sending>retrying', 'sending>unknown', 'unknown>cancelled', 'unknown>delivered', 'unknown>manual complete', 'unknown>queued']::text[])) THEN\n                RAISE EXCEPTION 'illegal move of %: % -> %', TG_TABLE_NAME, OLD.state, NEW.state\n                    USING ERRCODE = 'check_violation';\n            END IF;\n            IF NEW.version <> OLD.version + (OLD.state <> NEW.state)::int THEN\n                RAISE EXCEPTION 'a move of % raises its version by one, and nothing else does', TG_TABLE_NAME\n                    USING ERRCODE = 'check_violation';\n            END IF;\n            RETURN NEW;\n        ", hash='3d6eb4c04ff8c086f094fe3cf8fad2894c6301c4', operation='UPDATE', pgid='pgtrigger_state_moves_7f76b', table='syncqueue_syncitem', when='BEFORE'))],
                    },
                ),
                migrations.CreateModel(
                    name='SyncAttempt',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('tenant', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
                        ('item', pagetojob.platform.tenants.models.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='tries', to='syncqueue.syncitem')),
                        ('claim_version', models.PositiveIntegerField()),
                        ('outcome', models.CharField(help_text='The resulting state, or `lost`.', max_length=16)),
                        ('error_class', models.CharField(blank=True, max_length=16)),
                        ('cause', models.CharField(blank=True, db_default='', help_text='A key of `causes.CAUSES`.', max_length=40)),
                        ('detail', models.CharField(blank=True, max_length=300)),
                        ('worker', models.CharField(max_length=80)),
                        ('began_at', models.DateTimeField()),
                        ('settled_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ],
                    options={
                        'ordering': ('id',),
                        'indexes': [models.Index(fields=['settled_at'], name='sync_attempt_settled')],
                        'constraints': [models.UniqueConstraint(models.F('tenant'), models.F('item'), models.F('claim_version'), name='sync_attempt_settled_once')],
                        'triggers': [pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            IF TG_OP = 'DELETE' AND current_user = 'pagetojob_owner' AND current_setting('app.purge', true) = 'on' THEN\n                RETURN OLD;\n            END IF;\n            RAISE EXCEPTION 'table % is append-only', TG_TABLE_NAME;\n        ", hash='0f7f9d4dc797ff4ca88b50e9ee15ee102b0dc2c6', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_2cfd3', table='syncqueue_syncattempt', when='BEFORE')), pgtrigger.compiler.Trigger(name='never_emptied', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'table % is append-only', TG_TABLE_NAME;", hash='8959ded65bf977cd184aa4be338636d7372b0bd7', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_never_emptied_d7168', table='syncqueue_syncattempt', when='BEFORE'))],
                    },
                ),
                migrations.CreateModel(
                    name='ItemNote',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
                        ('item', pagetojob.platform.tenants.models.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='notes', to='syncqueue.syncitem')),
                        ('author', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('text', models.CharField(max_length=2000)),
                        ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ],
                    options={
                        'ordering': ('id',),
                        'indexes': [models.Index(fields=['tenant', 'item', 'id'], name='item_note_of_item')],
                    },
                ),
                migrations.CreateModel(
                    name='SavedView',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('name', models.CharField(max_length=60)),
                        ('query', models.CharField(help_text='The filters as a query string.', max_length=400)),
                        ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ],
                    options={
                        'ordering': ('name',),
                        'constraints': [models.UniqueConstraint(models.F('user'), models.F('name'), name='saved_view_once')],
                    },
                ),
                migrations.CreateModel(
                    name='HeardBooking',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
                        ('item', pagetojob.platform.tenants.models.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='heard', to='syncqueue.syncitem')),
                        ('environment', models.CharField(choices=[('stand-in', 'stand-in'), ('integration', 'integration'), ('production', 'production')], max_length=12)),
                        ('number', models.CharField(help_text="ServiceTitan's booking number.", max_length=20)),
                        ('status', models.CharField(help_text="ServiceTitan's status; it may be one we do not know.", max_length=40)),
                        ('job', models.CharField(blank=True, help_text="ServiceTitan's number of the job created from it.", max_length=20)),
                        ('changed_at', models.DateTimeField(help_text='Time of the last change, as reported by ServiceTitan.')),
                        ('read_at', models.DateTimeField(help_text='Time of our read.')),
                        ('told_by', models.CharField(help_text='The reason for the read: an event or a poll.', max_length=8)),
                    ],
                    options={
                        'ordering': ('-read_at',),
                        'indexes': [models.Index(fields=['tenant', 'number'], name='heard_number'), models.Index(condition=models.Q(('job', ''), _negated=True), fields=['tenant', 'job'], name='heard_job')],
                        'constraints': [models.UniqueConstraint(models.F('tenant'), models.F('item'), models.F('environment'), name='heard_once'), models.CheckConstraint(condition=models.Q(('told_by__in', ('event', 'poll'))), name='heard_told_by_known'), models.CheckConstraint(condition=models.Q(('environment__in', ['stand-in', 'integration', 'production'])), name='heard_environment_known')],
                    },
                ),
                migrations.CreateModel(
                    name='HookRoute',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('public_id', models.UUIDField(editable=False, help_text='The public id of the connection.', unique=True)),
                        ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
                        ('connection', pagetojob.platform.tenants.models.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='vault.connection')),
                        ('scheme', models.CharField(choices=[('standard webhooks', 'standard webhooks'), ('hmac base64', 'hmac base64'), ('hmac hex', 'hmac hex')], max_length=20)),
                        ('signature_header', models.CharField(default='webhook-signature', max_length=60)),
                        ('timestamp_header', models.CharField(default='webhook-timestamp', max_length=60)),
                        ('id_header', models.CharField(blank=True, default='webhook-id', max_length=60)),
                        ('seconds_back', models.PositiveSmallIntegerField(default=300)),
                        ('seconds_ahead', models.PositiveSmallIntegerField(default=60)),
                        ('heartbeat_seconds', models.PositiveIntegerField(default=900, help_text='A longer silence is a gap.')),
                        ('alive_at', models.DateTimeField(editable=False, null=True)),
                        ('polled_to', models.DateTimeField(editable=False, help_text='Changes in ServiceTitan up to this time were compared with the received events.', null=True)),
                        ('poll_said', models.CharField(blank=True, db_default='', editable=False, max_length=200)),
                        ('ring', models.PositiveIntegerField(default=1, editable=False, help_text='Increases with every change of the keys or settings.')),
                        ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(models.F('connection'), name='hook_route_once'), models.UniqueConstraint(models.F('tenant'), models.F('id'), name='hook_route_tenant_key'), models.CheckConstraint(condition=models.Q(('scheme__in', ['standard webhooks', 'hmac base64', 'hmac hex'])), name='hook_scheme_known'), models.CheckConstraint(condition=models.Q(('seconds_ahead__lte', 600), ('seconds_back__gte', 1), ('seconds_back__lte', 3600)), name='hook_window_bounded'), models.CheckConstraint(condition=models.Q(('heartbeat_seconds__gte', 60), ('heartbeat_seconds__lte', 604800)), name='hook_heartbeat_bounded')],
                    },
                ),
                migrations.CreateModel(
                    name='HookKey',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
                        ('route', pagetojob.platform.tenants.models.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='keys', to='syncqueue.hookroute')),
                        ('slot', models.CharField(help_text='A kind of secret.', max_length=14)),
                        ('standing', models.CharField(choices=[('next', 'next'), ('current', 'current'), ('retired', 'retired')], max_length=8)),
                        ('fingerprint', models.CharField(max_length=40)),
                        ('kept_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        ('last_used_at', models.DateTimeField(editable=False, null=True)),
                        ('retired_at', models.DateTimeField(editable=False, null=True)),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(models.F('route'), models.F('slot'), name='hook_key_slot_once'), models.UniqueConstraint(models.F('route'), models.F('standing'), name='hook_key_standing_once'), models.CheckConstraint(condition=models.Q(('standing__in', ['next', 'current', 'retired'])), name='hook_key_standing_known'), models.CheckConstraint(condition=models.Q(models.Q(('retired_at__isnull', False), ('standing', 'retired')), models.Q(models.Q(('standing', 'retired'), _negated=True), ('retired_at__isnull', True)), _connector='OR'), name='hook_key_retired_says_when')],
                    },
                ),
                migrations.CreateModel(
                    name='QuarantinedRequest',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
                        ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        ('route', pagetojob.platform.tenants.models.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='syncqueue.hookroute')),
                        ('outcome', models.CharField(choices=[('accepted', 'accepted'), ('repeated', 'repeated'), ('unknown type', 'unknown type'), ('unsigned', 'unsigned'), ('wrong signature', 'wrong signature'), ('retired key', 'retired key'), ('stale', 'stale'), ('ahead', 'ahead'), ('bad time', 'bad time'), ('malformed', 'malformed'), ('too big', 'too big'), ('cut short', 'cut short'), ('wrong method', 'wrong method'), ('not in service', 'not in service'), ('unavailable', 'unavailable')], max_length=20)),
                        ('verified', models.BooleanField(default=False, help_text='Signed with an accepted key.')),
                        ('repeat_key', models.CharField(max_length=64, null=True)),
                        ('kind', models.CharField(blank=True, help_text='Set for a verified request without a handler.', max_length=80)),
                        ('kind_version', models.CharField(blank=True, max_length=20)),
                        ('size', models.PositiveIntegerField()),
                        ('box', models.BinaryField(help_text='Selected headers and the raw body, sealed.', null=True)),
                        ('received_at', models.DateTimeField()),
                        ('rerun_at', models.DateTimeField(editable=False, help_text='Time at which a person asked to judge it again.', null=True)),
                        ('rerun_outcome', models.CharField(blank=True, editable=False, max_length=20)),
                    ],
                    options={
                        'ordering': ('-received_at', '-id'),
                        'indexes': [models.Index(fields=['route', 'verified', '-received_at'], name='quarantine_lately'), models.Index(fields=['received_at'], name='quarantine_old')],
                        'constraints': [models.UniqueConstraint(models.F('route'), models.F('repeat_key'), name='quarantine_repeat_once'), models.CheckConstraint(condition=models.Q(models.Q(('repeat_key__isnull', False), ('verified', True)), models.Q(('repeat_key__isnull', True), ('verified', False)), _connector='OR'), name='quarantine_key_of_verified')],
                    },
                ),
                migrations.CreateModel(
                    name='InboxEvent',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
                        ('version', models.PositiveIntegerField(default=0, editable=False)),
                        ('state_since', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                        ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        ('route', pagetojob.platform.tenants.models.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='syncqueue.hookroute')),
                        ('repeat_key', models.CharField(help_text="A hash of the sender's ID, else of time and body.", max_length=64)),
                        ('kind', models.CharField(max_length=80)),
                        ('kind_version', models.CharField(max_length=20)),
                        ('record', models.CharField(blank=True, help_text='A hash of the record; empty if unknown.', max_length=64)),
                        ('occurred_at', models.DateTimeField(help_text='As reported by the sender; else the signing time.')),
                        ('signed_at', models.DateTimeField()),
                        ('received_at', models.DateTimeField()),
                        ('slot', models.CharField(help_text='The key slot it was signed with.', max_length=14)),
                        ('size', models.PositiveIntegerField()),
                        ('box', models.BinaryField(help_text='Selected headers and the raw body, sealed.', null=True)),
                        ('state', models.CharField(choices=[('queued', 'queued'), ('done', 'done'), ('superseded', 'superseded'), ('ambiguous', 'ambiguous'), ('unmatched', 'unmatched'), ('needs review', 'needs review')], default='queued', editable=False, max_length=16)),
                        ('due_at', models.DateTimeField(editable=False, null=True)),
                        ('tries', models.PositiveSmallIntegerField(default=0, editable=False)),
                        ('outcome', models.CharField(blank=True, editable=False, help_text='The result, in a sentence.', max_length=200)),
                    ],
                    options={
                        'ordering': ('-received_at', '-id'),
                        'indexes': [models.Index(condition=models.Q(('state', 'queued')), fields=['due_at', 'id'], name='inbox_due'), models.Index(fields=['route', 'record', '-occurred_at'], name='inbox_of_record'), models.Index(fields=['received_at'], name='inbox_old')],
                        'constraints': [models.UniqueConstraint(models.F('route'), models.F('repeat_key'), name='inbox_repeat_once'), models.CheckConstraint(condition=models.Q(('state__in', ['queued', 'done', 'superseded', 'ambiguous', 'unmatched', 'needs review'])), name='inbox_state_known'), models.CheckConstraint(condition=models.Q(('repeat_key__regex', '^[0-9a-f]{64}$')), name='inbox_repeat_shape')],
                        'triggers': [pgtrigger.compiler.Trigger(name='state_begins', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (NEW.state <> 'queued' OR NEW.version <> 0)", func="\n            RAISE EXCEPTION 'a row of % begins as queued at version 0', TG_TABLE_NAME\n                USING ERRCODE = 'check_violation';\n        ", hash='3fe629b66da2578e7d386d7bf21de78305c58c73', operation='INSERT', pgid='pgtrigger_state_begins_9734a', table='syncqueue_inboxevent', when='BEFORE')), pgtrigger.compiler.Trigger(name='state_moves', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (OLD.state = ANY (ARRAY['done', 'superseded']::text[]) OR (OLD.state <> NEW.state AND NOT (OLD.state || '>' || NEW.state = ANY (ARRAY['ambiguous>queued', 'needs review>queued', 'queued>ambiguous', 'queued>done', 'queued>needs review', 'queued>superseded', 'queued>unmatched', 'unmatched>queued']::text[]))) OR NEW.version <> OLD.version + (OLD.state <> NEW.state)::int)", func="\n            IF OLD.state = ANY (ARRAY['done', 'superseded']::text[]) AND NOT (\n                OLD.state = ANY (ARRAY[]::text[]) AND OLD.state || '>' || NEW.state = ANY (ARRAY['ambiguous>queued', 'needs review>queued', 'queued>ambiguous', 'queued>done', 'queued>needs review', 'queued>superseded', 'queued>unmatched', 'unmatched>queued']::text[])\n                AND OLD.state_since > now() - interval '75 seconds'\n            ) THEN\n                IF to_jsonb(NEW) - ARRAY['box']::text[] IS DISTINCT FROM to_jsonb(OLD) - ARRAY['box']::text[] THEN\n                    RAISE EXCEPTION 'a row of % has ended as %: its facts stay', TG_TABLE_NAME, OLD.state\n                        USING ERRCODE = 'check_violation';\n                END IF;\n                RETURN NEW;\n            END IF;\n            IF OLD.state <> NEW.state AND NOT (OLD.state || '>' || NEW.state = ANY (ARRAY['ambiguous>queued', 'needs review>queued', 'queued>ambiguous', 'queued>done', 'queued>needs review', 'queued>superseded', 'queued>unmatched', 'unmatched>queued']::text[])) THEN\n                RAISE EXCEPTION 'illegal move of %: % -> %', TG_TABLE_NAME, OLD.state, NEW.state\n                    USING ERRCODE = 'check_violation';\n            END IF;\n            IF NEW.version <> OLD.version + (OLD.state <> NEW.state)::int THEN\n                RAISE EXCEPTION 'a move of % raises its version by one, and nothing else does', TG_TABLE_NAME\n                    USING ERRCODE = 'check_violation';\n            END IF;\n            RETURN NEW;\n        ", hash='b5a03bbc8381fc8f16d1bcb1a30f8ad35ac25266', operation='UPDATE', pgid='pgtrigger_state_moves_5ea5f', table='syncqueue_inboxevent', when='BEFORE'))],
                    },
                ),
                migrations.CreateModel(
                    name='InboxFinding',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
                        ('route', pagetojob.platform.tenants.models.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='syncqueue.hookroute')),
                        ('kind', models.CharField(blank=True, max_length=80)),
                        ('kind_version', models.CharField(blank=True, max_length=20)),
                        ('shape', models.JSONField(help_text='Sorted paths of field names.')),
                        ('times', models.PositiveIntegerField(default=1)),
                        ('first_at', models.DateTimeField()),
                        ('last_at', models.DateTimeField()),
                    ],
                    options={
                        'ordering': ('-last_at',),
                        'constraints': [models.UniqueConstraint(models.F('route'), models.F('kind'), models.F('kind_version'), name='inbox_finding_once')],
                    },
                ),
                migrations.CreateModel(
                    name='InboxGap',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
                        ('route', pagetojob.platform.tenants.models.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='syncqueue.hookroute')),
                        ('began_at', models.DateTimeField()),
                        ('ended_at', models.DateTimeField()),
                        ('told_by', models.CharField(help_text='The end of the silence: an event, a heartbeat or a poll.', max_length=20)),
                    ],
                    options={
                        'ordering': ('-ended_at',),
                        'constraints': [models.UniqueConstraint(models.F('route'), models.F('began_at'), name='inbox_gap_once'), models.CheckConstraint(condition=models.Q(('ended_at__gt', models.F('began_at'))), name='inbox_gap_has_length')],
                    },
                ),
                migrations.CreateModel(
                    name='HookCount',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('hour', models.DateTimeField()),
                        ('route', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='syncqueue.hookroute')),
                        ('outcome', models.CharField(choices=[('accepted', 'accepted'), ('repeated', 'repeated'), ('unknown type', 'unknown type'), ('unsigned', 'unsigned'), ('wrong signature', 'wrong signature'), ('retired key', 'retired key'), ('stale', 'stale'), ('ahead', 'ahead'), ('bad time', 'bad time'), ('malformed', 'malformed'), ('too big', 'too big'), ('cut short', 'cut short'), ('wrong method', 'wrong method'), ('not in service', 'not in service'), ('unavailable', 'unavailable')], max_length=20)),
                        ('hits', models.BigIntegerField()),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('hour', 'route', 'outcome'), name='hook_count_once', nulls_distinct=False), models.CheckConstraint(condition=models.Q(('outcome__in', ['accepted', 'repeated', 'unknown type', 'unsigned', 'wrong signature', 'retired key', 'stale', 'ahead', 'bad time', 'malformed', 'too big', 'cut short', 'wrong method', 'not in service', 'unavailable'])), name='hook_outcome_known')],
                    },
                ),
                migrations.CreateModel(
                    name='IdempotencyKey',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
                        ('site_key', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.sitekey')),
                        ('key', models.CharField(max_length=200)),
                        ('request_hash', models.CharField(max_length=64)),
                        ('lead', pagetojob.platform.tenants.models.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='leads.lead')),
                        ('status', models.PositiveSmallIntegerField()),
                        ('answer', models.JSONField()),
                        ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(models.F('tenant'), models.F('site_key'), models.F('key'), name='idempotency_key_once'), models.CheckConstraint(condition=models.Q(('request_hash__regex', '^[0-9a-f]{64}$')), name='idempotency_hash_shape')],
                    },
                ),
                migrations.CreateModel(
                    name='IntakeCounter',
                    fields=[
                        ('bucket', models.CharField(max_length=64, primary_key=True, serialize=False)),
                        ('window_start', models.DateTimeField()),
                        ('hits', models.PositiveIntegerField()),
                    ],
                ),
                migrations.CreateModel(
                    name='Lane',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
                        ('kind', models.CharField(choices=[('business_notification', 'business notification'), ('booking_request', 'booking request'), ('visitor_confirmation', 'visitor confirmation'), ('taxonomy_import', 'taxonomy import'), ('outcome_match', 'outcome match'), ('website_update', 'website update')], max_length=24)),
                        ('served_at', models.DateTimeField(null=True)),
                        ('per_minute', models.PositiveIntegerField(null=True)),
                        ('tokens', models.FloatField(default=0)),
                        ('refilled_at', models.DateTimeField(null=True)),
                        ('failures', models.PositiveIntegerField(default=0, help_text='Consecutive transient errors.')),
                        ('paused_until', models.DateTimeField(null=True)),
                        ('held_at', models.DateTimeField(editable=False, null=True)),
                        ('held_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('held_reason', models.CharField(blank=True, db_default='', editable=False, max_length=500)),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(models.F('tenant'), models.F('kind'), name='lane_once'), models.CheckConstraint(condition=models.Q(('kind__in', ['business_notification', 'booking_request', 'visitor_confirmation', 'taxonomy_import', 'outcome_match', 'website_update'])), name='lane_kind_known'), models.CheckConstraint(condition=models.Q(models.Q(('held_at__isnull', True), ('held_by__isnull', True), ('held_reason', '')), models.Q(('held_at__isnull', False), ('held_by__isnull', False), models.Q(('held_reason', ''), _negated=True)), _connector='OR'), name='lane_held_by_somebody')],
                    },
                ),
                migrations.CreateModel(
                    name='LedgerDay',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
                        ('day', models.DateField()),
                        ('captured', models.PositiveIntegerField()),
                        ('delivered', models.PositiveIntegerField()),
                        ('manual_complete', models.PositiveIntegerField()),
                        ('waiting', models.PositiveIntegerField()),
                        ('excluded', models.PositiveIntegerField()),
                        ('notices_owed', models.PositiveIntegerField()),
                        ('notices_told', models.PositiveIntegerField()),
                        ('notices_told_by_hand', models.PositiveIntegerField()),
                        ('notices_waiting', models.PositiveIntegerField()),
                        ('notices_cancelled', models.PositiveIntegerField()),
                        ('counted_at', models.DateTimeField()),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(models.F('tenant'), models.F('day'), name='ledger_day_once')],
                    },
                ),
                migrations.CreateModel(
                    name='TallyHour',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('kind', models.CharField(choices=[('business_notification', 'business notification'), ('booking_request', 'booking request'), ('visitor_confirmation', 'visitor confirmation'), ('taxonomy_import', 'taxonomy import'), ('outcome_match', 'outcome match'), ('website_update', 'website update')], max_length=24)),
                        ('what', models.CharField(choices=[('outcome', 'attempts by outcome'), ('failure', 'attempts that did not deliver, by cause'), ('took', 'attempts by seconds from claim to settlement'), ('waited', 'first attempts by seconds since the item was created')], max_length=8)),
                        ('label', models.CharField(max_length=40)),
                        ('n', models.PositiveBigIntegerField()),
                        ('seconds', models.FloatField()),
                        ('hour', models.DateTimeField()),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(models.F('hour'), models.F('kind'), models.F('what'), models.F('label'), name='tally_hour_once')],
                    },
                ),
                migrations.CreateModel(
                    name='TallyDay',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('kind', models.CharField(choices=[('business_notification', 'business notification'), ('booking_request', 'booking request'), ('visitor_confirmation', 'visitor confirmation'), ('taxonomy_import', 'taxonomy import'), ('outcome_match', 'outcome match'), ('website_update', 'website update')], max_length=24)),
                        ('what', models.CharField(choices=[('outcome', 'attempts by outcome'), ('failure', 'attempts that did not deliver, by cause'), ('took', 'attempts by seconds from claim to settlement'), ('waited', 'first attempts by seconds since the item was created')], max_length=8)),
                        ('label', models.CharField(max_length=40)),
                        ('n', models.PositiveBigIntegerField()),
                        ('seconds', models.FloatField()),
                        ('day', models.DateField()),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(models.F('day'), models.F('kind'), models.F('what'), models.F('label'), name='tally_day_once')],
                    },
                ),
                migrations.CreateModel(
                    name='TallyTotal',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('kind', models.CharField(choices=[('business_notification', 'business notification'), ('booking_request', 'booking request'), ('visitor_confirmation', 'visitor confirmation'), ('taxonomy_import', 'taxonomy import'), ('outcome_match', 'outcome match'), ('website_update', 'website update')], max_length=24)),
                        ('what', models.CharField(choices=[('outcome', 'attempts by outcome'), ('failure', 'attempts that did not deliver, by cause'), ('took', 'attempts by seconds from claim to settlement'), ('waited', 'first attempts by seconds since the item was created')], max_length=8)),
                        ('label', models.CharField(max_length=40)),
                        ('n', models.PositiveBigIntegerField()),
                        ('seconds', models.FloatField()),
                        ('counted_until', models.DateTimeField()),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(models.F('kind'), models.F('what'), models.F('label'), name='tally_total_once')],
                    },
                ),
                migrations.CreateModel(
                    name='OpenCount',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('state', models.CharField(choices=[('queued', 'queued'), ('sending', 'sending'), ('retrying', 'retrying'), ('needs review', 'needs review'), ('blocked', 'blocked'), ('unknown', 'unknown'), ('delivered', 'delivered'), ('manual complete', 'manual complete'), ('cancelled', 'canceled')], max_length=16)),
                        ('kind', models.CharField(choices=[('business_notification', 'business notification'), ('booking_request', 'booking request'), ('visitor_confirmation', 'visitor confirmation'), ('taxonomy_import', 'taxonomy import'), ('outcome_match', 'outcome match'), ('website_update', 'website update')], max_length=24)),
                        ('n', models.PositiveBigIntegerField()),
                        ('counted_at', models.DateTimeField()),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(models.F('state'), models.F('kind'), name='open_count_once')],
                    },
                ),
            ],
        ),
    ]
