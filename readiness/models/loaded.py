"""What the loader last wrote, so that newer words can tell what people here have changed."""

from django.db import models

from pagetojob.platform.tenants.declarations import NO_PERSONAL_FIELDS, Retention


class LoadedWords(models.Model):
    """The words with which the loader last left one row of the pack: field to value.

    While the row still says so, nobody here edited it, and newer words of the pack may take its place.
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
