"""Indexes for searches within texts."""

import django.contrib.postgres.indexes
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("leads", "0009_search_index"),
        ("syncqueue", "0007_synthetic_request_rights"),
        ("tenants", "0009_trigrams"),
        ("titanmap", "0004_first_pages"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name="syncitem",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass(
                    django.db.models.functions.text.Upper("done_reference"), name="gin_trgm_ops"
                ),
                condition=models.Q(("done_reference__isnull", False)),
                name="sync_item_done_part",
            ),
        ),
    ]
