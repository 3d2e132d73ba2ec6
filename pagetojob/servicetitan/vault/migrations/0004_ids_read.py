"""The list of IDs read by API: a new step after a disconnect, which makes a file."""

import django.db.models.deletion
from django.db import migrations, models

import pagetojob.platform.tenants.models
from pagetojob.platform.postgresql.operations import Together


class Migration(migrations.Migration):
    dependencies = [
        ("files", "0003_empty_imports"),
        ("tenants", "0008_notice_channels"),
        ("vault", "0003_app_versions"),
    ]

    operations = [
        Together(
            [
                migrations.RemoveConstraint(
                    model_name="followup",
                    name="followup_step_known",
                ),
                migrations.RemoveConstraint(
                    model_name="followup",
                    name="followup_file_of_pdf",
                ),
                migrations.AlterField(
                    model_name="followup",
                    name="file",
                    field=pagetojob.platform.tenants.models.TenantForeignKey(
                        db_constraint=False,
                        db_index=False,
                        help_text="PDF or list that the step created.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="follow_ups",
                        to="files.file",
                    ),
                ),
                migrations.AlterField(
                    model_name="followup",
                    name="outcome",
                    field=models.CharField(blank=True, help_text="Result, as a sentence.", max_length=500),
                ),
                migrations.AlterField(
                    model_name="followup",
                    name="step",
                    field=models.CharField(
                        choices=[
                            ("block items", "block pending items"),
                            ("verify fallback", "check that requests are still received and notified"),
                            ("tell tenant", "notify the business by email"),
                            ("list read", "list the IDs that were read by API"),
                            ("make pdf", "create the receipt PDF"),
                            ("renew pdf", "create the PDF again, with the confirmed revocation"),
                        ],
                        max_length=16,
                    ),
                ),
                migrations.AddConstraint(
                    model_name="followup",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            (
                                "step__in",
                                ["block items", "verify fallback", "tell tenant", "list read", "make pdf", "renew pdf"],
                            )
                        ),
                        name="followup_step_known",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="followup",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("file__isnull", True),
                            models.Q(("done_at__isnull", False), ("step__in", ("make pdf", "renew pdf", "list read"))),
                            _connector="OR",
                        ),
                        name="followup_file_of_step",
                    ),
                ),
            ]
        )
    ]
