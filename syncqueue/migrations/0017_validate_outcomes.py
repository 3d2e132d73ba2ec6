"""Validate the constraint on the outcomes of counts."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("syncqueue", "0016_refused_reports")]

    operations = [ValidateConstraint("hookcount", "hook_outcome_known")]
