"""Validate the constraint on the outcomes of counts, and index the refused ones, for one alarm about all senders."""

from django.contrib.postgres.operations import AddIndexConcurrently, ValidateConstraint
from django.db import migrations, models

_ALARMING = ["unsigned", "wrong signature", "retired key", "text refused", "email refused"]


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("syncqueue", "0016_refused_reports")]

    operations = [
        ValidateConstraint("hookcount", "hook_outcome_known"),
        AddIndexConcurrently(
            "hookcount",
            models.Index(fields=["hour"], condition=models.Q(outcome__in=_ALARMING), name="hook_count_alarming"),
        ),
    ]
