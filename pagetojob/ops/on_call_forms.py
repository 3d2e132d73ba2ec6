"""Forms of the on-call page. Times are in the reader's time zone, and quiet hours in the one chosen for them."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone

from pagetojob.platform.accounts.time_zone import known_zones
from pagetojob.platform.tenants.models import User

from .on_call import SEEN, Contact, able_people

_LOCAL = "%Y-%m-%dT%H:%M"


def moment() -> forms.DateTimeField:
    """Return a field of a date and time in the reader's time zone."""
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=_LOCAL)
    return forms.DateTimeField(widget=widget, input_formats=[_LOCAL, "%Y-%m-%d %H:%M"])


class ShiftForm(forms.Form):
    """A shift: from when until when, and its two people."""

    starts_at = moment()
    ends_at = moment()
    first = forms.ModelChoiceField(queryset=User.objects.none(), label="First person")
    second = forms.ModelChoiceField(
        queryset=User.objects.none(), label="Second person", help_text="Notified if the first does not acknowledge."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = User.objects.only(*SEEN).filter(pk__in=[person.pk for person in able_people()]).order_by("name", "pk")
        for name in ("first", "second"):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = people
        zone, local = timezone.get_current_timezone_name(), timezone.localtime().replace(minute=0)
        self.fields["starts_at"].label, self.fields["ends_at"].label = f"From ({zone})", f"Until ({zone})"
        self.initial.setdefault("starts_at", local.strftime(_LOCAL))
        self.initial.setdefault("ends_at", (local + timedelta(days=7)).strftime(_LOCAL))


class ContactForm(forms.Form):
    """The reader's phone and quiet hours for alarms."""

    phone = forms.CharField(
        max_length=40, required=False, label="Phone for text messages", help_text="Empty: email only."
    )
    time_zone = forms.ChoiceField(
        choices=[(name, name) for name in sorted(known_zones())], label="Time zone of quiet hours"
    )
    quiet_from = forms.TimeField(required=False, label="Quiet from", widget=forms.TimeInput(attrs={"type": "time"}))
    quiet_until = forms.TimeField(
        required=False,
        label="Quiet until",
        widget=forms.TimeInput(attrs={"type": "time"}),
        help_text="Urgent alarms ignore quiet hours: a request that no one knows of, or a system that sends nothing.",
    )

    @classmethod
    def of(cls, contact: Contact) -> "ContactForm":
        """Return the form with the stored values."""
        return cls(
            initial={
                "phone": contact.phone,
                "time_zone": contact.time_zone,
                "quiet_from": contact.quiet_from,
                "quiet_until": contact.quiet_until,
            }
        )
