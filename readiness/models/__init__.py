"""The rows every page of the pack is rendered from. Global: no tenant owns them."""

from .base import Owner, PackRow, Status
from .boundaries import DataBoundary
from .lines import ChecklistItem, PartnerMaterial, ReadinessLine
from .pages import Page, PageSection
from .runbooks import Runbook, RunbookStep
from .statements import Disclaimer, GatedClaim, Statement

__all__ = [
    "ChecklistItem",
    "DataBoundary",
    "Disclaimer",
    "GatedClaim",
    "Owner",
    "PackRow",
    "Page",
    "PageSection",
    "PartnerMaterial",
    "ReadinessLine",
    "Runbook",
    "RunbookStep",
    "Statement",
    "Status",
]
