"""The tables of accounts, each with its constraints, indexes and triggers."""

import django.db.models.deletion
import django.db.models.functions.datetime
import pagetojob.platform.postgresql.operations
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
                    name='Authenticator',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('name', models.CharField(max_length=60)),
                        ('sealed_key', models.TextField(editable=False)),
                        ('last_step', models.BigIntegerField(default=0, editable=False)),
                        ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                        ('last_used_at', models.DateTimeField(editable=False, null=True)),
                    ],
                ),
                migrations.CreateModel(
                    name='Passkey',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('name', models.CharField(max_length=60)),
                        ('credential_id', models.BinaryField(max_length=1023)),
                        ('credential_digest', models.CharField(editable=False, max_length=64, unique=True)),
                        ('public_key', models.BinaryField(max_length=2048)),
                        ('sign_count', models.BigIntegerField(default=0, editable=False)),
                        ('transports', models.JSONField(default=list, editable=False)),
                        ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                        ('last_used_at', models.DateTimeField(editable=False, null=True)),
                    ],
                ),
                migrations.CreateModel(
                    name='RecoveryCode',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('digest', models.CharField(max_length=64, unique=True)),
                        ('used_at', models.DateTimeField(null=True)),
                    ],
                ),
                migrations.CreateModel(
                    name='Invitation',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        ('email', models.EmailField(max_length=254)),
                        ('ops_role', models.CharField(blank=True, choices=[('', 'no operator rights'), ('viewer', 'operator viewer'), ('operator', 'operator'), ('lead', 'operator lead')], default='', max_length=10)),
                        ('staff_role', models.CharField(blank=True, choices=[('', 'no staff rights'), ('editor', 'staff editor'), ('admin', 'staff admin')], default='', max_length=10)),
                        ('tenant', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
                        ('tenant_role', models.CharField(blank=True, choices=[('owner', 'owner'), ('reviewer', 'reviewer')], default='', max_length=10)),
                        ('invited_by', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('digest', models.CharField(editable=False, max_length=64, unique=True)),
                        ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                        ('expires_at', models.DateTimeField(editable=False)),
                        ('revoked_at', models.DateTimeField(editable=False, null=True)),
                        ('accepted_at', models.DateTimeField(editable=False, null=True)),
                        ('accepted_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'ordering': ('-id',),
                        'constraints': [models.CheckConstraint(condition=models.Q(('ops_role', ''), ('staff_role', ''), ('tenant_role', ''), _negated=True), name='invitation_to_something'), models.CheckConstraint(condition=models.Q(models.Q(('tenant', None), ('tenant_role', '')), models.Q(('tenant__isnull', False), models.Q(('tenant_role', ''), _negated=True)), _connector='OR'), name='invitation_tenant_and_role'), models.CheckConstraint(condition=models.Q(('accepted_at', None), ('revoked_at', None), _connector='OR'), name='invitation_ends_once')],
                    },
                ),
                migrations.CreateModel(
                    name='PasswordReset',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('digest', models.CharField(editable=False, max_length=64, unique=True)),
                        ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                        ('expires_at', models.DateTimeField()),
                        ('used_at', models.DateTimeField(null=True)),
                    ],
                ),
                migrations.CreateModel(
                    name='EmailChange',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('previous_email', models.EmailField(max_length=254)),
                        ('new_email', models.EmailField(max_length=254)),
                        ('digest', models.CharField(editable=False, max_length=64, unique=True)),
                        ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                        ('expires_at', models.DateTimeField()),
                        ('canceled_at', models.DateTimeField(null=True)),
                        ('confirmed_at', models.DateTimeField(null=True)),
                    ],
                    options={
                        'constraints': [models.CheckConstraint(condition=models.Q(('canceled_at', None), ('confirmed_at', None), _connector='OR'), name='email_change_ends_once'), models.UniqueConstraint(models.F('user'), condition=models.Q(('canceled_at', None), ('confirmed_at', None)), name='email_change_open_once')],
                    },
                ),
                migrations.CreateModel(
                    name='OwedMail',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        ('about', models.CharField(choices=[('reset asked', 'a password reset was requested'), ('invitation', 'an invitation'), ('password changed', 'the password was changed'), ('factor added', 'a second step was added'), ('factor removed', 'a second step was removed'), ('factors reset', 'the second step was reset by a staff admin'), ('codes made', 'new recovery codes were created'), ('code used', 'a recovery code was used to sign in'), ('email confirm', 'a new email address must be confirmed'), ('email requested', 'a new email address was requested'), ('email changed', 'the email address was changed')], max_length=20)),
                        ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('invitation', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.invitation')),
                        ('reset', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.passwordreset')),
                        ('email_change', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.emailchange')),
                        ('typed_email', models.CharField(blank=True, max_length=254)),
                        ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        ('due_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        ('tries', models.PositiveIntegerField(default=0)),
                        ('settled_at', models.DateTimeField(null=True)),
                        ('trouble', models.CharField(blank=True, max_length=200)),
                    ],
                    options={
                        'indexes': [models.Index(condition=models.Q(('settled_at', None)), fields=['due_at'], name='owed_mail_due')],
                    },
                ),
                migrations.CreateModel(
                    name='Session',
                    fields=[
                        ('session_data', models.TextField(verbose_name='session data')),
                        ('expire_date', models.DateTimeField(db_index=True, verbose_name='expire date')),
                        ('session_key', models.CharField(max_length=64, primary_key=True, serialize=False)),
                        ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('signed_in_at', models.DateTimeField(null=True)),
                        ('last_seen', models.DateTimeField(null=True)),
                        ('device', models.CharField(blank=True, max_length=120)),
                    ],
                    options={
                        'constraints': [models.CheckConstraint(condition=models.Q(('session_key__regex', '^[0-9a-f]{64}$')), name='key_is_digest')],
                    },
                ),
                migrations.CreateModel(
                    name='SignInTry',
                    fields=[
                        ('bucket', models.CharField(max_length=64, primary_key=True, serialize=False)),
                        ('tries', models.PositiveIntegerField(default=0)),
                        ('open_at', models.DateTimeField(help_text='No attempt is accepted before this time.')),
                        ('last_at', models.DateTimeField(db_index=True)),
                    ],
                ),
            ],
        ),
    ]
