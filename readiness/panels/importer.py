"""The importer bench: a file or pasted rows in, and the review of them out. Nothing is kept."""

from typing import Any

from django import forms

from pagetojob.importer.errors import TableError
from pagetojob.importer.objects import BY_KEY, OBJECT_TYPES, ObjectType
from pagetojob.importer.reading import DEFAULT
from pagetojob.importer.refusals import holds_secret
from pagetojob.importer.review import GUARDRAILS, Review, review

from ..shape import Pack, PageView
from .tool import NOT_ACCEPTED, Answer, Posted

TEMPLATE = "readiness/panels/importer.html"
STYLES: tuple[str, ...] = ("readiness-tools.css",)
SECONDS = 0
#: A file of the largest size, with the form around it; pasted text grows when a browser sends it.
LARGEST = 3 * DEFAULT.size + 16 * 1024
#: Of each list, this many rows are shown; the counters have them all.
MOST_SHOWN = 100


class ImporterForm(forms.Form):
    """A kind of object, and one of the two: pasted rows or a file."""

    kind = forms.ChoiceField(
        label="What does the table list?",
        choices=[(kind.key, kind.plural.capitalize()) for kind in OBJECT_TYPES],
        error_messages={"required": "Choose what the table lists."},
    )
    text = forms.CharField(
        label="Paste the rows, headings first",
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "autocomplete": "off", "wrap": "off"}),
    )
    file = forms.FileField(
        label="Or choose a CSV file",
        required=False,
        allow_empty_file=True,
        help_text=f"Up to {DEFAULT.size // 1024} kB, with commas, semicolons, tabs or bars between the cells.",
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,text/csv,text/plain"}),
    )

    use_required_attribute = False

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        text, file = str(data.get("text") or ""), data.get("file")
        if file and text.strip():
            self.add_error("file", "Paste rows or choose a file, not both.")
        elif not file and not text.strip() and "text" not in self.errors:
            self.add_error("text", "Paste some rows, or choose a file.")
        elif len(text.encode("utf-8", "replace")) > DEFAULT.size:
            self.add_error("text", f"The text is larger than {DEFAULT.size // 1024} kB. Split it.")
        return data

    def content(self) -> bytes | str:
        file = self.cleaned_data.get("file")
        return bytes(file.read()) if file else str(self.cleaned_data["text"])


def context(pack: Pack, page: PageView) -> dict[str, Any]:
    """The empty form. No query."""
    return _with(ImporterForm())


def sample(key: str) -> dict[str, Any] | None:
    """The form with the sample of a kind in it; None for a kind that is not known. No query."""
    kind = BY_KEY.get(key)
    return _with(ImporterForm(initial={"kind": kind.key, "text": kind.sample}), kind=kind) if kind else None


def answer(pack: Pack, posted: Posted) -> Answer:
    """The review of what was sent, or what is wrong with it. No query."""
    form = ImporterForm(posted.texts, posted.files)
    if not form.is_valid():
        return Answer(_with(form), NOT_ACCEPTED)
    kind = BY_KEY[form.cleaned_data["kind"]]
    secret = holds_secret(form.cleaned_data["text"])
    try:
        found = review(form.content(), kind)
    except TableError as error:
        form.add_error("file" if form.cleaned_data.get("file") else "text", str(error))
        return Answer(_with(form, kind=kind, secret=secret), NOT_ACCEPTED)
    return Answer(_with(form, kind=kind, secret=secret or found.holds_secrets) | _shown(found))


def _with(form: ImporterForm, *, kind: ObjectType | None = None, secret: bool = False) -> dict[str, Any]:
    """What every state of the bench shows. A text with a secret in it is not sent back over the wire."""
    if secret:
        form.data = {"kind": form.data.get("kind", ""), "text": ""}
    return {
        "form": form,
        "kinds": OBJECT_TYPES,
        "kind": kind,
        "guardrails": GUARDRAILS,
        "withheld": secret,
    }


def _shown(found: Review) -> dict[str, Any]:
    counts = found.counts
    return {
        "review": found,
        "tiles": [
            {"value": found.objects, "label": "object read" if found.objects == 1 else "objects read"},
            {"value": counts["active"], "label": "active"},
            {"value": counts["inactive"], "label": "inactive, paused or retired"},
            {"value": counts["needs review"], "label": "for the customer to review"},
            {"value": counts["blocked"], "label": "blocked"},
            {"value": counts["refused"], "label": "refused"},
        ],
        "doubts": [f"{number} with {_a(doubt)}" for doubt, number in found.doubts.items() if number],
        "lists": {name: getattr(found, name)[:MOST_SHOWN] for name in ("candidates", "refused", "warnings")},
        "most": MOST_SHOWN,
    }


def _a(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"
