"""Runs of sandbox validation and their sealed results."""

import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
import uuid
from django.db import migrations, models
from pagetojob.platform.postgresql.operations import Together


RIGHTS = """
-- Runs are ours, about our own accounts: workers write them, and everyone reads them.
REVOKE ALL ON validation_validationrun, validation_caseresult FROM pagetojob_app;
GRANT SELECT ON validation_validationrun, validation_caseresult TO pagetojob_app, pagetojob_operator;
GRANT SELECT, INSERT, UPDATE (worker, busy_until, finished_at) ON validation_validationrun TO pagetojob_worker;
GRANT SELECT, INSERT ON validation_caseresult TO pagetojob_worker;
"""


class Migration(migrations.Migration):

    initial = True

    dependencies = [("tenants", "0002_rights")]

    operations = [Together([
        migrations.CreateModel(
            name='ValidationRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('environment', models.CharField(choices=[('stand-in', 'simulator'), ('integration', 'integration'), ('production', 'production')], max_length=12)),
                ('code', models.CharField(help_text='SHA-256 of the code that ran.', max_length=64)),
                ('auth_host', models.CharField(max_length=255)),
                ('api_host', models.CharField(max_length=255)),
                ('worker', models.CharField(blank=True, help_text='The process that works on it.', max_length=120)),
                ('busy_until', models.DateTimeField(null=True)),
                ('finished_at', models.DateTimeField(null=True)),
            ],
            options={
                'ordering': ('-id',),
                'constraints': [models.UniqueConstraint(condition=models.Q(('finished_at__isnull', True)), fields=('environment',), name='validation_open_once'), models.CheckConstraint(condition=models.Q(('environment__in', ['stand-in', 'integration'])), name='validation_environment_known')],
            },
        ),
        migrations.CreateModel(
            name='CaseResult',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('case', models.CharField(choices=[('token-exchange', 'Authorized tenant token exchange'), ('taxonomy-import', 'Read-only taxonomy import'), ('webhook-replay', 'Webhook signature and replay'), ('booking-handoff', 'Booking handoff without duplicates'), ('retries-and-limits', 'Retries and rate limits'), ('disconnect-and-deletion', 'Disconnect and deletion'), ('revenue-attribution', 'Revenue attribution')], max_length=40)),
                ('environment', models.CharField(max_length=12)),
                ('result', models.CharField(choices=[('passed', 'passed'), ('failed', 'failed'), ('blocked', 'blocked')], max_length=8)),
                ('grade', models.CharField(max_length=24)),
                ('reason', models.CharField(blank=True, help_text='The reason why it did not pass.', max_length=500)),
                ('evidence', models.JSONField(help_text='Counts, IDs and hashes; never contents.')),
                ('requests', models.JSONField(help_text='The requests, with masked paths and hashes of their bodies.')),
                ('began_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField()),
                ('before', models.CharField(blank=True, help_text='Seal of the result before it in the run.', max_length=64)),
                ('seal', models.CharField(max_length=64)),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='results', to='validation.validationrun')),
            ],
            options={
                'ordering': ('run', 'id'),
                'indexes': [models.Index(fields=['case', '-ended_at'], name='caseresult_latest')],
                'constraints': [models.UniqueConstraint(models.F('run'), models.F('case'), name='caseresult_once'), models.CheckConstraint(condition=models.Q(('result__in', ['passed', 'failed', 'blocked'])), name='caseresult_result_known'), models.CheckConstraint(condition=models.Q(('grade', 'captured in stand-in'), models.Q(('environment', 'integration'), ('grade', 'captured in sandbox')), _connector='OR'), name='caseresult_grade_fits_environment'), models.CheckConstraint(condition=models.Q(models.Q(('reason', ''), ('result', 'passed')), models.Q(models.Q(('result', 'passed'), _negated=True), models.Q(('reason', ''), _negated=True)), _connector='OR'), name='caseresult_tells_why')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='caseresult',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='58ff1dfd46589b8e85f45d7159b3de64d215c0b8', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_a10ac', table='validation_caseresult', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='caseresult',
            trigger=pgtrigger.compiler.Trigger(name='never_emptied', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'table % is append-only', TG_TABLE_NAME;", hash='5071f0bf92d8e711ca0181a22ccab6f8a76bcc2a', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_never_emptied_e56ce', table='validation_caseresult', when='BEFORE')),
        ),
        migrations.RunSQL(RIGHTS, migrations.RunSQL.noop),
    ])]
