"""The tables of importer, each with its constraints, indexes and triggers."""

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
                    name='Upload',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
                        ('version', models.PositiveIntegerField(default=0, editable=False)),
                        ('state_since', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                        ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        ('target', models.CharField(help_text='The slug of a registered target.', max_length=60)),
                        ('state', models.CharField(choices=[('uploaded', 'columns to confirm'), ('reading', 'being read'), ('ready', 'ready for approval'), ('applying', 'being applied'), ('applied', 'applied'), ('undoing', 'being undone'), ('undone', 'undone'), ('refused', 'refused'), ('discarded', 'discarded')], default='uploaded', editable=False, max_length=10)),
                        ('file', pagetojob.platform.tenants.models.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='files.file')),
                        ('form', models.CharField(help_text='UTF-8, Windows-1252, XLSX …', max_length=20)),
                        ('delimiter', models.CharField(blank=True, max_length=12)),
                        ('sheets', models.JSONField(blank=True, default=list)),
                        ('sheet', models.CharField(blank=True, max_length=200)),
                        ('heading_row', models.PositiveIntegerField(help_text='The row number shown in a spreadsheet.')),
                        ('headings', models.JSONField(default=list)),
                        ('fingerprint', models.CharField(max_length=64)),
                        ('mapping', models.JSONField(blank=True, default=dict, help_text='Columns of each field, from 1, as confirmed.')),
                        ('problem', models.TextField(blank=True, help_text='Reason why the whole file was rejected.')),
                        ('run', pagetojob.platform.tenants.models.TenantForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='runs.run')),
                        ('uploaded_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                        ('applied_at', models.DateTimeField(editable=False, null=True)),
                    ],
                    options={
                        'indexes': [models.Index(fields=['tenant', 'target', '-created_at'], name='upload_of_target')],
                        'constraints': [models.UniqueConstraint(models.F('tenant'), models.F('id'), name='upload_tenant_key'), models.CheckConstraint(condition=models.Q(('state__in', ['uploaded', 'reading', 'ready', 'applying', 'applied', 'undoing', 'undone', 'refused', 'discarded'])), name='upload_state_known'), models.CheckConstraint(condition=models.Q(('fingerprint__regex', '^[0-9a-f]{64}$')), name='upload_fingerprint_shape')],
                        'triggers': [pgtrigger.compiler.Trigger(name='state_begins', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (NEW.state <> 'uploaded' OR NEW.version <> 0)", func="\n            RAISE EXCEPTION 'a row of % begins as uploaded at version 0', TG_TABLE_NAME\n                USING ERRCODE = 'check_violation';\n        ", hash='ef609ea723954456dd0ba4138d6f7d422682b24f', operation='INSERT', pgid='pgtrigger_state_begins_c068a', table='importer_upload', when='BEFORE')), pgtrigger.compiler.Trigger(name='state_moves', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (OLD.state = ANY (ARRAY['discarded', 'refused', 'undone']::text[]) OR (OLD.state <> NEW.state AND NOT (OLD.state || '>' || NEW.state = ANY (ARRAY['applied>undoing', 'applying>applied', 'reading>discarded', 'reading>ready', 'reading>refused', 'ready>applying', 'ready>discarded', 'undoing>undone', 'uploaded>discarded', 'uploaded>reading']::text[]))) OR NEW.version <> OLD.version + (OLD.state <> NEW.state)::int)", func="\n            IF OLD.state = ANY (ARRAY['discarded', 'refused', 'undone']::text[]) AND NOT (\n                OLD.state = ANY (ARRAY[]::text[]) AND OLD.state || '>' || NEW.state = ANY (ARRAY['applied>undoing', 'applying>applied', 'reading>discarded', 'reading>ready', 'reading>refused', 'ready>applying', 'ready>discarded', 'undoing>undone', 'uploaded>discarded', 'uploaded>reading']::text[])\n                AND OLD.state_since > now() - interval '75 seconds'\n            ) THEN\n                IF to_jsonb(NEW) - ARRAY[]::text[] IS DISTINCT FROM to_jsonb(OLD) - ARRAY[]::text[] THEN\n                    RAISE EXCEPTION 'a row of % has ended as %: its facts stay', TG_TABLE_NAME, OLD.state\n                        USING ERRCODE = 'check_violation';\n                END IF;\n                RETURN NEW;\n            END IF;\n            IF OLD.state <> NEW.state AND NOT (OLD.state || '>' || NEW.state = ANY (ARRAY['applied>undoing', 'applying>applied', 'reading>discarded', 'reading>ready', 'reading>refused', 'ready>applying', 'ready>discarded', 'undoing>undone', 'uploaded>discarded', 'uploaded>reading']::text[])) THEN\n                RAISE EXCEPTION 'illegal move of %: % -> %', TG_TABLE_NAME, OLD.state, NEW.state\n                    USING ERRCODE = 'check_violation';\n            END IF;\n            IF NEW.version <> OLD.version + (OLD.state <> NEW.state)::int THEN\n                RAISE EXCEPTION 'a move of % raises its version by one, and nothing else does', TG_TABLE_NAME\n                    USING ERRCODE = 'check_violation';\n            END IF;\n            RETURN NEW;\n        ", hash='9a17e2a2396b75332d6f6ca92b39789086bc6599', operation='UPDATE', pgid='pgtrigger_state_moves_91910', table='importer_upload', when='BEFORE'))],
                    },
                ),
                migrations.CreateModel(
                    name='ColumnMapping',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
                        ('target', models.CharField(max_length=60)),
                        ('fingerprint', models.CharField(max_length=64)),
                        ('mapping', models.JSONField(default=dict)),
                        ('confirmed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('confirmed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(models.F('tenant'), models.F('target'), models.F('fingerprint'), name='column_mapping_once')],
                    },
                ),
                migrations.CreateModel(
                    name='ImportRow',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
                        ('upload', pagetojob.platform.tenants.models.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='rows', to='importer.upload')),
                        ('number', models.PositiveIntegerField(help_text='The row number shown in a spreadsheet.')),
                        ('key', models.CharField(blank=True, help_text='Key by which the target identifies rows.', max_length=250)),
                        ('other_key', models.CharField(blank=True, help_text='Second key, for targets with two.', max_length=250)),
                        ('values', models.JSONField(default=dict)),
                        ('outcome', models.CharField(choices=[('new', 'new'), ('changed', 'changed'), ('same', 'unchanged'), ('problem', 'needs review'), ('aside', 'skipped')], max_length=10)),
                        ('problem', models.CharField(blank=True, max_length=400)),
                        ('column', models.CharField(blank=True, help_text='Column with the problem.', max_length=120)),
                        ('subject_id', models.BigIntegerField(blank=True, help_text="Id of the target's row.", null=True)),
                        ('before', models.JSONField(blank=True, help_text='Content of that row before the import; null for a new row.', null=True)),
                        ('chosen', models.BooleanField(default=True, help_text='False if a person excluded the row.')),
                        ('applied', models.BooleanField(default=False)),
                    ],
                    options={
                        'indexes': [models.Index(fields=['tenant', 'upload', 'key'], name='import_row_key'), models.Index(fields=['tenant', 'upload', 'other_key'], name='import_row_other_key'), models.Index(fields=['tenant', 'upload', 'outcome', 'number'], name='import_row_outcome'), models.Index(fields=['tenant', 'upload', 'subject_id'], name='import_row_subject')],
                        'constraints': [models.UniqueConstraint(models.F('tenant'), models.F('id'), name='import_row_tenant_key'), models.UniqueConstraint(models.F('tenant'), models.F('upload'), models.F('number'), name='import_row_once'), models.CheckConstraint(condition=models.Q(('outcome__in', ['new', 'changed', 'same', 'problem', 'aside'])), name='import_row_outcome_known')],
                    },
                ),
            ],
        ),
    ]
