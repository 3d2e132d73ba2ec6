"""The table of domains, with its constraints and indexes."""

import django.db.models.deletion
import django.db.models.functions.datetime
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('tenants', '0003_second_factor_required'),
    ]

    operations = [
        migrations.CreateModel(
            name='DomainCheck',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('domain', models.CharField(help_text='In lower-case ASCII.', max_length=253)),
                ('by_address', models.BooleanField(default=False, help_text='Requested with addresses instead of an alias.')),
                ('sender', models.CharField(blank=True, help_text='Domain of the sender of our mail.', max_length=253)),
                ('token', models.CharField(editable=False, help_text='Proves who controls the domain.', max_length=40)),
                ('verdict', models.CharField(blank=True, choices=[('ok', 'ok'), ('cannot tell', 'cannot tell'), ('missing', 'missing'), ('wrong', 'wrong'), ('conflict', 'conflict')], editable=False, max_length=12)),
                ('settled', models.CharField(blank=True, choices=[('ok', 'ok'), ('cannot tell', 'cannot tell'), ('missing', 'missing'), ('wrong', 'wrong'), ('conflict', 'conflict')], editable=False, max_length=12)),
                ('failures', models.PositiveSmallIntegerField(default=0, editable=False, help_text='Failed checks in a row.')),
                ('verified_at', models.DateTimeField(editable=False, help_text='The last time that all records were there.', null=True)),
                ('alarm_at', models.DateTimeField(editable=False, help_text='Since then, a verified domain fails.', null=True)),
                ('report', models.JSONField(default=dict, editable=False)),
                ('checked_at', models.DateTimeField(editable=False, null=True)),
                ('due_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
            ],
            options={
                'ordering': ('domain',),
                'indexes': [models.Index(fields=['due_at'], name='domain_check_due'), models.Index(condition=models.Q(('alarm_at__isnull', False)), fields=['alarm_at'], name='domain_check_alarm')],
                'constraints': [models.UniqueConstraint(models.F('tenant'), models.F('id'), name='domain_check_tenant_key'), models.UniqueConstraint(models.F('domain'), name='domain_check_once'), models.CheckConstraint(condition=models.Q(('domain__regex', '^[a-z0-9_-]+(\\.[a-z0-9_-]+)+$')), name='domain_check_normalized'), models.CheckConstraint(condition=models.Q(('verdict__in', ['', 'ok', 'cannot tell', 'missing', 'wrong', 'conflict']), ('settled__in', ['', 'ok', 'missing', 'wrong', 'conflict'])), name='domain_check_verdict_known')],
            },
        ),
    ]
