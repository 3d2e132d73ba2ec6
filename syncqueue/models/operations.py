"""Operators' notes on items, and their saved views."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from pagetojob.platform.tenants.declarations import NO_PERSONAL_FIELDS, Retention
from pagetojob.platform.tenants.models import Created, TenantForeignKey, TenantOwned

from .item import SyncItem


class ItemNote(TenantOwned, Created):
    """A note that an operator wrote on an outbox item for the next operator."""

    RETENTION = Retention.BOOKING_ENVELOPE
    PERSONAL_FIELDS = frozenset({"text"})

    item = TenantForeignKey(SyncItem, related_name="notes")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    text = models.CharField(max_length=2000)

    class Meta:
        ordering = ("id",)
        indexes = (models.Index(fields=["tenant", "item", "id"], name="item_note_of_item"),)

    def __str__(self) -> str:
        return f"note {self.pk} on item {self.item_id}"


class SavedView(Created):
    """A filtered list that an operator saved. Global: it stores filter words, never result rows."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS: ClassVar[frozenset[str]] = NO_PERSONAL_FIELDS

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=400, help_text="The filters as a query string.")

    class Meta:
        ordering = ("name",)
        constraints = (models.UniqueConstraint("user", "name", name="saved_view_once"),)

    def __str__(self) -> str:
        return self.name
