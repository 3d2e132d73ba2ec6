"""Readings of external facts by people."""

import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
import uuid
from django.conf import settings
from django.db import migrations, models
from pagetojob.platform.postgresql.operations import Together


RIGHTS = """
-- Facts are about ServiceTitan, not about a tenant: operators record readings, and everyone reads them.
REVOKE ALL ON facts_factreading FROM pagetojob_app;
GRANT SELECT ON facts_factreading TO pagetojob_app, pagetojob_worker;
GRANT SELECT, INSERT ON facts_factreading TO pagetojob_operator;
"""


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ("tenants", "0002_rights"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [Together([
        migrations.CreateModel(
            name='FactReading',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('fact', models.SlugField(max_length=60)),
                ('verdict', models.CharField(choices=[('confirmed', 'The source confirms this'), ('changed', 'The source differs, or no longer contains it')], max_length=10)),
                ('read_on', models.DateField()),
                ('source', models.CharField(max_length=300)),
                ('note', models.CharField(max_length=500)),
                ('by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('-id',),
                'indexes': [models.Index(fields=['fact', '-id'], name='factreading_newest')],
                'constraints': [models.CheckConstraint(condition=models.Q(('verdict__in', ['confirmed', 'changed'])), name='factreading_verdict_known'), models.CheckConstraint(condition=models.Q(models.Q(('source', ''), _negated=True), models.Q(('note', ''), _negated=True)), name='factreading_filled')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='factreading',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='9bd532f221e3a4077db4ed2be890eeddc3f8ffcd', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_c0fa6', table='facts_factreading', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='factreading',
            trigger=pgtrigger.compiler.Trigger(name='never_emptied', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'table % is append-only', TG_TABLE_NAME;", hash='2803fbcf3ba29ea699613d4843b1f93adcb44cce', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_never_emptied_15da7', table='facts_factreading', when='BEFORE')),
        ),
        migrations.RunSQL(RIGHTS, migrations.RunSQL.noop),
    ])]
