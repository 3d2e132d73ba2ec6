"""The tables of claims, each with its constraints, indexes and triggers."""

import pagetojob.platform.postgresql.operations
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        pagetojob.platform.postgresql.operations.CreateModels(
            models=[
                migrations.CreateModel(
                    name='Claim',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('slug', models.SlugField(help_text='Part of the address people link to. It cannot change once the row exists.', max_length=60, unique=True)),
                        ('position', models.PositiveSmallIntegerField(default=1000, help_text='Rows are shown from the smallest number to the largest.')),
                        ('from_pack', models.BooleanField(default=False, editable=False)),
                        ('updated_at', models.DateTimeField(auto_now=True, verbose_name='last changed')),
                        ('text', models.TextField()),
                    ],
                    options={
                        'verbose_name': 'gated claim',
                        'ordering': ('position', 'slug'),
                        'abstract': False,
                        'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('slug', ''), _negated=True), models.Q(('text', ''), _negated=True)), name='claim_filled')],
                    },
                ),
                migrations.CreateModel(
                    name='Disclaimer',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('slug', models.SlugField(help_text='Part of the address people link to. It cannot change once the row exists.', max_length=60, unique=True)),
                        ('position', models.PositiveSmallIntegerField(default=1000, help_text='Rows are shown from the smallest number to the largest.')),
                        ('from_pack', models.BooleanField(default=False, editable=False)),
                        ('updated_at', models.DateTimeField(auto_now=True, verbose_name='last changed')),
                        ('text', models.TextField()),
                    ],
                    options={
                        'ordering': ('position', 'slug'),
                        'abstract': False,
                        'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('slug', ''), _negated=True), models.Q(('text', ''), _negated=True)), name='disclaimer_filled')],
                    },
                ),
            ],
        ),
    ]
