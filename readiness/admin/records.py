"""Read-only admin of records that the system writes: versions, their files, notices and claim scans."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from pagetojob.platform.audit.admin import LimitedAdmin

from .. import models


class ReadOnly(LimitedAdmin):
    """Read-only admin. The database also refuses most writes to these rows."""

    heavy: tuple[str, ...] = ()
    actions = None
    without = ("add", "change", "delete")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer(*self.heavy)


@admin.register(models.PackVersion)
class PackVersionAdmin(ReadOnly):
    heavy = ("body",)
    list_display = ("number", "cause", "author", "created_at", "short_hash")
    list_select_related = ("author",)
    list_filter = (("author", admin.RelatedOnlyFieldListFilter),)
    search_fields = ("cause", "sha256")
    date_hierarchy = "created_at"
    fields = ("number", "cause", "author", "created_at", "sha256")

    def view_on_site(self, obj: models.PackVersion) -> str:
        return reverse("readiness:version", args=[obj.number])

    @admin.display(description="SHA-256")
    def short_hash(self, row: models.PackVersion) -> str:
        return f"{row.sha256[:12]}…"


@admin.register(models.PackFile)
class PackFileAdmin(ReadOnly):
    heavy = ("content", "version__body")
    list_display = ("version", "kind", "size", "sha256", "made_at")
    list_select_related = ("version",)
    list_filter = ("kind",)
    search_fields = ("version__number", "sha256")
    fields = ("version", "kind", "size", "sha256", "made_at")


@admin.register(models.EvidenceNotice)
class EvidenceNoticeAdmin(ReadOnly):
    """Notices that were due, their recipients, and why a notice was not sent."""

    list_display = ("evidence_link", "days_before", "to", "tries", "due_at", "sent_at", "trouble")
    list_display_links = None
    list_select_related = ("evidence", "to")
    list_filter = ("days", ("sent_at", admin.EmptyFieldListFilter), ("trouble", admin.EmptyFieldListFilter))
    search_fields = ("evidence__subject", "trouble")

    @admin.display(description="evidence")
    def evidence_link(self, row: models.EvidenceNotice) -> str:
        url = reverse("admin:gates_evidence_change", args=[row.evidence_id])
        return format_html('<a href="{}">{}</a>', url, row.evidence.subject)

    @admin.display(description="sent", ordering="days")
    def days_before(self, row: models.EvidenceNotice) -> str:
        return f"{row.days} days before" if row.days else "after it lapsed"


@admin.register(models.ClaimScan)
class ClaimScanAdmin(ReadOnly):
    list_display = ("at", "looked_at", "finds")
    date_hierarchy = "at"
    fields = ("at", "looked_at", "found")

    @admin.display(description="found")
    def finds(self, row: models.ClaimScan) -> int:
        return len(row.found)
