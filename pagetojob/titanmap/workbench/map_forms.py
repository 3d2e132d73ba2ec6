"""Forms for manual edits of the map: items, drafts, capacity rules, time zone and hours."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django import forms

from pagetojob.platform.accounts.time_zone import known_zones
from pagetojob.platform.tenants.models import Tenant
from pagetojob.platform.tenants.time_zones import zone_name
from pagetojob.titanmap import facts
from pagetojob.titanmap.capacity import DAYS, HOLIDAYS, read_holidays
from pagetojob.titanmap.item_field import MOST_CHOICES, NamedItemField
from pagetojob.titanmap.models import (
    CallToAction,
    CapacityRule,
    DayKind,
    Family,
    Hours,
    PageBinding,
    PageContent,
    PageKind,
    TaxonomyItem,
    Urgency,
    ZoneState,
)
from pagetojob.titanmap.opening_hours import LIKE_HOURS, read_typed_hours, typed_hours
from pagetojob.titanmap.rules import CONTENT_FIELDS

from .page_field import page_field
from .seen import SeenForm, State

_DAYS, _YES_OR_NO = ("starts", "ends"), ("advertised", "free")
_LISTS = ("synonyms", "cities", "zips", "counties", "neighborhoods", "business_unit_ids")
_DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_YES_NO = (("", "not specified"), ("yes", "yes"), ("no", "no"))
_HOLIDAY = re.compile(r"\s*([0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{1,2}/[0-9]{1,2}/[0-9]{4})[ ,:]+(\S.*?)\s*")
_LIKE_HOLIDAY = "a date and a name, like 12/25/2026 Christmas Day."
#: The most common time zones of contractors are listed first.
_HOME = ("America/", "US/", "Pacific/Honolulu")


_OF_ITEM = ("name", "external_id", "detail", "zone_state")


class ItemForm(SeenForm):
    """An item of a family, with the facts that the family allows."""

    name = forms.CharField(max_length=120)
    external_id = forms.IntegerField(
        label="ServiceTitan id",
        required=False,
        min_value=1,
        max_value=2**63 - 1,
        help_text="As shown in the customer's export.",
    )
    detail = forms.CharField(label="Description", max_length=200, required=False)

    def __init__(self, *args: Any, family: str, item: TaxonomyItem | None = None, **kwargs: Any) -> None:
        self.names = tuple(facts.OF_FAMILY[family])
        state = {name: getattr(item, name) for name in (*_OF_ITEM, "facts")} if item else None
        super().__init__(*args, state=state, **kwargs)
        if family == Family.ZONE:
            self.fields["zone_state"] = forms.ChoiceField(label="State", choices=ZoneState.choices)
        for name in self.names:
            self.fields[name] = _fact_field(name)
        self.order_fields(["name", "zone_state", *self.names, "external_id", "detail", "reason"])

    def fields_of(self, state: State) -> dict[str, Any]:
        known = {name: _typed(state["facts"].get(name)) for name in self.names}
        return {name: state[name] for name in _OF_ITEM} | known

    def to_values(self) -> dict[str, Any]:
        """Return the item's columns, and its facts as `facts.read` expects them."""
        data = self.cleaned_data
        columns = {name: data[name] for name in ("name", "external_id", "detail", "zone_state") if name in data}
        return columns | {"facts": {name: _fact(name, data[name]) for name in self.names}}


def _fact_field(name: str) -> forms.Field:
    label = facts.LABELS.get(name, name)
    label = label[:1].upper() + label[1:]
    if name in _DAYS:
        return forms.DateField(
            label=label, required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
            error_messages={"invalid": "Enter a date like 2026-12-31."},
        )  # fmt: skip
    if name in _YES_OR_NO:
        return forms.ChoiceField(label=label, choices=_YES_NO, required=False)
    if name == "period":
        return forms.ChoiceField(
            label=label, choices=[("", "not specified"), *((p, p) for p in facts.PERIODS)], required=False
        )
    if name in _LISTS:
        return forms.CharField(
            label=label, required=False, widget=forms.Textarea({"rows": 3}), help_text="Separate by lines or commas."
        )
    return forms.CharField(label=label, required=False, max_length=facts.LONGEST)


