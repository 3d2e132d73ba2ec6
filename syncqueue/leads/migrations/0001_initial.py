"""The tables of leads, each with its constraints, indexes and triggers."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
import pagetojob.platform.postgresql.operations
import pagetojob.platform.tenants.models
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('files', '0001_initial'),
        ('tenants', '0001_initial'),
        ('titanmap', '0001_initial'),
    ]

    operations = [
        pagetojob.platform.postgresql.operations.CreateModels(
            models=[
                migrations.CreateModel(
                    name='Lead',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
                        ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        ('reference', models.CharField(editable=False, max_length=25, unique=True)),
                        ('spoken_code', models.CharField(editable=False, max_length=11)),
                        ('form_key', models.CharField(editable=False, help_text="Hash of the form's token and values; the same form sent twice makes one lead.", max_length=64)),
                        ('name', models.CharField(max_length=200)),
                        ('phone', models.CharField(blank=True, max_length=60)),
                        ('phone_e164', models.CharField(blank=True, max_length=16)),
                        ('email', models.CharField(blank=True, max_length=254)),
                        ('street', models.CharField(blank=True, max_length=200)),
                        ('city', models.CharField(blank=True, max_length=100)),
                        ('state', models.CharField(blank=True, max_length=40)),
                        ('zip', models.CharField(blank=True, max_length=20)),
                        ('message', models.TextField(blank=True)),
                        ('source', models.JSONField(default=dict, help_text='Origin of the visit: landing URL, referrer, campaign parameters.')),
                        ('consent_text', models.TextField(help_text='The consent text that the visitor agreed to, as shown at that time.')),
                        ('consented_at', models.DateTimeField(null=True)),
                        ('excluded_as', models.CharField(blank=True, choices=[('', 'in the ledger'), ('spam', 'spam'), ('test', 'test'), ('duplicate', 'duplicate')], default='', max_length=10)),
                        ('channel', models.CharField(choices=[('form', 'our form'), ('api', 'the intake API')], default='form', editable=False, max_length=4)),
                        ('suspected', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('honeypot', 'a hidden field was filled in'), ('too fast', 'it was sent faster than a person can type'), ('no page', 'it did not come from one of our pages'), ('too many', 'too many requests came from one address')], max_length=16), blank=True, default=list)),
                        ('received_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ],
                    options={
                        'ordering': ('-received_at', '-id'),
                        'indexes': [models.Index(fields=['tenant', '-received_at'], name='lead_newest'), models.Index(models.F('spoken_code'), name='lead_by_code'), models.Index(models.F('phone_e164'), name='lead_by_phone'), models.Index(django.db.models.functions.text.Lower('email'), name='lead_by_email'), models.Index(models.F('id'), condition=models.Q(('suspected', []), _negated=True), name='lead_suspected'), models.Index(models.F('id'), condition=models.Q(('excluded_as', ''), _negated=True), name='lead_excluded')],
                        'constraints': [models.UniqueConstraint(models.F('tenant'), models.F('id'), name='lead_tenant_key'), models.UniqueConstraint(models.F('tenant'), models.F('spoken_code'), name='lead_spoken_code_once'), models.UniqueConstraint(models.F('tenant'), models.F('form_key'), name='lead_form_once'), models.CheckConstraint(condition=models.Q(('reference__regex', '^st-ready:[0-9a-f]{16}$')), name='lead_reference_shape'), models.CheckConstraint(condition=models.Q(('excluded_as__in', ['', 'spam', 'test', 'duplicate'])), name='lead_exclusion_known'), models.CheckConstraint(condition=models.Q(('channel__in', ['form', 'api'])), name='lead_channel_known'), models.CheckConstraint(condition=models.Q(('suspected__contained_by', ['honeypot', 'too fast', 'no page', 'too many'])), name='lead_suspicion_known')],
                    },
                ),
                migrations.CreateModel(
                    name='BookingRequest',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
                        ('lead', pagetojob.platform.tenants.models.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='booking_requests', to='leads.lead')),
                        ('service', models.CharField(max_length=120)),
                        ('urgency', models.CharField(choices=[('emergency', 'Emergency: as soon as possible'), ('soon', 'In the next few days'), ('flexible', 'No hurry')], max_length=10)),
                        ('preferred_date', models.DateField(null=True)),
                        ('preferred_window', models.CharField(choices=[('any', 'Any time'), ('morning', 'Morning (8am-12pm)'), ('afternoon', 'Afternoon (12pm-5pm)'), ('evening', 'Evening (5pm-8pm)')], default='any', max_length=10)),
                        ('page_path', models.CharField(max_length=200)),
                        ('binding', pagetojob.platform.tenants.models.TenantForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='titanmap.pagebinding')),
                        ('as_typed', models.JSONField(default=dict)),
                        ('capacity', models.JSONField(null=True)),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(models.F('tenant'), models.F('id'), name='booking_request_tenant_key'), models.UniqueConstraint(models.F('tenant'), models.F('lead'), name='booking_request_once'), models.CheckConstraint(condition=models.Q(('urgency__in', ['emergency', 'soon', 'flexible'])), name='booking_urgency_known'), models.CheckConstraint(condition=models.Q(('preferred_window__in', ['any', 'morning', 'afternoon', 'evening'])), name='booking_window_known')],
                    },
                ),
                migrations.CreateModel(
                    name='LeadPhoto',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
                        ('lead', pagetojob.platform.tenants.models.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='photos', to='leads.lead')),
                        ('file', pagetojob.platform.tenants.models.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='files.file')),
                        ('position', models.PositiveSmallIntegerField()),
                    ],
                    options={
                        'ordering': ('position',),
                        'constraints': [models.UniqueConstraint(models.F('tenant'), models.F('lead'), models.F('position'), name='lead_photo_once')],
                    },
                ),
            ],
        ),
    ]
