"""A second person publishes a version of the app."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("vault", "0005_offboarding"),
    ]

    operations = [
        pgtrigger.migrations.AddTrigger(
            model_name="appversion",
            trigger=pgtrigger.compiler.Trigger(
                name="appversion_two_people",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.published_at IS NULL AND NEW.published_by_id = NEW.proposed_by_id)",
                    func="RAISE EXCEPTION 'appversion_two_people' USING ERRCODE = 'check_violation';",
                    hash="8b174234c7425a4ad21e61cf184a369c7a8211af",
                    operation="UPDATE",
                    pgid="pgtrigger_appversion_two_people_c46e3",
                    table="vault_appversion",
                    when="BEFORE",
                ),
            ),
        ),
    ]
