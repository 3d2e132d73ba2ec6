"""The tables of audit, each with its constraints, indexes and triggers."""

import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.datetime
import pagetojob.platform.postgresql.operations
import pgtrigger.compiler
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
                    name='AuditEntry',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                        ('tenant', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
                        ('actor', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('actor_label', models.CharField(help_text="The person's role, or the machine's name.", max_length=60)),
                        ('action', models.CharField(help_text='A dotted name, such as syncqueue.manual_complete.', max_length=60)),
                        ('subject', models.CharField(help_text='Kind and public id of the row acted on.', max_length=120)),
                        ('reason', models.TextField()),
                        ('changes', models.JSONField(default=dict, help_text='Field name to [before, after].')),
                        ('request_id', models.CharField(blank=True, max_length=36)),
                    ],
                    options={
                        'ordering': ('-id',),
                        'indexes': [models.Index(fields=['tenant', '-id'], name='audit_of_tenant'), models.Index(fields=['subject', '-id'], name='audit_of_subject'), models.Index(fields=['actor', '-id'], name='audit_of_actor'), models.Index(fields=['action', '-id'], name='audit_of_action'), django.contrib.postgres.indexes.BrinIndex(fields=['at'], name='audit_at', pages_per_range=32)],
                        'triggers': [pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            IF TG_OP = 'DELETE' AND current_user = 'pagetojob_owner' AND current_setting('app.purge', true) = 'on' THEN\n                RETURN OLD;\n            END IF;\n            RAISE EXCEPTION 'table % is append-only', TG_TABLE_NAME;\n        ", hash='afbc6f4046bd23969ae3024555a866fa7b911393', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_6cfb3', table='audit_auditentry', when='BEFORE')), pgtrigger.compiler.Trigger(name='never_emptied', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'table % is append-only', TG_TABLE_NAME;", hash='3f3fb7bf84dffb21d0c6ecca04635b1fc0d0641e', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_never_emptied_09ce4', table='audit_auditentry', when='BEFORE'))],
                    },
                ),
                migrations.CreateModel(
                    name='RowChange',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                        ('table', models.CharField(max_length=63)),
                        ('row', models.BigIntegerField(help_text='Primary key of the row.')),
                        ('operation', models.CharField(choices=[('INSERT', 'INSERT'), ('UPDATE', 'UPDATE'), ('DELETE', 'DELETE')], max_length=6)),
                        ('before', models.JSONField(help_text='The complete row before the change; empty for a new row.', null=True)),
                        ('after', models.JSONField(help_text='The complete row after the change; empty for a removed row.', null=True)),
                        ('actor', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'ordering': ('-id',),
                        'indexes': [models.Index(fields=['table', 'row', '-id'], name='rowchange_of_row')],
                        'triggers': [pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            IF TG_OP = 'DELETE' AND current_user = 'pagetojob_owner' AND current_setting('app.purge', true) = 'on' THEN\n                RETURN OLD;\n            END IF;\n            RAISE EXCEPTION 'table % is append-only', TG_TABLE_NAME;\n        ", hash='a163f40184080882b42420725ed3e68b81f6af4b', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_6dd27', table='audit_rowchange', when='BEFORE')), pgtrigger.compiler.Trigger(name='never_emptied', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'table % is append-only', TG_TABLE_NAME;", hash='245e316cafc17ea21b7ed5d4780513ff82198eaf', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_never_emptied_20587', table='audit_rowchange', when='BEFORE'))],
                    },
                ),
                migrations.CreateModel(
                    name='AuditSeal',
                    fields=[
                        ('number', models.BigIntegerField(help_text='Position in the global chain, from 1, without gaps.', primary_key=True, serialize=False)),
                        ('log', models.CharField(choices=[('act', 'act'), ('row', 'change of a row')], max_length=3)),
                        ('line', models.BigIntegerField(help_text='Primary key of the AuditEntry or RowChange.')),
                        ('tenant', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
                        ('place', models.BigIntegerField(help_text="Position in the tenant's log, from 1, without gaps.")),
                        ('line_hash', models.CharField(max_length=64)),
                        ('place_hash', models.CharField(max_length=64)),
                        ('hash', models.CharField(max_length=64)),
                        ('sealed_at', models.DateTimeField()),
                    ],
                    options={
                        'ordering': ('-number',),
                        'indexes': [models.Index(fields=['log', '-number'], name='audit_seal_of_log')],
                        'constraints': [models.UniqueConstraint(models.F('log'), models.F('line'), name='audit_seal_once'), models.UniqueConstraint(fields=('tenant', 'place'), name='audit_seal_place_once', nulls_distinct=False), models.CheckConstraint(condition=models.Q(('number__gt', 0), ('place__gt', 0)), name='audit_seal_from_one')],
                        'triggers': [pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='58497631d50c091587f7dcd41f2a458611cec2af', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_3a3ab', table='audit_auditseal', when='BEFORE')), pgtrigger.compiler.Trigger(name='never_emptied', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'table % is append-only', TG_TABLE_NAME;", hash='55102572f58bbecd4718345de149cf34b7418763', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_never_emptied_11b17', table='audit_auditseal', when='BEFORE'))],
                    },
                ),
                migrations.CreateModel(
                    name='AuditPurge',
                    fields=[
                        ('up_to', models.BigIntegerField(help_text='Number of the last seal whose line is gone.', primary_key=True, serialize=False)),
                        ('before', models.DateTimeField(help_text='Lines older than this were removed.')),
                        ('reason', models.TextField()),
                        ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ],
                    options={
                        'ordering': ('-up_to',),
                        'triggers': [pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='a8c032f550003058310984c5cb13a4ae0d0948e4', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_d77ca', table='audit_auditpurge', when='BEFORE')), pgtrigger.compiler.Trigger(name='never_emptied', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'table % is append-only', TG_TABLE_NAME;", hash='b0cd5bc15c874a4b08bbd18a465391fb52e34c55', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_never_emptied_a8d93', table='audit_auditpurge', when='BEFORE'))],
                    },
                ),
                migrations.CreateModel(
                    name='AuditCheck',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                        ('first', models.BigIntegerField(help_text='Number of the first seal checked.')),
                        ('last', models.BigIntegerField(help_text='Number of the last seal checked.')),
                        ('whole', models.BooleanField(help_text='True if the check reached the end of the chain.')),
                        ('found', models.JSONField(default=list, help_text='Each finding: kind, number, line, sentence.')),
                    ],
                    options={
                        'ordering': ('-id',),
                        'triggers': [pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='56e9b87950a7b95d1a602b6621734dfe2a5de3fc', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_5504a', table='audit_auditcheck', when='BEFORE')), pgtrigger.compiler.Trigger(name='never_emptied', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'table % is append-only', TG_TABLE_NAME;", hash='9933c85e86e2589f33a55639a5be0e49379c5e6c', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_never_emptied_f9780', table='audit_auditcheck', when='BEFORE'))],
                    },
                ),
            ],
        ),
    ]
