"""Validate that only files of tenants are encrypted, while evidence is read and stored."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("gates", "0004_encryption")]

    operations = [ValidateConstraint("evidencefile", "evidencefile_key")]
