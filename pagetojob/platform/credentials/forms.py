"""Base form that rejects text that looks like a credential. For staff, operators and tenants, not for visitors.

Rejected text is not repeated anywhere: not in the redisplayed form, a message, a log or an audit line.
"""

from collections.abc import Iterator, Mapping
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest

from .rules import credential_in, file_refusal, refusal

#: Bytes of an upload that are scanned, in pieces: more than any of our forms accepts. 0.3 s per MB.
MAX_SCANNED_BYTES = 16_777_216
_PIECE, _OVERLAP = 262_144, 4096
#: For the help of each reason: an erasure of a person cannot change the sealed line that contains it.
LEAVE_OUT = "Leave out personal data."


class GuardedForm(forms.BaseForm):
    """Form that scans all typed text and text files before any other validation.

    Hidden fields and passwords are not scanned.
    """

    def _clean_fields(self) -> None:
        refused = dict(self._refused())
        if refused:
            # The form is redisplayed with the submitted data, except for the rejected fields.
            self.data = cast("Any", self._without(refused))
        super()._clean_fields()  # type: ignore[misc]
        for name, sentence in refused.items():
            self.cleaned_data.pop(name, None)
            self.errors.pop(name, None)
            self.add_error(name, sentence)

    def _refused(self) -> Iterator[tuple[str, str]]:
        for name, field in self.fields.items():
            if field.disabled:
                continue
            typed = self[name].data
            if isinstance(typed, str) and _is_typed(field) and (what := credential_in(typed)):
                yield name, refusal(what)
            elif isinstance(typed, UploadedFile) and (kind := credential_in_file(typed)):
                yield name, file_refusal(kind)

    def _without(self, names: Mapping[str, str]) -> Any:
        data = cast("Any", self.data).copy()
        for name in names:
            key = self.add_prefix(name)
            if key in data:
                data[key] = ""
        return data


class ReasonField(forms.CharField):
    """The reason of an action: one line, or a text area with `rows`.

    `customer_reads` is for actions about a contractor: its owners see every line of the audit log about it.
    """

    def __init__(
        self,
        label: str = "Reason",
        *,
        recorded: str = "Recorded in the audit log with your name.",
        customer_reads: bool = True,
        max_length: int = 500,
        rows: int = 0,
    ) -> None:
        super().__init__(
            label=label,
            max_length=max_length,
            widget=forms.Textarea(attrs={"rows": rows}) if rows else forms.TextInput,
            help_text=f"{recorded}{' The customer can read it.' if customer_reads else ''} {LEAVE_OUT}",
            error_messages={"required": "Enter a reason. It is recorded in the audit log."},
        )


class ReasonForm(GuardedForm, forms.Form):
    """Ask for the reason of an action about a contractor, whose owners read it in the portal's audit log."""

    reason = ReasonField()


class InternalReasonForm(ReasonForm):
    """Ask for the reason of an action that is about no contractor, so only operations reads it."""

    reason = ReasonField(customer_reads=False)


def reason_given(request: HttpRequest) -> str:
    """Return the submitted reason; without a valid one, show an error on the next page and return an empty string."""
    form = ReasonForm(request.POST)
    if form.is_valid():
        return str(form.cleaned_data["reason"])
    messages.error(request, " ".join(map(str, form.errors["reason"])))
    return ""


def credential_in_file(upload: UploadedFile) -> str | None:
    """Return the kind of credential that a text file contains; None for a clean or binary file.

    Reads from the start and rewinds the file.
    """
    upload.seek(0)
    tail, scanned = b"", 0
    try:
        while scanned < MAX_SCANNED_BYTES and (piece := upload.read(_PIECE)):
            if b"\0" in piece:
                return None
            scanned += len(piece)
            if what := credential_in((tail + piece).decode("utf-8", "replace")):
                return what
            tail = piece[-_OVERLAP:]
    finally:
        upload.seek(0)
    return None


def _is_typed(field: forms.Field) -> bool:
    secret = isinstance(field.widget, forms.HiddenInput | forms.PasswordInput)
    return isinstance(field, forms.CharField) and not secret
