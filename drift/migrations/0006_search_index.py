"""Indexes for searches within texts."""

import django.contrib.postgres.indexes
import django.db.models.functions.text
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("drift", "0005_answers_in_the_portal"),
        ("tenants", "0009_trigrams"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="finding",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass(
                    django.db.models.functions.text.Upper("item"), name="gin_trgm_ops"
                ),
                django.contrib.postgres.indexes.OpClass(
                    django.db.models.functions.text.Upper("page"), name="gin_trgm_ops"
                ),
                name="finding_part",
            ),
        ),
    ]
