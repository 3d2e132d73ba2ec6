"""Let one person publish the pages of a website that is not public."""

# ruff: noqa: E501 - SQL of triggers, written by makemigrations

import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

from pagetojob.platform.postgresql.operations import Together


class Migration(migrations.Migration):
    dependencies = [
        ("tenants", "0007_logo_rights"),
        ("titanmap", "0003_publishing"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        Together(
            [
                migrations.RemoveConstraint(
                    model_name="pagedraft",
                    name="page_draft_second_person",
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="pagedraft",
                    trigger=pgtrigger.compiler.Trigger(
                        name="page_draft_second_person",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.state <> 'approved' AND NEW.state = 'approved' AND NEW.decided_by_id = NEW.written_by_id)",
                            func="\n                    IF NOT EXISTS (\n                        SELECT FROM tenants_tenant WHERE id = NEW.tenant_id AND state IN ('draft', 'preview')\n                    ) THEN\n                        RAISE EXCEPTION\n                            'page_draft_second_person: the author cannot approve a page of a public website'\n                            USING ERRCODE = 'check_violation';\n                    END IF;\n                    RETURN NEW;\n                ",
                            hash="a9fc9d49619d8eb1833ecfe0f220ba7f53f9f06d",
                            operation="UPDATE",
                            pgid="pgtrigger_page_draft_second_person_141f0",
                            table="titanmap_pagedraft",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.AddConstraint(
                    model_name="pagedraft",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "approved"), _negated=True),
                            models.Q(("became__isnull", False), ("decided_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="page_draft_decided",
                    ),
                ),
            ]
        )
    ]
