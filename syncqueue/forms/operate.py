"""Forms of the operations pages. Each field's error names the next step."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from pagetojob.platform.credentials.forms import GuardedForm, ReasonField
from pagetojob.platform.repeats import seen_field
from pagetojob.platform.tenants.models import User
from pagetojob.platform.tenants.time_zones import usable_zone, zone_problem
from pagetojob.titanmap.item_field import MOST_CHOICES, NamedItemField
from pagetojob.titanmap.models import PageBinding, TaxonomyItem
from syncqueue.leads.models import Exclusion

from ..envelope import NEEDED_ROLES
from ..models import SnoozeReason
from ..services.operate import Proof
from ..services.triage import Snooze
from ..triage_rules import SnoozeFor


def not_in_future(at: datetime) -> None:
    if at > timezone.now():
        raise ValidationError("That time is in the future. Enter the time when it was done.")


class _LocalTime(forms.DateTimeField):
    """A time entered and shown in one time zone, independent of the server's."""

    zone = ZoneInfo("UTC")

    def to_python(self, value: Any) -> Any:
        with timezone.override(self.zone):
            return super().to_python(value)

    def prepare_value(self, value: Any) -> Any:
        with timezone.override(self.zone):
            return super().prepare_value(value)


class ManualCompleteForm(GuardedForm, forms.Form):
    """The proof of a manual completion. `zone` is the IANA name of the tenant's time zone.

    An item without a lead, such as an import, has no booking and was not taken by phone.
    """

    done_where = forms.CharField(
        label="Where did you enter it?",
        max_length=120,
        help_text="The system and the screen, such as “ServiceTitan, Calls screen”.",
        error_messages={"required": "Enter the system and the screen."},
    )
    done_reference = forms.CharField(
        label="Reference in that system",
        max_length=120,
        help_text="A booking or job number, or the name of the person who took it by phone.",
        error_messages={"required": "Enter the number or name under which it can be found."},
    )
    done_at = _LocalTime(
        label="When?",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        initial=lambda: timezone.now().replace(second=0, microsecond=0),
        validators=[not_in_future],
        error_messages={
            "required": "Enter the time when it was done.",
            "invalid": "Enter a valid date and time, such as 2026-06-21T14:30.",
        },
    )
    reason = ReasonField("Reason for doing it manually", rows=2)

    def __init__(self, *args: Any, zone: str, has_lead: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not has_lead:
            self.fields["done_where"].label = "System or file"
            self.fields["done_where"].help_text = "The place where it was done, such as “Titan Map, Imports”."
            self.fields["done_reference"].help_text = "An ID, a file name or an address that leads to it."
        field = self.fields["done_at"]
        assert isinstance(field, _LocalTime)
        field.zone = usable_zone(zone)
        name = field.zone.key.replace("_", " ")
        field.help_text = (
            f"In {name}, because the contractor's time zone is not known."
            if zone_problem(zone)
            else f"In the contractor's time zone, {name}."
        )

    def to_proof(self) -> Proof:
        return proof_of(self.cleaned_data)


class UnmaskForm(GuardedForm, forms.Form):
    """The reason to see a visitor's contact details."""

    unmask_reason = ReasonField("Reason for viewing the contact details")


class MoveForm(GuardedForm, forms.Form):
    """The reason for an action. `seen` is the item's version that the preview showed."""

    seen = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0, max_value=2**31 - 1)
    reason = ReasonField("Why?", rows=2)


class ExcludeForm(MoveForm):
    """The reason why a request does not count."""

    excluded_as = forms.ChoiceField(
        label="What is it?",
        widget=forms.RadioSelect,
        choices=[
            (Exclusion.SPAM.value, "Spam: not a request for an appointment"),
            (Exclusion.TEST.value, "A test by us or by the customer"),
            (Exclusion.DUPLICATE.value, "A duplicate of another request"),
        ],
        error_messages={"required": "Choose spam, test or duplicate."},
    )
    field_order = ("excluded_as", "reason", "seen")


class NoteForm(GuardedForm, forms.Form):
    """A note for the next operator."""

    text = forms.CharField(
        label="Note",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
        help_text="All operators can read it, with your name. It cannot be deleted. Leave out personal data.",
        error_messages={"required": "Write what the next operator should know."},
    )
    seen = seen_field()


class WhyForm(GuardedForm, forms.Form):
    """The reason for releasing items, or for pausing or resuming a lane."""

    reason = ReasonField("Why?", rows=2)


class FindLanes(GuardedForm, forms.Form):
    """The tenant to show; empty means all."""

    tenant = forms.SlugField(label="Contractor's short name", max_length=60, required=False)


