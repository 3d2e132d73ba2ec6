"""Panel for trying a sentence on the claim guard. It shows the claim and the gates that hold it back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms

from pagetojob.claims.approvals import approved_sentences
from pagetojob.claims.guard import Overclaim, overclaims, visible_text

from ..shape import Pack, PageView
from .rows import rows_of_kind
from .tool import NOT_ACCEPTED, Answer, Posted

LONGEST = 2000
LARGEST = 64 * 1024


class GuardForm(forms.Form):
    """Form with a text as it could appear in an offer, an advertisement or an email."""

    text = forms.CharField(
        label="The sentence",
        max_length=LONGEST,
        help_text=f"Up to {LONGEST:,} characters. HTML is checked as displayed.",
        widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "off"}),
        error_messages={
            "required": "Type or paste a sentence.",
            "max_length": f"Shorten this to {LONGEST:,} characters; it has %(show_value)d.",
        },
    )

    use_required_attribute = False


@dataclass(frozen=True)
class Finding:
    """An overclaim, the pack's claim that it makes (if the pack has it), and the gates that hold it back."""

    overclaim: Overclaim
    title: str
    anchor: str
    waits_for: Sequence[dict[str, Any]]


@dataclass(frozen=True)
class Piece:
    """A segment of the visible text. `marked` segments overclaim."""

    text: str
    marked: bool


def context(pack: Pack, page: PageView) -> dict[str, Any]:
    """Return the empty form. No query."""
    return {"form": GuardForm()}


def answer(pack: Pack, posted: Posted) -> Answer:
    """Return the verdict on a text, or the form errors. No query."""
    form = GuardForm(posted.texts)
    if not form.is_valid():
        return Answer({"form": form}, NOT_ACCEPTED)
    text = form.cleaned_data["text"]
    claims = {row["slug"]: row for row in rows_of_kind(pack, "claim")}
    hits = overclaims(text, gated=pack.gated_claims, approved=approved_sentences())
    findings = [_finding(claim, claims.get(claim.claim)) for claim in hits]
    return Answer({"form": form, "tried": True, "findings": findings, "pieces": pieces(visible_text(text), hits)})


def _finding(overclaim: Overclaim, row: dict[str, Any] | None) -> Finding:
    if row is None:
        return Finding(overclaim, overclaim.claim.replace("-", " ").capitalize(), "", ())
    return Finding(overclaim, row["title"], row["anchor"], [gate for gate in row["gates"] if not gate["open"]])


def pieces(seen: str, hits: Sequence[Overclaim]) -> list[Piece]:
    """Split the text at the boundaries of marked phrases. Overlapping phrases become one mark."""
    cut: list[Piece] = []
    at = 0
    for start, end in sorted((overclaim.start, overclaim.end) for overclaim in hits):
        if end <= at:
            continue
        if start > at:
            cut.append(Piece(seen[at:start], marked=False))
        cut.append(Piece(seen[max(start, at) : end], marked=True))
        at = end
    return [*cut, Piece(seen[at:], marked=False)] if at < len(seen) else cut
