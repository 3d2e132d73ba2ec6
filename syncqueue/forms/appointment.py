"""The visitor's form. It requires a name, a way to reply and the consent; everything else is accepted as typed."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.utils import timezone

from pagetojob.platform import phones
from pagetojob.platform.tenants.models import LegalKind
from pagetojob.platform.tenants.time_zones import usable_zone
from pagetojob.titanmap.models import Urgency
from syncqueue.leads.models import Window

from ..envelope import SOMETHING_ELSE
from ..services.intake import SAME_REQUEST, AppointmentRequest
from ..services.site import SiteFacts
from ..spam_signals import Page
from ..visitor_texts import NO_APPOINTMENT_YET, with_text_message_terms

NO_ANSWER = "Enter a phone number or an email address so we can contact you."
NOT_CALLABLE = "Enter a phone number that can be called, with its area code, or an email address."
#: No person fills in the form faster than this.
TYPING_TIME = timedelta(seconds=3)
_LONGEST_AS_TYPED = 200
#: Fields that our page wrote into the form and no one answered; they differ each time the page is shown.
_MARKS = frozenset({"form_token", "rendered", "landing"})
#: The order of the versions in a mark.
_LEGAL = (LegalKind.CONSENT, LegalKind.PRIVACY, LegalKind.TERMS)
_FURTHEST_DAY = timedelta(days=365)


def consent_text(site: SiteFacts) -> str:
    """Return the published consent text, or our own until there is one, with the terms of text messages."""
    consent = site.consent or f"{site.name} may contact me about this request by phone, text message or email."
    return with_text_message_terms(consent)


@dataclass(frozen=True)
class LegalVersions:
    """The versions of the legal texts that a form showed; None for a text that it did not show."""

    consent: int | None = None
    privacy: int | None = None
    terms: int | None = None


def render_mark(site: SiteFacts) -> str:
    """Return a signed text that contains when a form of the site was shown, and with which legal texts."""
    versions = " ".join(str(site.legal.get(kind, 0)) for kind in _LEGAL)
    return _signer().sign(f"{site.slug} {versions}")


def legal_versions(mark: str) -> LegalVersions:
    """Return the versions in a mark of ours; none for any other text."""
    try:
        numbers = [int(part) or None for part in _signer().unsign(mark).split(" ")[1:]]
    except signing.BadSignature:
        return LegalVersions()
    return LegalVersions(*numbers)


def _signer() -> signing.TimestampSigner:
    return signing.TimestampSigner(salt="syncqueue.rendered")


class OpenChoice(forms.ChoiceField):
    """Offers choices and accepts any answer; `as_typed` of the form contains those outside the choices."""

    def validate(self, value: Any) -> None:
        return None


class _NoneIfInvalid(forms.Field):
    def clean(self, value: Any) -> Any:
        try:
            return super().clean(value)
        except ValidationError:
            return None


class OpenDate(_NoneIfInvalid, forms.DateField):
    """Accepts any answer; an invalid day becomes None."""


class Token(_NoneIfInvalid, forms.UUIDField):
    """Accepts any answer; an invalid token, as in a copied form, becomes None."""


class OneOfTwo(forms.CharField):
    """Required unless the other field is filled; `AppointmentForm.clean` checks both."""

    def validate(self, value: Any) -> None:
        return None


class Message(forms.CharField):
    """Counts a line break as one character, as the page does, although a browser sends two."""

    def run_validators(self, value: Any) -> None:
        super().run_validators(value.replace("\r\n", "\n"))


def _text(
    label: str,
    longest: int,
    *,
    required: str = "",
    widget: forms.Widget | None = None,
    of: type[forms.CharField] = forms.CharField,
) -> forms.CharField:
    return of(
        label=label,
        max_length=longest,
        required=bool(required),
        widget=widget,
        error_messages={
            "required": required,
            "max_length": f"Shorten this to {longest:,} characters; it has %(show_value)d.",
        },
    )


class AppointmentForm(forms.Form):
    """A visitor's request. Text is taken as typed; a phone number may have any format."""

    form_token = Token(required=False, widget=forms.HiddenInput)
    rendered = forms.CharField(required=False, widget=forms.HiddenInput)
    landing = forms.CharField(required=False, widget=forms.HiddenInput)
    website = forms.CharField(label="Leave this empty", required=False)
    service = OpenChoice(label="What do you need?")
    urgency = OpenChoice(label="How urgent is it?", choices=Urgency, widget=forms.RadioSelect)
    preferred_date = OpenDate(label="Preferred day", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    preferred_window = OpenChoice(label="Preferred time", choices=Window, required=False, initial=Window.ANY)
    message = _text("What's the problem?", 4000, widget=forms.Textarea(attrs={"rows": 4}), of=Message)
    name = _text("Your name", 200, required="Enter your name.")
    phone = _text("Phone", 60, required=NO_ANSWER, of=OneOfTwo)
    email = _text("Email", 254, required=NO_ANSWER, of=OneOfTwo)
    street = _text("Street address", 200)
    city = _text("City", 100)
    state = _text("State", 40)
    zip = _text("ZIP code", 20)
    consent = forms.BooleanField(error_messages={"required": "Please check the box so we can contact you."})

    _TYPED = ("name", "phone", "email", "street", "city", "state", "zip", "message")
    _ATTRS: Mapping[str, dict[str, str]] = {
        "website": {"autocomplete": "off", "tabindex": "-1"},
        "name": {"autocomplete": "name", "enterkeyhint": "next"},
        "phone": {"autocomplete": "tel", "inputmode": "tel", "enterkeyhint": "next"},
        "email": {"autocomplete": "email", "inputmode": "email", "enterkeyhint": "next", "autocapitalize": "none"},
        "street": {"autocomplete": "address-line1", "enterkeyhint": "next"},
        "city": {"autocomplete": "address-level2", "enterkeyhint": "next"},
        "state": {"autocomplete": "address-level1", "enterkeyhint": "next"},
        "zip": {"autocomplete": "postal-code", "enterkeyhint": "done"},
    }

    use_required_attribute = False
    no_appointment_yet = NO_APPOINTMENT_YET

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, site: SiteFacts, action: str = "", **kwargs: Any
    ) -> None:
        super().__init__(None if data is None else {name: _storable(value) for name, value in data.items()}, **kwargs)
        self.site = site
        #: The URL the form is posted to, from any page; empty for the page's own URL.
        self.action = action
        #: A browser does not send its files a second time, so a page with errors asks for them again.
        self.photos_dropped = False
        #: Answers that could not be read, by field, as typed. Filled by `clean`.
        self.as_typed: dict[str, str] = {}
        service = self.fields["service"]
        assert isinstance(service, OpenChoice)
        # The last choice is always offered, because a map without job types must not turn a visitor away.
        named = [(name, name) for name in (*site.services, SOMETHING_ELSE)]
        # A browser sends the first choice of a list that no one touched, so it must not be a service.
        service.choices = named if self.initial.get("service") else [("", "Choose a service"), *named]
        self.fields["consent"].label = f"I agree: {consent_text(site)}"
        for name, attrs in self._ATTRS.items():
            self.fields[name].widget.attrs.update(attrs)
        for name in self._TYPED:
            # A browser cuts a pasted text at maxlength without a word. The script counts instead, and `clean` refuses.
            attrs = self.fields[name].widget.attrs
            attrs["data-longest"] = attrs.pop("maxlength")
        today = self._today()
        self.fields["preferred_date"].widget.attrs.update(
            {"min": today.isoformat(), "max": (today + _FURTHEST_DAY).isoformat()}
        )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not data.get("form_token"):
            data["form_token"], data["form_token_before"] = self._tokens_of_answers()
        phone, email = (str(self.data.get(name, "")).strip() for name in ("phone", "email"))
        if not (phone or email):
            self.add_error("phone", NO_ANSWER)
        elif not email and not phones.is_dialable(phone):
            self.add_error("phone", NOT_CALLABLE)
        data["service"] = self._known("service", instead=SOMETHING_ELSE)
        data["urgency"] = self._known("urgency", instead=Urgency.SOON)
        data["preferred_window"] = self._known("preferred_window", instead=Window.ANY)
        day, today = data.get("preferred_date"), self._today()
        if day is None or not today <= day <= today + _FURTHEST_DAY:
            data["preferred_date"] = None
            self._keep_as_typed("preferred_date")
        return data

    def page_seen(self) -> Page:
        """Return whether the form came from a page of this site and was open long enough, by its render time."""
        mark = str(self.data.get("rendered", ""))
        try:
            if _signer().unsign(mark).partition(" ")[0] != self.site.slug:
                return Page.NOT_OURS
            _signer().unsign(mark, max_age=TYPING_TIME)
        except signing.SignatureExpired:
            return Page.READ
        except signing.BadSignature:
            return Page.NOT_OURS
        return Page.JUST_SHOWN

    @property
    def has_more(self) -> bool:
        """Return whether the folded fields are open at first: one has an answer, or photos have to be chosen again."""
        day, window = (self[name].value() for name in ("preferred_date", "preferred_window"))
        return bool(self.photos_dropped or day or window not in (None, "", Window.ANY))

    @property
    def trap(self) -> str:
        """Return the text of the field that people cannot see."""
        return str(self.data.get("website", ""))

    def to_request(
        self,
        *,
        page_path: str,
        source: Mapping[str, str],
        suspected: list[str] | None = None,
        capacity: Mapping[str, Any] | None = None,
        confirm: bool = True,
        is_test: bool = False,
    ) -> AppointmentRequest:
        data, shown = self.cleaned_data, legal_versions(str(self.data.get("rendered", "")))
        return AppointmentRequest(
            form_token=data["form_token"],
            form_token_before=data.get("form_token_before"),
            **{name: data[name] for name in self._TYPED},
            service=data["service"],
            urgency=data["urgency"],
            preferred_date=data["preferred_date"],
            preferred_window=data["preferred_window"],
            page_path=page_path,
            consent_text=consent_text(self.site),
            source=source,
            suspected=suspected or [],
            as_typed=self.as_typed,
            capacity=capacity,
            confirm=confirm,
            is_test=is_test,
            consent_version=shown.consent,
            privacy_version=shown.privacy,
            terms_version=shown.terms,
        )

    def _tokens_of_answers(self) -> tuple[uuid.UUID, uuid.UUID]:
        """Return tokens for a form without one: of the same answers in this time window and in the previous one.

        Two posts a second apart may be on both sides of a window's end, so the previous window counts too.
        """
        stretch = int(timezone.now().timestamp() // SAME_REQUEST.total_seconds())
        answers = {name: str(self.data.get(name, "")) for name in self.fields if name not in _MARKS}

        def token(of: int) -> uuid.UUID:
            return uuid.uuid5(uuid.NAMESPACE_URL, f"{self.site.slug}:{json.dumps(answers | {'form_token': of})}")

        return token(stretch), token(stretch - 1)

    def _known(self, name: str, *, instead: str) -> str:
        field = self.fields[name]
        assert isinstance(field, OpenChoice)
        value = str(self.data.get(name, ""))
        if field.valid_value(value) and value:
            return value
        self._keep_as_typed(name)
        return instead

    def _keep_as_typed(self, name: str) -> None:
        """Store an unreadable answer. A missing urgency is worth a question; any other empty answer is valid."""
        typed = str(self.data.get(name, ""))
        if typed.strip() or name == "urgency":
            self.as_typed[name] = typed[:_LONGEST_AS_TYPED]

    def _today(self) -> date:
        return timezone.now().astimezone(usable_zone(self.site.time_zone)).date()


def _storable(value: Any) -> Any:
    """Remove NUL, the only character that PostgreSQL cannot store."""
    return value.replace("\x00", "") if isinstance(value, str) else value
