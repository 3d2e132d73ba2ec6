"""The tables of vault, each with its constraints, indexes and triggers."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
import pagetojob.platform.postgresql.operations
import pagetojob.platform.sealing.fields
import pagetojob.platform.tenants.models
import pgtrigger.compiler
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('files', '0001_initial'),
        ('tenants', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        pagetojob.platform.postgresql.operations.CreateModels(
            models=[
                migrations.CreateModel(
                    name='Connection',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
                        ('version', models.PositiveIntegerField(default=0, editable=False)),
                        ('state_since', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                        ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        ('environment', models.CharField(choices=[('stand-in', 'stand-in'), ('integration', 'integration'), ('production', 'production')], max_length=12)),
                        ('state', models.CharField(choices=[('not connected', 'not connected'), ('awaiting approval', 'awaiting approval'), ('authorized', 'authorized'), ('active', 'active'), ('paused', 'paused'), ('lost', 'lost'), ('disconnected', 'disconnected')], default='not connected', editable=False, max_length=18)),
                        ('servicetitan_tenant', models.CharField(blank=True, help_text='Digits, stored as text.', max_length=20, verbose_name='tenant id at ServiceTitan')),
                        ('scopes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=80), blank=True, default=list, help_text="As authorized by the customer's admin.")),
                        ('modules', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=80), blank=True, default=list, help_text='As confirmed by the customer.')),
                        ('lost_because', models.CharField(blank=True, choices=[('invalid client', 'the client ID and secret were rejected'), ('refused again and again', 'calls were rejected repeatedly'), ('scopes not accepted', 'the scopes were not accepted')], editable=False, max_length=24)),
                        ('refusals', models.PositiveSmallIntegerField(default=0, editable=False, help_text='Consecutive rejected calls since the last successful one.')),
                        ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ],
                    options={
                        'ordering': ('-id',),
                        'constraints': [models.UniqueConstraint(models.F('tenant'), models.F('id'), name='connection_tenant_key'), models.UniqueConstraint(condition=models.Q(('state', 'disconnected'), _negated=True), fields=('tenant', 'environment'), name='connection_open_once'), models.CheckConstraint(condition=models.Q(('state__in', ['not connected', 'awaiting approval', 'authorized', 'active', 'paused', 'lost', 'disconnected'])), name='connection_state_known'), models.CheckConstraint(condition=models.Q(('environment__in', ['stand-in', 'integration', 'production'])), name='connection_environment_known'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'lost'), models.Q(('lost_because', ''), _negated=True)), models.Q(models.Q(('state', 'lost'), _negated=True), ('lost_because', '')), _connector='OR'), name='connection_lost_says_why'), models.CheckConstraint(condition=models.Q(('lost_because__in', ['', 'invalid client', 'refused again and again', 'scopes not accepted'])), name='connection_lost_known'), models.CheckConstraint(condition=models.Q(('servicetitan_tenant', ''), ('servicetitan_tenant__regex', '^[0-9]{1,20}$'), _connector='OR'), name='connection_their_tenant_shape')],
                        'triggers': [pgtrigger.compiler.Trigger(name='state_begins', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (NEW.state <> 'not connected' OR NEW.version <> 0)", func="\n            RAISE EXCEPTION 'a row of % begins as not connected at version 0', TG_TABLE_NAME\n                USING ERRCODE = 'check_violation';\n        ", hash='21620e68dd1d3456705a935918688f88efbdc798', operation='INSERT', pgid='pgtrigger_state_begins_57470', table='vault_connection', when='BEFORE')), pgtrigger.compiler.Trigger(name='state_moves', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (OLD.state = ANY (ARRAY['disconnected']::text[]) OR (OLD.state <> NEW.state AND NOT (OLD.state || '>' || NEW.state = ANY (ARRAY['active>disconnected', 'active>lost', 'active>paused', 'authorized>active', 'authorized>disconnected', 'authorized>lost', 'awaiting approval>authorized', 'awaiting approval>disconnected', 'awaiting approval>not connected', 'lost>authorized', 'lost>disconnected', 'not connected>awaiting approval', 'not connected>disconnected', 'paused>active', 'paused>disconnected', 'paused>lost']::text[]))) OR NEW.version <> OLD.version + (OLD.state <> NEW.state)::int)", func="\n            IF OLD.state = ANY (ARRAY['disconnected']::text[]) AND NOT (\n                OLD.state = ANY (ARRAY[]::text[]) AND OLD.state || '>' || NEW.state = ANY (ARRAY['active>disconnected', 'active>lost', 'active>paused', 'authorized>active', 'authorized>disconnected', 'authorized>lost', 'awaiting approval>authorized', 'awaiting approval>disconnected', 'awaiting approval>not connected', 'lost>authorized', 'lost>disconnected', 'not connected>awaiting approval', 'not connected>disconnected', 'paused>active', 'paused>disconnected', 'paused>lost']::text[])\n                AND OLD.state_since > now() - interval '75 seconds'\n            ) THEN\n                IF to_jsonb(NEW) - ARRAY[]::text[] IS DISTINCT FROM to_jsonb(OLD) - ARRAY[]::text[] THEN\n                    RAISE EXCEPTION 'a row of % has ended as %: its facts stay', TG_TABLE_NAME, OLD.state\n                        USING ERRCODE = 'check_violation';\n                END IF;\n                RETURN NEW;\n            END IF;\n            IF OLD.state <> NEW.state AND NOT (OLD.state || '>' || NEW.state = ANY (ARRAY['active>disconnected', 'active>lost', 'active>paused', 'authorized>active', 'authorized>disconnected', 'authorized>lost', 'awaiting approval>authorized', 'awaiting approval>disconnected', 'awaiting approval>not connected', 'lost>authorized', 'lost>disconnected', 'not connected>awaiting approval', 'not connected>disconnected', 'paused>active', 'paused>disconnected', 'paused>lost']::text[])) THEN\n                RAISE EXCEPTION 'illegal move of %: % -> %', TG_TABLE_NAME, OLD.state, NEW.state\n                    USING ERRCODE = 'check_violation';\n            END IF;\n            IF NEW.version <> OLD.version + (OLD.state <> NEW.state)::int THEN\n                RAISE EXCEPTION 'a move of % raises its version by one, and nothing else does', TG_TABLE_NAME\n                    USING ERRCODE = 'check_violation';\n            END IF;\n            RETURN NEW;\n        ", hash='00f78834b081a66e85bc4748bbacae81745811d8', operation='UPDATE', pgid='pgtrigger_state_moves_fc2bc', table='vault_connection', when='BEFORE')), pgtrigger.compiler.Trigger(name='connection_epoch', sql=pgtrigger.compiler.UpsertTriggerSql(func='\n                    UPDATE tenants_tenant SET gates_epoch = gates_epoch + 1\n                    WHERE id IN (OLD.tenant_id, NEW.tenant_id);\n                    RETURN NULL;\n                ', hash='6ec44ab929285e9a88ef45c1ec85c4e5fb8655cb', operation='INSERT OR UPDATE OR DELETE', pgid='pgtrigger_connection_epoch_09a14', table='vault_connection', when='AFTER'))],
                    },
                ),
                migrations.CreateModel(
                    name='Receipt',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
                        ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        ('connection', pagetojob.platform.tenants.models.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='receipts', to='vault.connection')),
                        ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                        ('by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('reason', models.TextField()),
                        ('state_before', models.CharField(max_length=18)),
                        ('held', models.JSONField(help_text='[{"kind", "fingerprint", "kept_at"}] of each secret that was held.')),
                        ('keys_destroyed', models.JSONField(help_text='[{"key", "generation", "wrapped_by"}] of each data key.')),
                        ('backups_end_on', models.DateField(help_text='Last day on which a backup may still contain the sealed bytes.')),
                        ('revocation', models.CharField(choices=[('confirmed', 'confirmed by a person'), ('unsupported', 'cannot be done from here'), ('unknown', 'not known')], max_length=12)),
                        ('revoked_at', models.DateTimeField(null=True)),
                        ('revoked_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('features', models.JSONField(help_text='[{"flag", "title", "manual_mode"}] of each feature that needs a connection.')),
                        ('to_do', models.JSONField(help_text='Instructions for the customer, as sentences.')),
                    ],
                    options={
                        'ordering': ('-id',),
                        'constraints': [models.UniqueConstraint(models.F('tenant'), models.F('id'), name='receipt_tenant_key'), models.UniqueConstraint(models.F('connection'), name='receipt_once'), models.CheckConstraint(condition=models.Q(('revocation__in', ['confirmed', 'unsupported', 'unknown'])), name='receipt_revocation_known'), models.CheckConstraint(condition=models.Q(models.Q(('revocation', 'confirmed'), ('revoked_at__isnull', False), ('revoked_by__isnull', False)), models.Q(models.Q(('revocation', 'confirmed'), _negated=True), ('revoked_at__isnull', True), ('revoked_by__isnull', True)), _connector='OR'), name='receipt_revocation_whole'), models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='receipt_says_why')],
                        'triggers': [pgtrigger.compiler.Trigger(name='receipt_keeps_its_facts', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n                    IF to_jsonb(NEW) - ARRAY['revocation', 'revoked_at', 'revoked_by_id']\n                        IS DISTINCT FROM to_jsonb(OLD) - ARRAY['revocation', 'revoked_at', 'revoked_by_id']\n                        OR OLD.revocation = 'confirmed' THEN\n                        RAISE EXCEPTION 'a receipt stays as it is; its revocation is confirmed once'\n                            USING ERRCODE = 'check_violation';\n                    END IF;\n                    RETURN NEW;\n                ", hash='5451e1907076b6098ce8f6b6b120d62b6c266f71', operation='UPDATE', pgid='pgtrigger_receipt_keeps_its_facts_7db48', table='vault_receipt', when='BEFORE'))],
                    },
                ),
                migrations.CreateModel(
                    name='FollowUp',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
                        ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        ('receipt', pagetojob.platform.tenants.models.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='follow_ups', to='vault.receipt')),
                        ('step', models.CharField(choices=[('block items', 'block pending items'), ('verify fallback', 'check that requests are still received and notified'), ('tell tenant', 'notify the business by email'), ('make pdf', 'create the receipt PDF'), ('renew pdf', 'create the PDF again, with the confirmed revocation')], max_length=16)),
                        ('tries', models.PositiveSmallIntegerField(default=0)),
                        ('outcome', models.CharField(blank=True, help_text='Result, as a sentence.', max_length=300)),
                        ('done_at', models.DateTimeField(null=True)),
                        ('file', pagetojob.platform.tenants.models.TenantForeignKey(db_constraint=False, db_index=False, help_text='PDF that the step created.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='follow_ups', to='files.file')),
                    ],
                    options={
                        'ordering': ('id',),
                        'indexes': [models.Index(condition=models.Q(('done_at', None)), fields=['tenant', 'id'], name='followup_owed')],
                        'constraints': [models.UniqueConstraint(models.F('tenant'), models.F('id'), name='followup_tenant_key'), models.UniqueConstraint(models.F('receipt'), models.F('step'), name='followup_once'), models.CheckConstraint(condition=models.Q(('step__in', ['block items', 'verify fallback', 'tell tenant', 'make pdf', 'renew pdf'])), name='followup_step_known'), models.CheckConstraint(condition=models.Q(('done_at__isnull', True), models.Q(('outcome', ''), _negated=True), _connector='OR'), name='followup_says_what_came'), models.CheckConstraint(condition=models.Q(('file__isnull', True), models.Q(('done_at__isnull', False), ('step__in', ('make pdf', 'renew pdf'))), _connector='OR'), name='followup_file_of_pdf')],
                    },
                ),
                migrations.CreateModel(
                    name='DataKey',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
                        ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        ('purpose', models.CharField(choices=[('connection', 'secrets of a connection'), ('inbox', 'requests in quarantine'), ('files', 'files')], max_length=10)),
                        ('connection', pagetojob.platform.tenants.models.TenantForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='data_keys', to='vault.connection')),
                        ('generation', models.PositiveIntegerField(help_text='Sequence number per tenant, purpose and connection.')),
                        ('wrapped', pagetojob.platform.sealing.fields.SealedField(null=True)),
                        ('kek_id', models.CharField(help_text='ID of the wrapping key in the key ring.', max_length=20, verbose_name='wrapped by')),
                        ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                        ('destroyed_at', models.DateTimeField(editable=False, null=True)),
                    ],
                    options={
                        'indexes': [models.Index(condition=models.Q(('destroyed_at', None)), fields=['kek_id', 'id'], name='datakey_of_kek')],
                        'constraints': [models.UniqueConstraint(models.F('tenant'), models.F('id'), name='datakey_tenant_key'), models.UniqueConstraint(fields=('tenant', 'purpose', 'connection', 'generation'), name='datakey_generation_once', nulls_distinct=False), models.CheckConstraint(condition=models.Q(('purpose__in', ['connection', 'inbox', 'files'])), name='datakey_purpose_known'), models.CheckConstraint(condition=models.Q(models.Q(('connection__isnull', False), ('purpose', 'connection')), models.Q(models.Q(('purpose', 'connection'), _negated=True), ('connection__isnull', True)), _connector='OR'), name='datakey_of_a_connection'), models.CheckConstraint(condition=models.Q(models.Q(('destroyed_at__isnull', False), ('wrapped__isnull', True)), models.Q(('destroyed_at__isnull', True), ('wrapped__isnull', False)), _connector='OR'), name='datakey_destroyed_whole')],
                        'triggers': [pgtrigger.compiler.Trigger(name='datakey_stays_destroyed', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n    IF OLD.destroyed_at IS NOT NULL AND NEW IS DISTINCT FROM OLD THEN\n        RAISE EXCEPTION 'what was destroyed in % stays destroyed', TG_TABLE_NAME USING ERRCODE = 'check_violation';\n    END IF;\n    RETURN NEW;\n", hash='f5855a74db5cd023423660d103f1c7546abf7150', operation='UPDATE', pgid='pgtrigger_datakey_stays_destroyed_30418', table='vault_datakey', when='BEFORE'))],
                    },
                ),
                migrations.CreateModel(
                    name='Secret',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
                        ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        ('connection', pagetojob.platform.tenants.models.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='secrets', to='vault.connection')),
                        ('data_key', pagetojob.platform.tenants.models.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='secrets', to='vault.datakey')),
                        ('kind', models.CharField(choices=[('app key', 'app key'), ('client id', 'client id'), ('client secret', 'client secret'), ('access token', 'access token'), ('webhook key', 'webhook key'), ('webhook key 2', 'webhook key, second slot'), ('webhook key 3', 'webhook key, third slot')], max_length=14)),
                        ('generation', models.PositiveIntegerField(help_text='Sequence number of the values of this kind for this connection.')),
                        ('sealed', pagetojob.platform.sealing.fields.SealedField(null=True)),
                        ('fingerprint', models.CharField(help_text='Keyed hash that distinguishes values and cannot be reversed.', max_length=40)),
                        ('expires_at', models.DateTimeField(help_text='Access tokens only.', null=True)),
                        ('kept_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        ('destroyed_at', models.DateTimeField(editable=False, null=True)),
                    ],
                    options={
                        'indexes': [models.Index(fields=['data_key'], name='secret_of_key')],
                        'constraints': [models.UniqueConstraint(models.F('tenant'), models.F('id'), name='secret_tenant_key'), models.UniqueConstraint(models.F('connection'), models.F('kind'), name='secret_kind_once'), models.CheckConstraint(condition=models.Q(('kind__in', ['app key', 'client id', 'client secret', 'access token', 'webhook key', 'webhook key 2', 'webhook key 3'])), name='secret_kind_known'), models.CheckConstraint(condition=models.Q(models.Q(('destroyed_at__isnull', False), ('sealed__isnull', True)), models.Q(('destroyed_at__isnull', True), ('sealed__isnull', False)), _connector='OR'), name='secret_destroyed_whole'), models.CheckConstraint(condition=models.Q(models.Q(('expires_at__isnull', False), ('kind', 'access token')), models.Q(models.Q(('kind', 'access token'), _negated=True), ('expires_at__isnull', True)), _connector='OR'), name='secret_expiry_of_tokens'), models.CheckConstraint(condition=models.Q(('fingerprint__regex', '^hmac:[0-9a-f]{24}$')), name='secret_fingerprint')],
                        'triggers': [pgtrigger.compiler.Trigger(name='secret_stays_destroyed', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n    IF OLD.destroyed_at IS NOT NULL AND NEW IS DISTINCT FROM OLD THEN\n        RAISE EXCEPTION 'what was destroyed in % stays destroyed', TG_TABLE_NAME USING ERRCODE = 'check_violation';\n    END IF;\n    RETURN NEW;\n", hash='0abedaf114c405903a82c69acff9aa31192486e5', operation='UPDATE', pgid='pgtrigger_secret_stays_destroyed_7bc14', table='vault_secret', when='BEFORE'))],
                    },
                ),
            ],
        ),
    ]
