"""Form check that refuses texts asserting a gated claim. It marks the phrase and suggests true wording."""

from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.safestring import SafeString

from pagetojob.claims.guard import visible_text
from pagetojob.claims.selectors import waiting_sentences
from pagetojob.platform.credentials import rules
from pagetojob.platform.credentials.forms import GuardedForm

from ..services.evidence import first_gated_claim, gated_claims

#: Characters of context shown on each side of the phrase.
AROUND = 40


def refusal(text: str) -> SafeString | None:
    """Return the error message for a text, with its first gated claim marked, or None if the text makes no such claim.

    Makes no query for a text without claims, otherwise two.
    """
    overclaim = first_gated_claim(text)
    if overclaim is None:
        return None
    seen = visible_text(text)
    before, after = seen[: overclaim.start], seen[overclaim.end :]
    return format_html(
        "“{}{}<mark>{}</mark>{}{}” claims what is still gated. Wording that is true today: “{}”",
        "…" if len(before) > AROUND else "",
        before[-AROUND:],
        overclaim.phrase,
        after[:AROUND],
        "…" if len(after) > AROUND else "",
        overclaim.safe_wording,
    )


def waiting_message(text: str) -> str | None:
    """Return the error message for a text with a sentence that a second person has to approve first, or None.

    Makes no query for a text without such sentences, otherwise two.
    """
    waiting = waiting_sentences(text) and waiting_sentences(text, gated=gated_claims())
    if not waiting:
        return None
    return f"A second person has to approve this sentence under “Sentence approvals” before it is saved: “{waiting[0]}”"


def problem_of(text: str) -> str | None:
    """Return why a text outside a form cannot be stored: it holds a credential (not echoed) or it overclaims."""
    what = rules.credential_in(text)
    return rules.refusal(what) if what else refusal(text)


class HonestForm(GuardedForm):
    """Form that checks every text field, including the reason, which becomes the public cause of a version."""

    def clean(self) -> dict[str, Any]:
        super().clean()
        for name, field in self.fields.items():
            typed = self.cleaned_data.get(name)
            is_text = isinstance(field, forms.CharField) and not isinstance(field, forms.SlugField)
            if is_text and typed and (problem := refusal(str(typed))):
                self.add_error(name, problem)
        return self.cleaned_data
