"""The tables of tenants, each with its constraints, indexes and triggers."""

import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
import pagetojob.platform.postgresql.operations
import pagetojob.platform.tenants.models
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        pagetojob.platform.postgresql.operations.CreateModels(
            models=[
                migrations.CreateModel(
                    name='User',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('password', models.CharField(max_length=128, verbose_name='password')),
                        ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                        ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        ('email', models.EmailField(max_length=254, unique=True)),
                        ('name', models.CharField(max_length=120)),
                        ('is_active', models.BooleanField(default=True, help_text='Clear this instead of deleting a user.')),
                        ('ops_role', models.CharField(blank=True, choices=[('', 'no operator rights'), ('viewer', 'operator viewer'), ('operator', 'operator'), ('lead', 'operator lead')], default='', help_text='Permissions at /ops/, for all tenants.', max_length=10)),
                        ('staff_role', models.CharField(blank=True, choices=[('', 'no staff rights'), ('editor', 'staff editor'), ('admin', 'staff admin')], default='', help_text='Permissions in this admin.', max_length=10)),
                        ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ],
                    options={
                        'ordering': ('email',),
                        'constraints': [models.UniqueConstraint(django.db.models.functions.text.Lower('email'), name='user_email_once'), models.CheckConstraint(condition=models.Q(('ops_role__in', ['', 'viewer', 'operator', 'lead'])), name='user_ops_role_known'), models.CheckConstraint(condition=models.Q(('staff_role__in', ['', 'editor', 'admin'])), name='user_staff_role_known')],
                    },
                ),
                migrations.CreateModel(
                    name='Tenant',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        ('slug', models.SlugField(max_length=60, unique=True)),
                        ('name', models.CharField(help_text='The trading name shown on its website.', max_length=120)),
                        ('time_zone', models.CharField(max_length=40, validators=[pagetojob.platform.tenants.models.validate_time_zone])),
                        ('is_demo', models.BooleanField(default=False, help_text='Public demo pages show only this tenant.')),
                        ('gates_epoch', models.BigIntegerField(default=0, editable=False)),
                        ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ],
                    options={
                        'ordering': ('name',),
                    },
                ),
                migrations.CreateModel(
                    name='Membership',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='memberships', to='tenants.tenant')),
                        ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='memberships', to=settings.AUTH_USER_MODEL)),
                        ('role', models.CharField(choices=[('owner', 'owner'), ('reviewer', 'reviewer')], max_length=10)),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(models.F('tenant'), models.F('user'), name='membership_once'), models.CheckConstraint(condition=models.Q(('role__in', ['owner', 'reviewer'])), name='membership_role_known')],
                    },
                ),
                migrations.CreateModel(
                    name='SiteKey',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='site_keys', to='tenants.tenant')),
                        ('label', models.CharField(help_text='The website that uses the key.', max_length=80)),
                        ('prefix', models.CharField(editable=False, help_text='Its first characters, to recognize the key.', max_length=16)),
                        ('digest', models.CharField(editable=False, max_length=64, unique=True)),
                        ('active', models.BooleanField(default=True, help_text='Clear this to reject the key from now on.')),
                        ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ],
                    options={
                        'constraints': [models.CheckConstraint(condition=models.Q(('digest__regex', '^[0-9a-f]{64}$')), name='site_key_digest_shape')],
                    },
                ),
                migrations.CreateModel(
                    name='SiteOrigin',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='site_origins', to='tenants.tenant')),
                        ('origin', models.CharField(max_length=200, validators=[django.core.validators.RegexValidator('\\Ahttps?://[a-z0-9.-]+(:[0-9]{1,5})?\\Z', 'An origin is like https://www.example.com, without a path.')])),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(models.F('origin'), models.F('tenant'), name='site_origin_once')],
                    },
                ),
                migrations.CreateModel(
                    name='BusinessProfile',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
                        ('phone', models.CharField(help_text='As printed on the website.', max_length=40)),
                        ('notify_email', models.EmailField(help_text='Notified about new requests.', max_length=254)),
                        ('service_area', models.CharField(max_length=120)),
                        ('hours', models.JSONField(blank=True, default=dict, help_text='Office hours in the tenant\'s time zone: {"mon": [["07:00", "18:00"]], …}. Empty if unknown.')),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(models.F('tenant'), name='business_profile_once'), models.CheckConstraint(condition=models.Q(('notify_email', ''), _negated=True), name='business_profile_notifies')],
                    },
                ),
            ],
        ),
    ]
