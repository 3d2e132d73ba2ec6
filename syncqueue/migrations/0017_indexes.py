"""Fewer index entries for each item, and none of them for a claim to go astray in."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("syncqueue", "0016_purge_rights"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(model_name="syncitem", name="sync_item_next_due"),
        migrations.RemoveIndex(model_name="syncitem", name="sync_item_kind_newest"),
        migrations.AlterField(
            model_name="syncitem",
            name="resend_asked_by",
            field=models.ForeignKey(
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddIndex(
            model_name="syncitem",
            index=models.Index(
                condition=models.Q(
                    ("due_at__isnull", False), ("lease_until__isnull", True), ("state__in", ("queued", "retrying"))
                ),
                fields=["due_at", "id"],
                name="sync_item_next_due",
            ),
        ),
        migrations.AddIndex(
            model_name="syncitem",
            index=models.Index(
                condition=models.Q(
                    ("kind__in", ("visitor_confirmation", "taxonomy_import", "outcome_match", "website_update"))
                ),
                fields=["kind", "-created_at", "-id"],
                name="sync_item_kind_newest",
            ),
        ),
        migrations.AddIndex(
            model_name="syncitem",
            index=models.Index(
                condition=models.Q(("resend_asked_by__isnull", False)),
                fields=["resend_asked_by"],
                name="sync_item_asked_by",
            ),
        ),
    ]
