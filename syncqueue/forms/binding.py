"""Forms to correct a page binding. The choices are items of the tenant's map, by public id."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from pagetojob.platform.credentials.forms import GuardedForm
from pagetojob.titanmap.models import PageBinding, TaxonomyItem

from ..envelope import NEEDED_ROLES
from .operate import reason_field


class BindingForm(GuardedForm, forms.Form):
    """A select for each role of a page binding, the version that was shown, and a reason."""

    based_on = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    reason = reason_field("Why?")

    def __init__(self, *args: Any, offered: Mapping[str, Sequence[TaxonomyItem]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._by_id = {str(item.public_id): item for items in offered.values() for item in items}
        for role in PageBinding.MAPPED:
            self.fields[role] = self._select(role, offered.get(role, ()))
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

    def _select(self, role: str, items: Sequence[TaxonomyItem]) -> forms.ChoiceField:
        name = role.replace("_", " ")
        needed = role in NEEDED_ROLES
        return forms.ChoiceField(
            label=name.capitalize(),
            choices=[
                ("", "not bound"),
                *((str(item.public_id), f"{item.name}{'' if item.active else ' (retired)'}") for item in items),
            ],
            required=needed,
            help_text="" if items else f"The Titan Map of this tenant has no active {name}.",
            error_messages={
                "required": f"Choose a {name}: a booking cannot be sent without it.",
                "invalid_choice": f"Choose a {name} from the list; this one is not an active item of this tenant.",
            },
        )
