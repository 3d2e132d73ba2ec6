"""The body of `POST /api/v1/leads`: strict about its shape, lenient about what a visitor typed.

A programmer's mistake (a field of the wrong type, an unknown name, no consent) shows at the first attempt and is
refused with a pointer. Text that a visitor typed never costs a lead: it is read by the rules of the form, and a text
that is too long for its column is truncated there and stored in full in `as_typed`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from pagetojob.platform.strict_json import pointer
from pagetojob.titanmap.models import PageBinding
from syncqueue.leads.models import Channel

from ..problems import InvalidField, Problem
from ..services.intake import AppointmentRequest
from ..services.site import SiteFacts
from .appointment import AppointmentForm

SCHEMA = "pagetojob.lead/1"
#: Fields that a visitor types, and the longest text our form accepts for each.
_TYPED = dict.fromkeys(("service", "urgency", "preferred_date", "preferred_window", "name", "street"), 200) | {
    "phone": 60,
    "email": 254,
    "city": 100,
    "state": 40,
    "zip": 20,
    "message": 4000,
}
_LONGEST_PATH = 200
_LONGEST_MARK, _LONGEST_URL = 200, 500
_URLS = ("landing_url", "referrer")
_CLICK_IDS = ("gclid", "gbraid", "wbraid", "fbclid", "msclkid")
_QUERY = re.compile(r"[?#].*", re.DOTALL)
_UTM = re.compile(r"utm_[a-z_]{1,40}")


@dataclass
class ApiLead:
    """A body with a valid shape. `typed` goes into the form; `whole` holds the texts that are too long for it."""

    typed: dict[str, str] = field(default_factory=dict)
    whole: dict[str, str] = field(default_factory=dict)
    consent_text: str = ""
    page: str = ""
    source: dict[str, str] = field(default_factory=dict)

    @property
    def page_path(self) -> str:
        """Return the path for the lookup of a binding, from a path or any URL."""
        try:
            path = urlsplit(self.page).path
        except ValueError:
            return ""
        return (path.rstrip("/") or "/")[:_LONGEST_PATH] if self.page else ""

    @property
    def page_shown(self) -> str:
        """Return the page for display, without its query, which may contain a person's name."""
        return _QUERY.sub("", self.page)[:_LONGEST_PATH]

    def to_request(self, *, site: SiteFacts, token: UUID, binding: PageBinding | None) -> AppointmentRequest:
        """Return the request, by the same rules as our form. Raises Problem if there is no way to reply."""
        data = self.typed | {"form_token": str(token), "consent": "on"}
        form = AppointmentForm(data, site=site)
        if not form.is_valid():
            raise _invalid([InvalidField(pointer(name), str(errors[0])) for name, errors in form.errors.items()])
        page_path = binding.page_path if binding and binding.page_path == self.page_path else self.page_shown
        request = form.to_request(page_path=page_path, source=self.source)
        return replace(
            request,
            channel=Channel.API,
            consent_text=self.consent_text,
            as_typed={**request.as_typed, **self.whole},
        )


def read_lead(body: Any) -> ApiLead:
    """Parse the lead from a JSON body. Raises Problem with an entry for each mistake in its shape."""
    if not isinstance(body, dict):
        raise _invalid([InvalidField("#", "Send a JSON object.")])
    invalid_fields = [
        InvalidField(pointer(name), "This field is unknown. Leave it out; put free text into `message`.")
        for name in body
        if name not in {*_TYPED, "page", "schema", "consent", "source"}
    ]
    if body.get("schema", SCHEMA) != SCHEMA:
        invalid_fields.append(InvalidField("#/schema", f"Leave it out, or send {SCHEMA}."))
    lead = ApiLead(
        source=_source(body.get("source"), invalid_fields), consent_text=_consent(body.get("consent"), invalid_fields)
    )
    lead.page = _text(body, "page", invalid_fields)
    for name, longest in _TYPED.items():
        text = _text(body, name, invalid_fields)
        lead.typed[name] = text[:longest]
        if len(text) > longest:
            lead.whole[name] = text
    if invalid_fields:
        raise _invalid(invalid_fields)
    return lead


def _text(holder: Mapping[str, Any], name: str, invalid_fields: list[InvalidField], *above: str) -> str:
    """Return a stripped text; of an integer, such as a phone number or a ZIP code, its digits."""
    value = holder.get(name)
    if value is None:
        return ""
    if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
        return str(value).strip()
    invalid_fields.append(InvalidField(pointer(*above, name), "Send a string."))
    return ""


def _consent(value: Any, invalid_fields: list[InvalidField]) -> str:
    """Return the sentence the visitor agreed to. Without consent no one may call back, so nothing is stored."""
    if not isinstance(value, dict):
        invalid_fields.append(
            InvalidField("#/consent", 'Send {"given": true, "text": "the sentence the visitor agreed to"}.')
        )
        return ""
    invalid_fields += [
        InvalidField(pointer("consent", name), "Leave it out.") for name in value if name not in {"given", "text"}
    ]
    if value.get("given") is not True:
        invalid_fields.append(InvalidField("#/consent/given", "Send true, and only if the visitor agreed."))
    text = _text(value, "text", invalid_fields, "consent")
    if not text:
        invalid_fields.append(InvalidField("#/consent/text", "Send the sentence the visitor agreed to."))
    return text


def _source(value: Any, invalid_fields: list[InvalidField]) -> dict[str, str]:
    """Return the attribution source, without line breaks and truncated to the size of its columns."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        invalid_fields.append(InvalidField("#/source", "Send an object of strings."))
        return {}
    source = {}
    for name in value:
        if name not in (*_URLS, *_CLICK_IDS) and not _UTM.fullmatch(name):
            invalid_fields.append(InvalidField(pointer("source", name), "This parameter is unknown. Leave it out."))
        elif text := _text(value, name, invalid_fields, "source"):
            printable = "".join(character for character in text if character.isprintable())
            source[name] = printable[: _LONGEST_URL if name in _URLS else _LONGEST_MARK]
    return source


def _invalid(invalid_fields: list[InvalidField]) -> Problem:
    return Problem("invalid-lead", "Fix the fields listed in `errors` and send the lead again.", invalid_fields[:20])
