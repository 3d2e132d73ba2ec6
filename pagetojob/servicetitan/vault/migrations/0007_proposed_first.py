"""A version of the app is stored as a proposal, so that its publication cannot skip the second person."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("vault", "0006_two_people_publish"),
    ]

    operations = [
        pgtrigger.migrations.AddTrigger(
            model_name="appversion",
            trigger=pgtrigger.compiler.Trigger(
                name="appversion_proposed_first",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (NEW.published_at IS NOT NULL)",
                    func="RAISE EXCEPTION 'appversion_proposed_first' USING ERRCODE = 'check_violation';",
                    hash="d42d4f82858846c23b266320bf4f1d59f31d16c1",
                    operation="INSERT",
                    pgid="pgtrigger_appversion_proposed_first_2ff71",
                    table="vault_appversion",
                    when="BEFORE",
                ),
            ),
        ),
    ]