class SaveViewForm(GuardedForm, forms.Form):
    """The name of a saved view."""

    name = forms.CharField(
        label="Name of the view", max_length=60, error_messages={"required": "Enter a name for the view."}
    )


class ExportForm(GuardedForm, forms.Form):
    """The reason for an export."""

    export_reason = forms.CharField(
        label="Purpose of the file",
        max_length=500,
        help_text="Recorded in the audit log with your name. Leave out personal data.",
        error_messages={"required": "Enter what the file is for; it is recorded in the audit log."},
    )


class BindingForm(GuardedForm, forms.Form):
    """An item for each role of a page binding, the version that was shown, and a reason."""

    based_on = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    reason = ReasonField("Why?", rows=2)

    def __init__(self, *args: Any, offered: Mapping[str, Sequence[TaxonomyItem]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._by_id = {str(item.public_id): item for items in offered.values() for item in items}
        for role in PageBinding.MAPPED:
            self.fields[role] = self._item(role, offered.get(role, ()))
        self.order_fields([*PageBinding.MAPPED, "reason"])

    @property
    def roles(self) -> list[forms.BoundField]:
        return [self[role] for role in PageBinding.MAPPED]

    @property
    def hidden(self) -> list[tuple[str, str]]:
        """Return the submitted values, to be sent again with the confirmation."""
        return [(field.html_name, str(field.value() or "")) for field in self]

    def chosen(self) -> dict[str, TaxonomyItem | None]:
        return {role: self._by_id.get(self.cleaned_data[role]) for role in PageBinding.MAPPED}

    def _item(self, role: str, items: Sequence[TaxonomyItem]) -> forms.Field:
        name = role.replace("_", " ")
        errors = {
            "required": f"Choose a {name}: a booking cannot be sent without it.",
            "invalid_choice": f"Choose a {name} from the list; this one is not an active item of this contractor.",
        }
        common: dict[str, Any] = {
            "label": name.capitalize(), "required": role in NEEDED_ROLES, "error_messages": errors,
        }  # fmt: skip
        if len(items) > MOST_CHOICES:
            return NamedItemField(items={str(item.public_id): item for item in items}, family=name, **common)
        return forms.ChoiceField(
            choices=[
                ("", "not bound"),
                *((str(item.public_id), f"{item.name}{'' if item.active else ' (retired)'}") for item in items),
            ],
            help_text="" if items else f"The Titan Map of this contractor has no active {name}.",
            **common,
        )


class PersonField(forms.TypedChoiceField):
    """A person who may act on the queue; empty for no one."""

    def __init__(self, people: Sequence[User], **kwargs: Any) -> None:
        by_id = {str(person.pk): person for person in people}
        super().__init__(
            choices=[("", "No one"), *((pk, person.name) for pk, person in by_id.items())],
            coerce=by_id.get,
            empty_value=None,
            error_messages={
                "required": "Choose a person.",
                "invalid_choice": "Choose a person from the list; this one cannot act on the queue.",
            },
            **kwargs,
        )


def snooze_fields() -> dict[str, forms.Field]:
    return {
        "snooze_for": forms.ChoiceField(
            label="Snooze for",
            choices=[(length.value, length.label) for length in SnoozeFor],
            initial=SnoozeFor.HOUR.value,
            help_text="In the contractor's time zone.",
        ),
        "snooze_reason": forms.ChoiceField(label="Why?", choices=SnoozeReason.choices),
    }


def to_snooze(data: Mapping[str, Any]) -> Snooze:
    return Snooze(SnoozeFor(data["snooze_for"]), SnoozeReason(data["snooze_reason"]))


class SnoozeForm(GuardedForm, forms.Form):
    """The length of a snooze, and its reason."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields |= snooze_fields()


class AssignForm(GuardedForm, forms.Form):
    """The person to whom an item is assigned. `seen` is the id of the assignee that the page showed."""

    seen = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)

    def __init__(self, *args: Any, people: Sequence[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["assignee"] = PersonField(people, label="Assign to", required=False)


class HandOverForm(GuardedForm, forms.Form):
    """The next person, and a note for them."""

    def __init__(self, *args: Any, people: Sequence[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["hand_to"] = PersonField(people, label="Hand over to")
        self.fields["hand_note"] = forms.CharField(
            label="Note for them",
            widget=forms.Textarea(attrs={"rows": 2}),
            max_length=2000,
            help_text="All operators can read it, and it cannot be deleted. Leave out personal data.",
            error_messages={"required": "Write what the next operator should know."},
        )


def proof_of(data: Mapping[str, Any]) -> Proof:
    return Proof(where=data["done_where"], reference=data["done_reference"], at=data["done_at"])
