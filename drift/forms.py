"""Forms: operators' input about findings and sites, and the customer's answer."""

import io
import json
from typing import Any, Self

from django import forms
from django.utils import timezone

from pagetojob.platform.credentials.forms import GuardedForm, ReasonField
from pagetojob.platform.files.images import ImagesNotRead, clean_images
from pagetojob.platform.files.models import CHUNK_BYTES
from pagetojob.platform.outbound.errors import GatewayError
from pagetojob.titanmap.map_errors import BadMap
from pagetojob.titanmap.map_json import read_map
from pagetojob.titanmap.map_types import SCHEMA

from .crawl.page_addresses import read_base
from .models import Choice
from .services.customer_questions import LONGEST_WAIVER, Word
from .texts import Fact

LARGEST_PAGE = 10_000_000
LARGEST_PHOTO = 8 * CHUNK_BYTES


def _reason(recorded: str = "Recorded in the history and the audit log.") -> ReasonField:
    return ReasonField(recorded=recorded, max_length=300)


class FindingReasonForm(GuardedForm, forms.Form):
    reason = _reason()


class AskForm(FindingReasonForm):
    mail_it = forms.BooleanField(
        label="Email it to the office and send a reminder every three days", required=False, initial=True
    )


class WaiveForm(GuardedForm, forms.Form):
    until = forms.DateField(label="Until", widget=forms.DateInput(attrs={"type": "date"}), help_text="At most a year.")
    reason = _reason()

    def clean_until(self) -> Any:
        return _in_a_year(self.cleaned_data["until"])


class AgreeForm(GuardedForm, forms.Form):
    fix = forms.CharField(
        label="Agreed change: old and new text", max_length=600, widget=forms.Textarea(attrs={"rows": 3})
    )


class DemoForm(GuardedForm, forms.Form):
    old = forms.CharField(label="Current text", max_length=300)
    new = forms.CharField(label="New text", max_length=300)


class AnswerForm(forms.Form):
    """A customer's answer: one of the choices of the question that `ask` sets. None is preselected."""

    choice = forms.ChoiceField(widget=forms.RadioSelect, error_messages={"required": "Choose one of the answers."})
    until = forms.DateField(
        label="Until",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="Only for the last answer.",
    )
    comment = forms.CharField(
        label="Anything we should know?", required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )

    def ask(self, fact: Fact) -> Self:
        """Show the question about this fact, with its answers."""
        field = self.fields["choice"]
        field.label = fact.question
        field.choices = [(value, words) for value, words, _ in fact.answers]  # type: ignore[attr-defined]
        return self

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("choice") == Choice.TRUE_UNTIL:
            if not cleaned.get("until"):
                self.add_error("until", "Enter the date for this answer.")
            else:
                cleaned["until"] = _in_a_year(cleaned["until"], self)
        else:
            cleaned["until"] = None
        is_explained = cleaned.get("comment") or cleaned.get("photo")
        if cleaned.get("choice") == Choice.BOTH_CHANGE and not (is_explained or self.errors):
            self.add_error("comment", "Enter the correct information, so that we can change both.")
        return cleaned

    def word(self) -> Word:
        """Return the answer of a valid form."""
        typed = self.cleaned_data
        return Word(typed["choice"], typed["until"], typed["comment"], typed.get("photo"))


class PortalForm(GuardedForm, AnswerForm):
    """The same form for a signed-in person, one of several on a page. A question without a choice is not answered."""

    seal = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["choice"].required = False


class LinkForm(AnswerForm):
    """The same form on the customer's page, with an optional photo of a price list, license or sign."""

    photo = forms.FileField(
        label="Photo as proof",
        required=False,
        widget=forms.ClearableFileInput(attrs={"accept": "image/jpeg,image/png"}),
        help_text="For example a price list, a license or a sign. JPEG or PNG, up to 8 MB.",
    )

    def clean_photo(self) -> Any:
        file = self.cleaned_data["photo"]
        if file is None:
            return None
        if file.size > LARGEST_PHOTO:
            raise forms.ValidationError("This photo is larger than 8 MB. Choose a smaller one, or send no photo.")
        try:
            (image,) = clean_images([file])
        except (ImagesNotRead, OSError):
            raise forms.ValidationError("This photo could not be read. Choose another one, or send no photo.") from None
        if image is None:
            raise forms.ValidationError(
                "This file is not a JPEG or PNG image that we can open. Choose another one, or send no photo."
            )
        return io.BytesIO(image.content)