def _typed(value: Any) -> Any:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "\n".join(map(str, value)) if isinstance(value, list) else value


def _fact(name: str, value: Any) -> Any:
    if name in _YES_OR_NO:
        return {"yes": True, "no": False}.get(value)
    if name in _LISTS:
        return [part.strip() for part in re.split(r"[\n,;]", value) if part.strip()]
    return value


#: The columns of a page, with the keys of its items.
_OF_PAGE = tuple(f"{name}_id" if name in PageBinding.MAPPED else name for name in PageBinding.CONTENT_FIELDS)


class DraftForm(SeenForm):
    """The content of a page version."""

    page_path = forms.CharField(label="Address", max_length=200, help_text="For example /ac-repair-phoenix.")
    kind = forms.ChoiceField(choices=PageKind.choices)
    label = forms.CharField(label="Internal name", max_length=200)
    headline = forms.CharField(label="Heading", max_length=120, required=False, help_text="Shown to visitors.")
    intro = forms.CharField(label="Text", max_length=5000, required=False, widget=forms.Textarea({"rows": 5}))
    based_on = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, items: Iterable[TaxonomyItem], page: PageContent | None, based_on: int, **kwargs: Any
    ) -> None:
        state = {name: getattr(page, name) for name in _OF_PAGE} if page else None
        self._items = {item.pk: item for item in items}
        self._offered = {
            role: {
                item.pk: item
                for item in self._items.values()
                if item.family == role.replace("_", " ") and (item.active or (state and item.pk == state[f"{role}_id"]))
            }
            for role in PageBinding.MAPPED
        }
        super().__init__(*args, state=state, **kwargs)
        self.initial["based_on"] = based_on
        for role, offered in self._offered.items():
            self.fields[role] = _item_field(role.replace("_", " "), offered)
        self.order_fields(["page_path", "kind", "label", "headline", "intro", *PageBinding.MAPPED, "reason"])

    def fields_of(self, state: State) -> dict[str, Any]:
        fields: dict[str, Any] = {
            name.removesuffix("_id"): "" if state[name] is None else state[name] for name in _OF_PAGE
        }
        typed = {role for role, offered in self._offered.items() if len(offered) > MOST_CHOICES}
        return fields | {role: self._items[fields[role]].name for role in typed if fields[role] in self._items}

    def to_values(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {
            name: self._items.get(data[name] or 0) if name in PageBinding.MAPPED else data[name]
            for name in PageBinding.CONTENT_FIELDS
        }


def _item_field(family: str, offered: Mapping[int, TaxonomyItem]) -> forms.Field:
    if len(offered) > MOST_CHOICES:
        return NamedItemField(label=family.capitalize(), items=offered, family=family, required=False)
    names = [(key, item.name if item.active else f"{item.name} (retired)") for key, item in offered.items()]
    return forms.TypedChoiceField(
        label=family.capitalize(), choices=[("", "none"), *names], coerce=int, empty_value=None, required=False
    )


class RuleForm(SeenForm):
    """The conditions of a capacity rule, and its call to action. An empty condition always matches."""

    name = forms.CharField(max_length=120)
    position = forms.IntegerField(
        min_value=0, max_value=32_767, initial=100, help_text="Lower positions are evaluated first."
    )
    urgency = forms.ChoiceField(choices=[("", "any urgency"), *Urgency.choices], required=False)
    hours = forms.ChoiceField(choices=Hours.choices, required=False)
    zone_state = forms.ChoiceField(label="Zone state", choices=[("", "any"), *ZoneState.choices], required=False)
    day_kind = forms.ChoiceField(label="Days", choices=DayKind.choices, required=False)
    season_from = forms.CharField(
        label="Season from", max_length=5, required=False, help_text="Month and day of each year, like 06-01."
    )
    season_to = forms.CharField(
        label="Season to",
        max_length=5,
        required=False,
        help_text="Last day. If it is before the first day, the season includes New Year.",
    )
    primary = forms.ChoiceField(label="Primary call to action", choices=CallToAction.choices)
    secondary = forms.ChoiceField(
        label="Secondary call to action", choices=[("", "nothing"), *CallToAction.choices], required=False
    )
    needs_review = forms.BooleanField(label="Dispatch reviews the request before handoff", required=False)
    sentence = forms.CharField(max_length=200, help_text="Reason shown to visitors.")
    active = forms.BooleanField(label="Active", required=False, initial=True)

    def __init__(self, *args: Any, tenant: Tenant, rule: CapacityRule | None = None, **kwargs: Any) -> None:
        super().__init__(
            *args, state={name: getattr(rule, name) for name in CONTENT_FIELDS} if rule else None, **kwargs
        )
        self.fields["page_slug"] = page_field(tenant, empty="any page")
        first = ("name", "position", "page_slug")
        self.order_fields([*first, *(name for name in self.fields if name not in (*first, "reason")), "reason"])

    def fields_of(self, state: State) -> dict[str, Any]:
        return dict(state)


def _read_holiday(line: str) -> tuple[str, str]:
    """Return the day in ISO form and the name. Raises ValueError."""
    typed = _HOLIDAY.fullmatch(line)
    if not typed:
        raise ValueError("not a date and a name")
    if "/" in typed[1]:
        month, day, year = typed[1].split("/")
        return date(int(year), int(month), int(day)).isoformat(), typed[2]
    return date.fromisoformat(typed[1]).isoformat(), typed[2]


class HoursForm(SeenForm):
    """The office hours of each weekday, and the days on which the office is closed."""

    holidays = forms.CharField(
        required=False,
        widget=forms.Textarea({"rows": 5}),
        help_text=f"Enter one per line, as {_LIKE_HOLIDAY} The office is closed then.",
    )

    def __init__(self, *args: Any, hours: Mapping[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, state={"hours": hours}, **kwargs)
        for day, label in zip(DAYS, _DAY_NAMES, strict=True):
            self.fields[day] = forms.CharField(label=label, required=False, max_length=100)
        like = f"For example {LIKE_HOURS}. Separate several spans by commas. Leave empty if closed."
        self.fields["mon"].help_text = like
        self.order_fields([*DAYS, HOLIDAYS, "reason"])

    def fields_of(self, state: State) -> dict[str, Any]:
        hours = state["hours"]
        fields = {day: typed_hours(hours.get(day) or ()) for day in DAYS}
        return fields | {HOLIDAYS: "\n".join(f"{day:%m/%d/%Y} {name}" for day, name in read_holidays(hours))}

    def clean(self) -> dict[str, Any]:
        hours: dict[str, Any] = {}
        for day in DAYS:
            try:
                hours[day] = read_typed_hours(self.cleaned_data.get(day, ""))
            except ValueError as error:
                self.add_error(day, str(error))
        lines = [line for line in self.cleaned_data.get(HOLIDAYS, "").splitlines() if line.strip()]
        try:
            hours[HOLIDAYS] = dict(_read_holiday(line) for line in lines)
        except ValueError:
            self.add_error(HOLIDAYS, f"Enter each as {_LIKE_HOLIDAY}")
        self.hours = hours
        return self.cleaned_data


class TimeZoneForm(SeenForm):
    """The time zone of a tenant, from the IANA list."""

    time_zone = forms.ChoiceField(
        label="Time zone",
        error_messages={"invalid_choice": "Choose a time zone from the list, such as Mountain time."},
    )

    def __init__(self, *args: Any, time_zone: str, **kwargs: Any) -> None:
        super().__init__(*args, state={"time_zone": time_zone}, **kwargs)
        names = sorted(known_zones() | {time_zone}, key=lambda name: (not name.startswith(_HOME), name))
        self.fields["time_zone"].choices = [(name, zone_name(name)) for name in names]  # type: ignore[attr-defined]
        self.order_fields(["time_zone", "reason"])

    def fields_of(self, state: State) -> dict[str, Any]:
        return dict(state)
