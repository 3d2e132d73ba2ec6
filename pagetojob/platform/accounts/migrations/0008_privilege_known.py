"""Validate the constraint of 0007, while requests are read and stored."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("accounts", "0007_privileged_operators")]

    operations = [ValidateConstraint("privilegerequest", "privilege_known")]
