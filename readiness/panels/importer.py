"""Panel with the importer bench: it takes a file or pasted rows and shows the review. Stores nothing."""

from typing import Any

from django import forms

from pagetojob.importer.errors import TableError
from pagetojob.importer.objects import BY_KEY, OBJECT_TYPES, ObjectType
from pagetojob.importer.reading import DEFAULT
from pagetojob.importer.refusals import holds_secret
from pagetojob.importer.review import GUARDRAILS, Review, review

from ..shape import Pack, PageView
from .tool import NOT_ACCEPTED, Answer, Posted

#: Room for the largest file plus the form around it. Pasted text grows when a browser encodes it.
LARGEST = 3 * DEFAULT.size + 16 * 1024
#: Rows shown per list. The counters include all of them.
MOST_SHOWN = 100


class ImporterForm(forms.Form):
    """Form with the kind of object and either pasted rows or a file."""

    kind = forms.ChoiceField(
        label="Content of the table",
        choices=[(kind.key, kind.plural.capitalize()) for kind in OBJECT_TYPES],
        error_messages={"required": "Choose what the table lists."},
    )
    text = forms.CharField(
        label="Paste the rows, with headings first",
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "autocomplete": "off", "wrap": "off"}),
    )
    file = forms.FileField(
        label="Or choose a CSV file",
        required=False,
        allow_empty_file=True,
        help_text=f"Up to {DEFAULT.size // 1024} kB, separated by commas, semicolons, tabs or vertical bars.",
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,text/csv,text/plain"}),
    )

    use_required_attribute = False

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        text, file = str(data.get("text") or ""), data.get("file")
        if file and text.strip():
            self.add_error("file", "Paste rows or choose a file, but not both.")
        elif not file and not text.strip() and "text" not in self.errors:
            self.add_error("text", "Paste some rows, or choose a file.")
        elif len(text.encode("utf-8", "replace")) > DEFAULT.size:
            self.add_error("text", f"The text is larger than {DEFAULT.size // 1024} kB. Split it into smaller parts.")
        return data

    def content(self) -> bytes | str:
        file = self.cleaned_data.get("file")
        return bytes(file.read()) if file else str(self.cleaned_data["text"])


def context(pack: Pack, page: PageView) -> dict[str, Any]:
    """Return the empty form. No query."""
    return _with(ImporterForm())


def sample(key: str) -> dict[str, Any] | None:
    """Return the form filled with the sample of a kind, or None for an unknown kind. No query."""
    kind = BY_KEY.get(key)
    return _with(ImporterForm(initial={"kind": kind.key, "text": kind.sample}), kind=kind) if kind else None


def answer(pack: Pack, posted: Posted) -> Answer:
    """Return the review of the submitted rows, or the errors. No query."""
    form = ImporterForm(posted.texts, posted.files)
    if not form.is_valid():
        return Answer(_with(form), NOT_ACCEPTED)
    kind = BY_KEY[form.cleaned_data["kind"]]
    secret = holds_secret(form.cleaned_data["text"])
    try:
        result = review(form.content(), kind)
    except TableError as error:
        form.add_error("file" if form.cleaned_data.get("file") else "text", str(error))
        return Answer(_with(form, kind=kind, secret=secret), NOT_ACCEPTED)
    return Answer(_with(form, kind=kind, secret=secret or result.holds_secrets) | _shown(result))


def _with(form: ImporterForm, *, kind: ObjectType | None = None, secret: bool = False) -> dict[str, Any]:
    """Return the context shared by all states of the bench. A text that contains a secret is not sent back."""
    if secret:
        form.data = {"kind": form.data.get("kind", ""), "text": ""}
    return {
        "form": form,
        "kinds": OBJECT_TYPES,
        "kind": kind,
        "guardrails": GUARDRAILS,
        "withheld": secret,
    }


def _shown(result: Review) -> dict[str, Any]:
    counts = result.counts
    return {
        "review": result,
        "tiles": [
            {"value": result.objects, "label": "object read" if result.objects == 1 else "objects read"},
            {"value": counts["active"], "label": "active"},
            {"value": counts["inactive"], "label": "inactive, paused or retired"},
            {"value": counts["needs review"], "label": "for the customer to review"},
            {"value": counts["blocked"], "label": "blocked"},
            {"value": counts["refused"], "label": "refused"},
        ],
        "doubts": [f"{number} with {_a(doubt)}" for doubt, number in result.doubts.items() if number],
        "lists": {name: getattr(result, name)[:MOST_SHOWN] for name in ("candidates", "refused", "warnings")},
        "most": MOST_SHOWN,
    }


def _a(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"
