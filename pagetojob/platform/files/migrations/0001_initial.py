"""The tables of files, each with its constraints, indexes and triggers."""

import django.db.models.deletion
import django.db.models.functions.datetime
import pagetojob.platform.postgresql.operations
import pagetojob.platform.tenants.models
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
                    name='File',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
                        ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        ('name', models.CharField(help_text="The sender's file name; never used as a path.", max_length=200)),
                        ('content_type', models.CharField(max_length=80)),
                        ('size', models.PositiveBigIntegerField(help_text='Bytes.')),
                        ('sha256', models.CharField(max_length=64)),
                        ('purpose', models.CharField(choices=[('proof', 'proof of work done manually'), ('evidence', 'evidence for a gate or a readiness item'), ('import', "a customer's own export, to be imported"), ('photo', 'a photo that a visitor attached to a request'), ('packet', 'a document that we created and delivered')], max_length=10)),
                        ('stored_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('stored_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(models.F('tenant'), models.F('id'), name='file_tenant_key'), models.CheckConstraint(condition=models.Q(('purpose__in', ['proof', 'evidence', 'import', 'photo', 'packet'])), name='file_purpose_known'), models.CheckConstraint(condition=models.Q(('sha256__regex', '^[0-9a-f]{64}$')), name='file_sha256_shape')],
                    },
                ),
                migrations.CreateModel(
                    name='FileChunk',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
                        ('file', pagetojob.platform.tenants.models.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='chunks', to='files.file')),
                        ('position', models.PositiveIntegerField()),
                        ('content', models.BinaryField()),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(models.F('tenant'), models.F('file'), models.F('position'), name='file_chunk_once')],
                    },
                ),
            ],
        ),
    ]
