"""Count reports about notices with the events of webhooks."""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

_OUTCOMES = [
    *("accepted", "repeated", "other body", "unknown type", "unsigned", "wrong signature", "retired key", "stale"),
    *("ahead", "bad time", "malformed", "too big", "cut short", "wrong method", "not in service", "unavailable"),
    *("text accepted", "text refused", "email accepted", "email refused"),
]


class Migration(migrations.Migration):
    dependencies = [("syncqueue", "0015_reopened_duplicates")]

    operations = [
        migrations.AlterField(
            "hookcount",
            "outcome",
            models.CharField(choices=[(outcome, outcome) for outcome in _OUTCOMES], max_length=20),
        ),
        migrations.RemoveConstraint("hookcount", "hook_outcome_known"),
        AddConstraintNotValid(
            "hookcount",
            models.CheckConstraint(condition=models.Q(outcome__in=_OUTCOMES), name="hook_outcome_known"),
        ),
    ]
