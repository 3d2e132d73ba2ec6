"""Validate the constraint on the kinds of reports."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("notices", "0004_delayed")]

    operations = [ValidateConstraint("deliveryreport", "delivery_report_kind_known")]
