"""The tables of gates, each with its constraints, indexes and triggers."""

import django.contrib.postgres.fields
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
                    name='Flag',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
                        ('slug', models.CharField(choices=[('manual-titan-map', 'Manual Titan Map'), ('booking-request-fallback', 'Booking request and notification fallback'), ('manual-taxonomy-import', 'Manual taxonomy import'), ('drift-monitor', 'Drift monitor'), ('campaign-proof', 'Campaign proof'), ('connection-readiness', 'Connection readiness'), ('persisted-page-bindings', 'Stored page bindings'), ('api-taxonomy-import', 'Taxonomy import by API'), ('api-booking-sync', 'Booking handoff by API'), ('scheduler-webhooks', 'Scheduling Pro webhooks'), ('closed-loop-revenue', 'Closed-loop revenue')], max_length=60)),
                        ('wanted', models.BooleanField(default=False)),
                        ('killed', models.BooleanField(default=False)),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(models.F('tenant'), models.F('slug'), name='flag_once'), models.CheckConstraint(condition=models.Q(('slug__in', ['manual-titan-map', 'booking-request-fallback', 'manual-taxonomy-import', 'drift-monitor', 'campaign-proof', 'connection-readiness', 'persisted-page-bindings', 'api-taxonomy-import', 'api-booking-sync', 'scheduler-webhooks', 'closed-loop-revenue'])), name='flag_known')],
                        'triggers': [pgtrigger.compiler.Trigger(name='raise_epoch', sql=pgtrigger.compiler.UpsertTriggerSql(func='\n                    UPDATE tenants_tenant SET gates_epoch = gates_epoch + 1\n                    WHERE id IN (OLD.tenant_id, NEW.tenant_id);\n                    RETURN NULL;\n                ', hash='fc03873d943766e4938bd153c8fc86c4c8b87b9f', operation='INSERT OR UPDATE OR DELETE', pgid='pgtrigger_raise_epoch_1b2ac', table='gates_flag', when='AFTER'))],
                    },
                ),
                migrations.CreateModel(
                    name='EvidenceFile',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        ('tenant', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
                        ('name', models.CharField(help_text='File name as uploaded; never used as a path.', max_length=200)),
                        ('content_type', models.CharField(max_length=80)),
                        ('sha256', models.CharField(max_length=64)),
                        ('content', models.BinaryField()),
                    ],
                    options={
                        'constraints': [models.CheckConstraint(condition=models.Q(('sha256__regex', '^[0-9a-f]{64}$')), name='evidencefile_sha256')],
                    },
                ),
                migrations.CreateModel(
                    name='Evidence',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        ('tenant', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
                        ('subject_type', models.CharField(choices=[('gate', 'a gate'), ('pack', 'a line of the readiness pack')], max_length=4)),
                        ('subject', models.CharField(help_text='Name of the gate, or anchor of the readiness item.', max_length=140)),
                        ('kind', models.CharField(choices=[('document', 'document'), ('review', 'review by people'), ('test run', 'test run'), ('confirmation', 'confirmation by the customer'), ('approval', 'approval by a third party')], max_length=12)),
                        ('grade', models.CharField(choices=[('stated by us', 'stated by us'), ('confirmed by customer', 'confirmed by customer'), ('captured in stand-in', 'captured in stand-in'), ('captured in sandbox', 'captured in sandbox'), ('issued by third party', 'issued by third party')], max_length=24)),
                        ('summary', models.TextField(help_text='A summary that a customer may read. No personal names.')),
                        ('covers', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=60), blank=True, db_default=[], default=list, help_text='Names of the scopes or modules it proves, for the two gates that require them.')),
                        ('observed_from', models.DateField(blank=True, help_text='First day that the evidence covers.', null=True)),
                        ('observed_to', models.DateField(blank=True, help_text='Last day that the evidence covers.', null=True)),
                        ('received_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                        ('expires_at', models.DateTimeField(help_text='The evidence is not valid after this time.')),
                        ('url', models.CharField(blank=True, max_length=500, verbose_name='where it can be read')),
                        ('file', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='gates.evidencefile')),
                        ('sha256', models.CharField(blank=True, help_text='SHA-256 of the file, or of the content at the address.', max_length=64)),
                        ('recorded_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('confirmed_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('confirmed_at', models.DateTimeField(blank=True, null=True)),
                        ('revoked_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('revoked_at', models.DateTimeField(blank=True, null=True)),
                        ('revoked_reason', models.TextField(blank=True)),
                    ],
                    options={
                        'verbose_name_plural': 'evidence',
                        'ordering': ('-received_at', '-id'),
                        'indexes': [models.Index(fields=['subject_type', 'subject', 'tenant'], name='evidence_of_subject')],
                        'constraints': [models.CheckConstraint(condition=models.Q(('subject_type__in', ['gate', 'pack'])), name='evidence_subject_known'), models.CheckConstraint(condition=models.Q(('kind__in', ['document', 'review', 'test run', 'confirmation', 'approval'])), name='evidence_kind_known'), models.CheckConstraint(condition=models.Q(('grade__in', ['stated by us', 'confirmed by customer', 'captured in stand-in', 'captured in sandbox', 'issued by third party'])), name='evidence_grade_known'), models.CheckConstraint(condition=models.Q(('grade', 'captured in stand-in'), ('subject_type', 'gate'), _negated=True), name='evidence_no_stand_in'), models.CheckConstraint(condition=models.Q(models.Q(('summary', ''), _negated=True), models.Q(('subject', ''), _negated=True)), name='evidence_filled'), models.CheckConstraint(condition=models.Q(('covers', []), models.Q(('subject__in', ['module eligible', 'scopes granted']), ('subject_type', 'gate')), _connector='OR'), name='evidence_covers'), models.CheckConstraint(condition=models.Q(models.Q(('url', ''), _negated=True), ('file__isnull', False), _connector='OR'), name='evidence_can_be_read'), models.CheckConstraint(condition=models.Q(('expires_at__gt', models.F('received_at'))), name='evidence_lasts'), models.CheckConstraint(condition=models.Q(('observed_from__isnull', True), ('observed_to__isnull', True), ('observed_to__gte', models.F('observed_from')), _connector='OR'), name='evidence_window'), models.CheckConstraint(condition=models.Q(('confirmed_by__isnull', True), ('recorded_by__isnull', True), models.Q(('confirmed_by', models.F('recorded_by')), _negated=True), _connector='OR'), name='evidence_two_people'), models.CheckConstraint(condition=models.Q(models.Q(('subject_type', 'gate'), _negated=True), ('confirmed_by__isnull', True), ('recorded_by__isnull', False), _connector='OR'), name='evidence_gate_two_people'), models.CheckConstraint(condition=models.Q(models.Q(('confirmed_at__isnull', True), ('confirmed_by__isnull', True)), models.Q(('confirmed_at__isnull', False), ('confirmed_by__isnull', False)), _connector='OR'), name='evidence_confirmed_whole'), models.CheckConstraint(condition=models.Q(models.Q(('revoked_at__isnull', True), ('revoked_reason', '')), models.Q(('revoked_at__isnull', False), models.Q(('revoked_reason', ''), _negated=True)), _connector='OR'), name='evidence_revoked_whole'), models.CheckConstraint(condition=models.Q(('sha256', ''), ('sha256__regex', '^[0-9a-f]{64}$'), _connector='OR'), name='evidence_sha256_shape')],
                        'triggers': [pgtrigger.compiler.Trigger(name='keeps_its_facts', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n                    IF to_jsonb(NEW) - ARRAY['confirmed_by_id', 'confirmed_at', 'revoked_by_id', 'revoked_at',\n                            'revoked_reason']\n                        IS DISTINCT FROM to_jsonb(OLD) - ARRAY['confirmed_by_id', 'confirmed_at', 'revoked_by_id',\n                            'revoked_at', 'revoked_reason']\n                        OR (OLD.confirmed_at IS NOT NULL AND (NEW.confirmed_at, NEW.confirmed_by_id)\n                            IS DISTINCT FROM (OLD.confirmed_at, OLD.confirmed_by_id))\n                        OR (OLD.revoked_at IS NOT NULL AND (NEW.revoked_at, NEW.revoked_by_id, NEW.revoked_reason)\n                            IS DISTINCT FROM (OLD.revoked_at, OLD.revoked_by_id, OLD.revoked_reason)) THEN\n                        RAISE EXCEPTION 'evidence is confirmed once and revoked once, and never changed'\n                            USING ERRCODE = 'check_violation';\n                    END IF;\n                    RETURN NEW;\n                ", hash='bdb8bed70b83211cf01eba29977f7b709a1e14a7', operation='UPDATE', pgid='pgtrigger_keeps_its_facts_28223', table='gates_evidence', when='BEFORE')), pgtrigger.compiler.Trigger(name='evidence_epoch', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n                    UPDATE tenants_tenant SET gates_epoch = gates_epoch + 1\n                    WHERE coalesce(NEW.subject_type, OLD.subject_type) = 'gate'\n                        AND id = coalesce(NEW.tenant_id, OLD.tenant_id, id);\n                    RETURN NULL;\n                ", hash='674542c926c6659fffab60b7b05b62caf12f4383', operation='INSERT OR UPDATE OR DELETE', pgid='pgtrigger_evidence_epoch_6c7a3', table='gates_evidence', when='AFTER'))],
                    },
                ),
            ],
        ),
    ]
