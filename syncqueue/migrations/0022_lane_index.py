"""The index of lanes anew, said in a way that no other index answers: see decision 0066."""

import django.db.models.expressions
import pagetojob.platform.postgresql.conditions
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('leads', '0005_excluded_index'),
        ('syncqueue', '0021_states_begin'),
        ('tenants', '0006_time_zone_right'),
        ('titanmap', '0009_states_begin'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name='syncitem',
            index=models.Index(django.db.models.expressions.CombinedExpression(models.F('tenant'), '+', models.Value(0)), models.F('kind'), models.F('priority'), models.F('due_at'), models.F('id'), condition=models.Q(pagetojob.platform.postgresql.conditions.IsTrue(models.Q(('state__in', ('queued', 'retrying')))), ('due_at__isnull', False)), name='sync_item_lane'),
        ),
        migrations.RemoveIndex(
            model_name='syncitem',
            name='sync_item_lane_due',
        ),
    ]
