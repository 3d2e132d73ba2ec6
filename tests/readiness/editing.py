"""Changes to the pack made by scripts outside the admin, and evidence that lapses."""

from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import timezone

from pagetojob.gates.models import Evidence, EvidenceKind, SubjectType
from pagetojob.gates.registry import Gate, Grade
from readiness import models
from readiness.services.content import CONTENT_FOLDER
from readiness.services.current import current
from readiness.shape import Pack
from tests.support.factories import make_user

A_DAY = timedelta(days=1)
LINE = "app-approval-path"


def reword(title: str) -> Pack:
    """Reword one row and return the resulting version."""
    models.ChecklistItem.objects.filter(slug=LINE).update(title=title)
    return current()


def prove(
    subject: str,
    *,
    kind: SubjectType,
    summary: str = "A letter on file.",
    is_confirmed: bool = True,
) -> Evidence:
    evidence = Evidence.objects.create(
        subject_type=kind,
        subject=subject,
        kind=EvidenceKind.APPROVAL,
        grade=Grade.THIRD_PARTY,
        summary=summary,
        url="/letter",
        recorded_by=make_user(),
        received_at=timezone.now(),
        expires_at=timezone.now() + A_DAY,
    )
    if is_confirmed:
        Evidence.objects.filter(pk=evidence.pk).update(confirmed_by=make_user(), confirmed_at=timezone.now())
    return evidence


def open_gate(gate: Gate = Gate.PARTNER_APPROVAL) -> Evidence:
    """Store evidence that opens a gate, so that a claim is allowed until it lapses."""
    return prove(gate.value, kind=SubjectType.GATE)


def line() -> models.ChecklistItem:
    return models.ChecklistItem.objects.get(slug="credential-storage")


def ready_line() -> models.ChecklistItem:
    """Store a line that is ready now, with evidence that lapses."""
    line = models.ChecklistItem.objects.create(
        slug="soon-due",
        title="A line that lapses",
        owner="PageToJob",
        status="ready now",
        current="It is so.",
        next_step="Look again.",
    )
    prove(line.anchor, kind=SubjectType.PACK)
    return line


def load_content(folder: Path = CONTENT_FOLDER) -> str:
    """Run `load_readiness`, and return what it prints."""
    out = StringIO()
    call_command("load_readiness", content=folder, stdout=out)
    return out.getvalue().strip()


def pass_end_of(evidence: Evidence, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the clock to just after the evidence expires."""
    monkeypatch.setattr(timezone, "now", lambda: evidence.expires_at + timedelta(seconds=1))


def replace_text(folder: Path, file: str, old: str, new: str) -> None:
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
