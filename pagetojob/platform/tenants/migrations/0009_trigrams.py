"""The extension for searches within texts. PostgreSQL trusts it, so the owner of the database may create it."""

from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("tenants", "0008_notice_channels")]

    operations = [TrigramExtension()]
