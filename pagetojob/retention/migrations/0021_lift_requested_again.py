"""Let the end of a hold be requested again by someone else, if the first person has left."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("retention", "0020_unseen_characters"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="legalhold",
            name="steps_stay",
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="legalhold",
            trigger=pgtrigger.compiler.Trigger(
                name="steps_stay",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n                    IF TG_OP = 'UPDATE'\n                        AND (OLD.confirmed_at IS NULL\n                            OR (NEW.confirmed_at, NEW.confirmed_by_id) = (OLD.confirmed_at, OLD.confirmed_by_id))\n                        AND (OLD.lift_requested_at IS NULL OR (NEW.lift_requested_at, NEW.lift_requested_by_id)\n                            = (OLD.lift_requested_at, OLD.lift_requested_by_id)\n                            OR (OLD.lifted_at IS NULL AND NEW.lifted_at IS NULL\n                                AND NEW.lift_requested_at > OLD.lift_requested_at\n                                AND NEW.lift_requested_by_id <> OLD.lift_requested_by_id))\n                        AND (OLD.lifted_at IS NULL\n                            OR (NEW.lifted_at, NEW.lifted_by_id) = (OLD.lifted_at, OLD.lifted_by_id))\n                    THEN\n                        RETURN NEW;\n                    END IF;\n                    RAISE EXCEPTION 'a step of a legal hold is recorded once and stays'\n                        USING ERRCODE = 'check_violation';\n                ",  # noqa: E501
                    hash="44ed50a35f9ec0788f10b26863693c6e558965da",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_steps_stay_07abe",
                    table="retention_legalhold",
                    when="BEFORE",
                ),
            ),
        ),
    ]
