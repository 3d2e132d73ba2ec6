"""Validate the kinds of answers, while requests are stored and answered."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("leads", "0011_duplicates")]

    operations = [ValidateConstraint("leadanswer", "lead_answer_kind_known")]
