"""Rows that every page of the pack is rendered from. They are global: no tenant owns them."""

from .access import AccessItem, ConnectionGate, Module, ScopeFamily
from .base import Owner, PackRow, Role, Shown, Status, StatusRow
from .boundaries import DataBoundary
from .documents import DocumentRequest, ReviewDocument
from .drafts import Draft
from .lines import ChecklistItem, PartnerMaterial, ReadinessLine
from .loaded import LoadedWords
from .pages import Entry, EntryDetail, Page, PageSection
from .protocol import AsBuiltNote, IntakeQuestion, PartnerAnswer, ValidationCase
from .reviewers import LineResponse, ReviewInvitation
from .runbooks import Runbook, RunbookStep, SupportRunbook
from .runs import CheckResult, CheckRun
from .versions import ClaimScan, EvidenceNotice, PackClock, PackFile, PackText, PackVersion

__all__ = [
    "AccessItem",
    "AsBuiltNote",
    "CheckResult",
    "CheckRun",
    "ChecklistItem",
    "ClaimScan",
    "ConnectionGate",
    "DataBoundary",
    "DocumentRequest",
    "Draft",
    "Entry",
    "EntryDetail",
    "EvidenceNotice",
    "IntakeQuestion",
    "LineResponse",
    "LoadedWords",
    "Module",
    "Owner",
    "PackClock",
    "PackFile",
    "PackRow",
    "PackText",
    "PackVersion",
    "Page",
    "PageSection",
    "PartnerAnswer",
    "PartnerMaterial",
    "ReadinessLine",
    "ReviewDocument",
    "ReviewInvitation",
    "Role",
    "Runbook",
    "RunbookStep",
    "ScopeFamily",
    "Shown",
    "Status",
    "StatusRow",
    "SupportRunbook",
    "ValidationCase",
]
