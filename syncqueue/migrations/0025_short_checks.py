"""The same rules in shorter text, which the server reads anew for each statement: see decision 0070."""

from typing import Any

from django.db import migrations, models

from pagetojob.platform.postgresql.conditions import OneOf, filled_only_in

OF_NO_LEAD = ("taxonomy_import", "outcome_match", "website_update")
OF_A_LEAD = ("business_notification", "booking_request", "visitor_confirmation")
STATES = (
    *("queued", "sending", "retrying", "needs review", "blocked", "unknown"),
    *("delivered", "manual complete", "cancelled"),
)


def drop(name: str) -> migrations.RemoveConstraint:
    return migrations.RemoveConstraint(model_name="syncitem", name=name)


def add(name: str, condition: Any) -> migrations.AddConstraint:
    rule = models.CheckConstraint(condition=condition, name=name)
    return migrations.AddConstraint(model_name="syncitem", constraint=rule)


class Migration(migrations.Migration):
    dependencies = [("syncqueue", "0024_one_of_a_kind")]

    operations = [
        drop("sync_item_state_known"),
        add("sync_item_state_known", OneOf("state", STATES)),
        drop("sync_item_kind_known"),
        drop("sync_item_has_its_lead"),
        add(
            "sync_item_kind_has_its_lead",
            models.Q(OneOf("kind", OF_NO_LEAD)) | models.Q(OneOf("kind", OF_A_LEAD), lead__isnull=False),
        ),
        drop("sync_item_lease_is_sending"),
        add("sync_item_lease_is_sending", filled_only_in("sending", "lease_until")),
        drop("sync_item_done_is_manual"),
        add("sync_item_done_is_manual", filled_only_in("manual complete", "done_where", "done_reference", "done_at")),
    ]
