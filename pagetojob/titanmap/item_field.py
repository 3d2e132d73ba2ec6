"""A form field for an item of the map whose family is too large for a select, such as the services of a pricebook."""

from collections.abc import Mapping
from typing import Any

from django import forms

from pagetojob.platform.forms import typed_number

from .models import TaxonomyItem

#: The most choices that a select has.
MOST_CHOICES = 200
_MOST_SIMILAR = 5


class NamedItemField(forms.Field):
    """A text field for the name or the ServiceTitan ID of one of `items`. Its value is the key of the item there."""

    def __init__(self, *, items: Mapping[Any, TaxonomyItem], family: str, **kwargs: Any) -> None:
        help_text = f"Enter the name or the ServiceTitan ID of one of the {len(items):,} in the Titan Map."
        super().__init__(help_text=help_text, **kwargs)
        self.items, self.family = items, family

    def prepare_value(self, value: Any) -> Any:
        """Show the name of an item instead of its key."""
        return self.items[value].name if value in self.items else value

    def to_python(self, value: Any) -> Any:
        text = " ".join(str(value or "").split())
        if not text:
            return None
        folded, number = text.casefold(), typed_number(text)
        for same in (
            [key for key, item in self.items.items() if item.name == text],
            [key for key, item in self.items.items() if item.name.casefold() == folded],
            [key for key, item in self.items.items() if number is not None and item.external_id == number],
        ):
            if len(same) == 1:
                return same[0]
        raise forms.ValidationError(f"No active {self.family} has this name or ID.{self._similar(folded)}")

    def _similar(self, folded: str) -> str:
        names = sorted(item.name for item in self.items.values() if folded in item.name.casefold())
        return f" Similar: {'; '.join(names[:_MOST_SIMILAR])}." if names else ""
