"""Admin of claims and disclaimers. Staff edit the wording; code defines which gates a claim needs."""

from typing import Any

from django.contrib import admin
from django.utils.html import format_html_join

from pagetojob.claims.models import Claim, Disclaimer
from pagetojob.claims.registry import definition
from pagetojob.gates.registry import GATES, Gate

from .base import PackAdmin


class StatementAdmin(PackAdmin):
    fields = ("text", "slug", "position", "updated_at")
    search_fields = ("text", "slug")
    prepopulated_fields = {"slug": ("text",)}


@admin.register(Claim)
class ClaimAdmin(StatementAdmin):
    intro = (
        "Readers see the claim with its gates and its state, gated or allowed. You can edit the wording, but not the"
        " gates."
    )
    list_display = ("text", "readers_see", "waits_for", "position", "updated_at")

    @admin.display(description="waits for")
    def waits_for(self, row: Any) -> str:
        if row.place is None:
            return "-"
        return ", ".join(gate["gate"] for gate in row.place.row["gates"] if not gate["open"]) or "nothing"

    def facts(self, obj: Any) -> list[tuple[str, Any]]:
        if obj is None:
            return []
        claim = definition(obj.slug)
        gates = [gate for gate in Gate if gate in claim.gates]
        lines = format_html_join("", "<li>{}: {}</li>", ((gate.value, GATES[gate].missing) for gate in gates))
        return [("Waits for evidence of", lines), ("Safe wording", claim.safe_wording)]


@admin.register(Disclaimer)
class DisclaimerAdmin(StatementAdmin):
    intro = "Readers see it on every page of the pack, in the packet and in the bundle."
    list_display = ("text", "position", "updated_at")
