"""The assignee and the snooze of items, their history, and the visits of operators to the queue."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import pagetojob.platform.tenants.models
from pagetojob.platform.postgresql.operations import Together


class Migration(migrations.Migration):
    dependencies = [
        ("leads", "0008_answer_rights"),
        ("runs", "0003_host_mark"),
        ("syncqueue", "0008_search_index"),
        ("tenants", "0008_notice_channels"),
        ("titanmap", "0004_first_pages"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        Together(
            [
                migrations.CreateModel(
                    name="ItemTriage",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("assigned_at", models.DateTimeField(null=True)),
                        ("snoozed_at", models.DateTimeField(null=True)),
                        ("snoozed_until", models.DateTimeField(null=True)),
                        (
                            "snooze_reason",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("visitor", "Waiting for the visitor to call back"),
                                    ("office", "Waiting for the contractor's office"),
                                    ("servicetitan", "Waiting for a change at ServiceTitan"),
                                    ("planned", "Planned for that time"),
                                ],
                                max_length=12,
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="QueueVisit",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("seen_at", models.DateTimeField(help_text="The newest time at which the queue was opened.")),
                        (
                            "previous_at",
                            models.DateTimeField(help_text="The last time of the visit before this one.", null=True),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="TriageChange",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("before", models.JSONField()),
                        ("after", models.JSONField()),
                        (
                            "at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                        ),
                    ],
                    options={
                        "ordering": ("id",),
                    },
                ),
                migrations.AlterField(
                    model_name="syncitem",
                    name="priority",
                    field=models.SmallIntegerField(
                        default=5, help_text="The urgency of the request, see `priorities.py`; lower values come first."
                    ),
                ),
                migrations.AddIndex(
                    model_name="syncitem",
                    index=models.Index(
                        condition=models.Q(("state__in", ("needs review", "blocked", "unknown"))),
                        fields=["priority", "created_at", "id"],
                        name="sync_item_needs_person",
                    ),
                ),
                migrations.AddIndex(
                    model_name="syncitem",
                    index=models.Index(
                        condition=models.Q(("state__in", ("needs review", "blocked", "unknown"))),
                        fields=["tenant", "priority", "created_at", "id"],
                        name="sync_item_tenant_needs_person",
                    ),
                ),
                migrations.AddField(
                    model_name="itemtriage",
                    name="assignee",
                    field=models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                migrations.AddField(
                    model_name="itemtriage",
                    name="item",
                    field=pagetojob.platform.tenants.models.TenantForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="triage",
                        to="syncqueue.syncitem",
                    ),
                ),
                migrations.AddField(
                    model_name="itemtriage",
                    name="tenant",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.tenant",
                    ),
                ),
                migrations.AddField(
                    model_name="queuevisit",
                    name="user",
                    field=models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                migrations.AddField(
                    model_name="triagechange",
                    name="by",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                migrations.AddField(
                    model_name="triagechange",
                    name="item",
                    field=pagetojob.platform.tenants.models.TenantForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="triage_changes",
                        to="syncqueue.syncitem",
                    ),
                ),
                migrations.AddField(
                    model_name="triagechange",
                    name="run",
                    field=pagetojob.platform.tenants.models.TenantForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="runs.run",
                    ),
                ),
                migrations.AddField(
                    model_name="triagechange",
                    name="tenant",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.tenant",
                    ),
                ),
                migrations.AddIndex(
                    model_name="itemtriage",
                    index=models.Index(
                        condition=models.Q(("assignee__isnull", False)),
                        fields=["assignee", "item"],
                        name="item_triage_of",
                    ),
                ),
                migrations.AddIndex(
                    model_name="itemtriage",
                    index=models.Index(
                        condition=models.Q(("snoozed_until__isnull", False)),
                        fields=["snoozed_until"],
                        name="item_triage_asleep",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="itemtriage",
                    constraint=models.UniqueConstraint(models.F("tenant"), models.F("item"), name="item_triage_once"),
                ),
                migrations.AddConstraint(
                    model_name="itemtriage",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("snooze_reason__in", ["visitor", "office", "servicetitan", "planned", ""])),
                        name="item_triage_reason_known",
                    ),
                ),
                migrations.AddIndex(
                    model_name="triagechange",
                    index=models.Index(fields=["tenant", "item", "id"], name="triage_change_of_item"),
                ),
                migrations.AddIndex(
                    model_name="triagechange",
                    index=models.Index(
                        condition=models.Q(("run__isnull", False)),
                        fields=["tenant", "run", "item"],
                        name="triage_change_of_run",
                    ),
                ),
            ]
        )
    ]
