"""Texts as the loader last wrote them, used to detect edits by staff before loading newer texts."""

from django.db import models

from pagetojob.platform.tenants.declarations import NO_PERSONAL_FIELDS, Retention


class LoadedWords(models.Model):
    """Texts of one pack row as last written by the loader, by field.

    If the row still has these values, no one edited it, and newer texts of the pack can replace them.
    """

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    table = models.CharField(max_length=63)
    row = models.BigIntegerField(help_text="Primary key of the row.")
    words = models.JSONField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("table", "row"), name="loadedwords_once"),)

    def __str__(self) -> str:
        return f"words of {self.table} {self.row}"