class ToldForm(GuardedForm, AnswerForm):
    """The same form for an operator who records an answer given by phone."""

    told_by = forms.CharField(label="Name of the person who answered", max_length=120)
    field_order = ("told_by", "choice", "until", "comment")


class SiteForm(GuardedForm, forms.Form):
    base_url = forms.CharField(
        label="Base address of the site", max_length=290, help_text="For example https://www.example.com/"
    )
    every_hours = forms.IntegerField(label="Hours between readings", min_value=1, max_value=720, initial=24)
    page_budget = forms.IntegerField(label="Maximum pages per reading", min_value=1, max_value=2000, initial=200)
    delay_ms = forms.IntegerField(label="Milliseconds between requests", min_value=0, max_value=30_000, initial=500)
    reads_itself = forms.BooleanField(label="Read on this schedule", required=False, initial=True)
    more = forms.CharField(
        label="Additions to the Titan Map",
        required=False,
        max_length=100_000,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
        help_text="Prices, dates, licenses and more, as documented JSON. Names and states come from the map.",
    )
    reason = _reason("Recorded in the audit log.")

    def clean_base_url(self) -> str:
        try:
            return read_base(self.cleaned_data["base_url"])
        except (GatewayError, ValueError) as error:
            raise forms.ValidationError(getattr(error, "sentence", "This is not a valid address.")) from None

    def clean_more(self) -> dict[str, Any]:
        typed = self.cleaned_data["more"].strip()
        if not typed:
            return {}
        try:
            value = json.loads(typed)
            if not isinstance(value, dict):
                raise forms.ValidationError("A Titan Map is a JSON object.")
            value.pop("schema", None)
            read_map(json.dumps({"schema": SCHEMA} | value).encode())
        except BadMap as refused:
            raise forms.ValidationError(str(refused)) from None
        except json.JSONDecodeError as error:
            raise forms.ValidationError(
                f"This is not valid JSON: see line {error.lineno}, column {error.colno}."
            ) from None
        except (ValueError, RecursionError):
            raise forms.ValidationError("This is not valid JSON.") from None
        return value


class PageForm(GuardedForm, forms.Form):
    """An uploaded page: a file, or pasted HTML."""

    page = forms.RegexField(
        r"^/[^\s?#]*$",
        label="Path on the site",
        max_length=400,
        help_text="For example /ac-repair. Use / for the home page.",
    )
    file = forms.FileField(label="HTML file", required=False)
    html = forms.CharField(
        label="Or paste the HTML", required=False, max_length=2_000_000, widget=forms.Textarea(attrs={"rows": 4})
    )
    reason = _reason("Recorded in the audit log.")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        file = cleaned.get("file")
        if bool(file) == bool(cleaned.get("html")):
            raise forms.ValidationError("Choose a file or paste the HTML, but not both.")
        if file and file.size > LARGEST_PAGE:
            self.add_error("file", "This page is larger than 10 MB. Choose a smaller file.")
        return cleaned

    def body(self) -> bytes:
        """Return the bytes of the page of a valid form."""
        file = self.cleaned_data["file"]
        return bytes(file.read()) if file else self.cleaned_data["html"].encode()

    def path(self) -> str:
        """Return the path of the page in the crawler's format."""
        return "/" + str(self.cleaned_data["page"]).strip("/")


def _in_a_year(day: Any, form: forms.Form | None = None) -> Any:
    today = timezone.now().date()
    if today <= day <= today + LONGEST_WAIVER:
        return day
    sentence = "Choose a date from today to one year ahead."
    if form is None:
        raise forms.ValidationError(sentence)
    form.add_error("until", sentence)
    return day
