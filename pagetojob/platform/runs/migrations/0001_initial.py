"""The tables of runs, each with its constraints, indexes and triggers."""

import django.db.models.deletion
import django.db.models.functions.datetime
import pagetojob.platform.postgresql.operations
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
                    name='Run',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
                        ('version', models.PositiveIntegerField(default=0, editable=False)),
                        ('state_since', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                        ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        ('kind', models.CharField(max_length=60)),
                        ('state', models.CharField(choices=[('queued', 'queued'), ('running', 'running'), ('done', 'done'), ('failed', 'failed'), ('cancelled', 'cancelled')], default='queued', editable=False, max_length=10)),
                        ('params', models.JSONField(default=dict)),
                        ('cursor', models.JSONField(editable=False, null=True)),
                        ('done', models.PositiveBigIntegerField(default=0, editable=False)),
                        ('total', models.PositiveBigIntegerField(editable=False, null=True)),
                        ('error', models.TextField(blank=True, editable=False)),
                        ('workers_lost', models.PositiveSmallIntegerField(default=0, editable=False, help_text='Number of workers that died at the current step.')),
                        ('lease_until', models.DateTimeField(editable=False, null=True)),
                        ('asked_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ],
                    options={
                        'indexes': [models.Index(condition=models.Q(('state__in', ('queued', 'running'))), fields=['created_at', 'id'], name='run_open')],
                        'constraints': [models.UniqueConstraint(models.F('tenant'), models.F('id'), name='run_tenant_key'), models.UniqueConstraint(condition=models.Q(('state__in', ('queued', 'running'))), fields=('tenant', 'kind'), name='run_open_once'), models.CheckConstraint(condition=models.Q(('state__in', ['queued', 'running', 'done', 'failed', 'cancelled'])), name='run_state_known'), models.CheckConstraint(condition=models.Q(models.Q(('lease_until__isnull', False), ('state', 'running')), models.Q(models.Q(('state', 'running'), _negated=True), ('lease_until__isnull', True)), _connector='OR'), name='run_lease_is_running')],
                        'triggers': [pgtrigger.compiler.Trigger(name='state_begins', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (NEW.state <> 'queued' OR NEW.version <> 0)", func="\n            RAISE EXCEPTION 'a row of % begins as queued at version 0', TG_TABLE_NAME\n                USING ERRCODE = 'check_violation';\n        ", hash='a9fbb22514c430fb4ddeadd36948c005d5348134', operation='INSERT', pgid='pgtrigger_state_begins_65d08', table='runs_run', when='BEFORE')), pgtrigger.compiler.Trigger(name='state_moves', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (OLD.state = ANY (ARRAY['cancelled', 'done']::text[]) OR (OLD.state <> NEW.state AND NOT (OLD.state || '>' || NEW.state = ANY (ARRAY['failed>queued', 'queued>cancelled', 'queued>running', 'running>cancelled', 'running>done', 'running>failed', 'running>queued']::text[]))) OR NEW.version <> OLD.version + (OLD.state <> NEW.state)::int)", func="\n            IF OLD.state = ANY (ARRAY['cancelled', 'done']::text[]) AND NOT (\n                OLD.state = ANY (ARRAY[]::text[]) AND OLD.state || '>' || NEW.state = ANY (ARRAY['failed>queued', 'queued>cancelled', 'queued>running', 'running>cancelled', 'running>done', 'running>failed', 'running>queued']::text[])\n                AND OLD.state_since > now() - interval '75 seconds'\n            ) THEN\n                IF to_jsonb(NEW) - ARRAY['params']::text[] IS DISTINCT FROM to_jsonb(OLD) - ARRAY['params']::text[] THEN\n                    RAISE EXCEPTION 'a row of % has ended as %: its facts stay', TG_TABLE_NAME, OLD.state\n                        USING ERRCODE = 'check_violation';\n                END IF;\n                RETURN NEW;\n            END IF;\n            IF OLD.state <> NEW.state AND NOT (OLD.state || '>' || NEW.state = ANY (ARRAY['failed>queued', 'queued>cancelled', 'queued>running', 'running>cancelled', 'running>done', 'running>failed', 'running>queued']::text[])) THEN\n                RAISE EXCEPTION 'illegal move of %: % -> %', TG_TABLE_NAME, OLD.state, NEW.state\n                    USING ERRCODE = 'check_violation';\n            END IF;\n            IF NEW.version <> OLD.version + (OLD.state <> NEW.state)::int THEN\n                RAISE EXCEPTION 'a move of % raises its version by one, and nothing else does', TG_TABLE_NAME\n                    USING ERRCODE = 'check_violation';\n            END IF;\n            RETURN NEW;\n        ", hash='ad816365e184db757dd0ba6443e8d4ca4e627f97', operation='UPDATE', pgid='pgtrigger_state_moves_658c6', table='runs_run', when='BEFORE'))],
                    },
                ),
                migrations.CreateModel(
                    name='ScheduledTask',
                    fields=[
                        ('name', models.CharField(max_length=60, primary_key=True, serialize=False)),
                        ('due_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        ('last_woken_at', models.DateTimeField(null=True)),
                        ('last_finished_at', models.DateTimeField(null=True)),
                    ],
                ),
            ],
        ),
    ]
