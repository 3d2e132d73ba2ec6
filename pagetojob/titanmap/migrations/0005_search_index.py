"""Indexes for searches within texts."""

import django.contrib.postgres.indexes
import django.db.models.functions.text
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("tenants", "0009_trigrams"),
        ("titanmap", "0004_first_pages"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="pagebinding",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass(
                    django.db.models.functions.text.Upper("label"), name="gin_trgm_ops"
                ),
                django.contrib.postgres.indexes.OpClass(
                    django.db.models.functions.text.Upper("page_path"), name="gin_trgm_ops"
                ),
                name="page_binding_part",
            ),
        ),
    ]
