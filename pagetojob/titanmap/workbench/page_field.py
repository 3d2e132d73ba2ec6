"""The field that names a page of the Titan Map."""

from typing import Any

from django import forms

from pagetojob.platform.tenants.models import Tenant

from ..item_field import MOST_CHOICES
from ..selectors import page_paths, slug_of_page


def page_field(tenant: Tenant, *, empty: str) -> forms.Field:
    """Return a list of the pages, or a field for a typed path if there are many. `empty` names the empty value."""
    paths = page_paths(tenant, most=MOST_CHOICES + 1)
    if len(paths) > MOST_CHOICES:
        return TypedPage(tenant, empty=empty)
    return forms.ChoiceField(label="Page", choices=[("", empty), *paths.items()], required=False)


class TypedPage(forms.CharField):
    """A page by its path or slug; the value is the slug."""

    def __init__(self, tenant: Tenant, *, empty: str) -> None:
        example = "Enter the path of a page, like /ac-repair."
        super().__init__(label="Page", max_length=200, required=False, help_text=f"{example} Empty means {empty}.")
        self.tenant = tenant

    def clean(self, value: Any) -> str:
        """Return the slug of the typed page, empty without one."""
        typed: str = super().clean(value)
        slug = slug_of_page(self.tenant, typed) if typed else ""
        if slug is None:
            raise forms.ValidationError("There is no page with this path. Check it on the list of pages.")
        return slug
