"""Try a sentence: what the claim guard says of a text, with the claim it makes and what holds that back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms

from pagetojob.claims.guard import Overclaim, overclaims, visible_text

from ..shape import Pack, PageView
from .rows import rows_of_kind
from .tool import NOT_ACCEPTED, Answer, Posted

TEMPLATE = "readiness/panels/guard.html"
STYLES: tuple[str, ...] = ("readiness-tools.css",)
SECONDS = 0
LONGEST = 2000
LARGEST = 64 * 1024


class GuardForm(forms.Form):
    """A text as it would stand in an offer, an advertisement or an e-mail."""

    text = forms.CharField(
        label="The sentence",
        max_length=LONGEST,
        help_text=f"Up to {LONGEST:,} characters; HTML is read as a reader would see it.",
        widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "off"}),
        error_messages={
            "required": "Type or paste a sentence.",
            "max_length": f"Shorten this to {LONGEST:,} characters; it has %(show_value)d.",
        },
    )

    use_required_attribute = False


@dataclass(frozen=True)
class Finding:
    """One overclaim with the claim of the pack it makes, if the pack words it, and the gates that hold it back."""

    overclaim: Overclaim
    title: str
    anchor: str
    waits_for: Sequence[dict[str, Any]]


@dataclass(frozen=True)
class Piece:
    """A stretch of the text as it is read; `marked` is a phrase that claims too much."""

    text: str
    marked: bool


def context(pack: Pack, page: PageView) -> dict[str, Any]:
    """The empty form. No query."""
    return {"form": GuardForm()}


def answer(pack: Pack, posted: Posted) -> Answer:
    """The verdict on a text, or what is wrong with the form. No query."""
    form = GuardForm(posted.texts)
    if not form.is_valid():
        return Answer({"form": form}, NOT_ACCEPTED)
    text = form.cleaned_data["text"]
    claims = {row["slug"]: row for row in rows_of_kind(pack, "claim")}
    found = overclaims(text, gated=pack.gated_claims)
    findings = [_finding(one, claims.get(one.claim)) for one in found]
    return Answer({"form": form, "tried": True, "findings": findings, "pieces": pieces(visible_text(text), found)})


def _finding(one: Overclaim, row: dict[str, Any] | None) -> Finding:
    if row is None:
        return Finding(one, one.claim.replace("-", " ").capitalize(), "", ())
    return Finding(one, row["title"], row["anchor"], [gate for gate in row["gates"] if not gate["open"]])


def pieces(seen: str, found: Sequence[Overclaim]) -> list[Piece]:
    """The text cut where a marked phrase begins or ends; phrases that overlap are one mark."""
    cut: list[Piece] = []
    at = 0
    for start, end in sorted((one.start, one.end) for one in found):
        if end <= at:
            continue
        if start > at:
            cut.append(Piece(seen[at:start], marked=False))
        cut.append(Piece(seen[max(start, at) : end], marked=True))
        at = end
    return [*cut, Piece(seen[at:], marked=False)] if at < len(seen) else cut
