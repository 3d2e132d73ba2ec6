"""Back after a corrected form leads to the page of the form, not to the browser's error page."""

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant
from pagetojob.titanmap.models import PageBinding
from syncqueue.models import State
from tests.support.browser import Visit, visit_as
from tests.support.moves import make_item

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass(frozen=True)
class Form:
    """A form: who fills it in, its page, its button, and its fields with a refused and an accepted value."""

    email: str
    page: Callable[[Tenant], str]
    button: str
    fields: dict[str, tuple[str, str]]


def _item(tenant: Tenant) -> str:
    return reverse("ops:item", args=[make_item(tenant, State.BLOCKED).public_id])


OWNER = "owner@desert-peak.example"
FORMS = {
    "of an item, whose address only receives it": Form(
        "operator@pagetojob.example",
        _item,
        "Mark as done",
        {
            "done_reference": ("", "88112233"),
            "done_where": ("ServiceTitan", "ServiceTitan"),
            "reason": ("", "Entered."),
        },
    ),
    "of settings in the portal": Form(
        OWNER, lambda tenant: reverse("portal:setting", args=["hours"]), "Save", {"mon": ("8 to 5", "8 AM to 5 PM")}
    ),
    "of people in the portal": Form(
        OWNER,
        lambda tenant: reverse("portal:people"),
        "Send the invitation",
        {"email": ("office", "office@example.com")},
    ),
    "of the admin": Form(
        "admin@pagetojob.example",
        lambda tenant: reverse("admin:tenants_user_add"),
        "Save",
        {"email": ("sam", "sam@example.com"), "name": ("Sam", "Sam Lee"), "reason": ("", "Starts today.")},
    ),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_back_after_a_corrected_error_is_the_page_of_the_form(visit: Visit, tenant: Tenant, form: Form) -> None:
    page = visit_as(visit, form.email, start := form.page(tenant))
    button = page.get_by_role("button", name=form.button, exact=True)
    for attempt in (0, 1):
        page.eval_on_selector_all("form", "forms => forms.forEach(form => form.noValidate = true)")
        page.eval_on_selector_all("details", "all => all.forEach(details => details.open = true)")
        for name, values in form.fields.items():
            button.locator("xpath=ancestor::form").locator(f"[name={name}]").fill(values[attempt])
        with page.expect_navigation():
            button.click()
        assert page.title().startswith("Error: ") == (attempt == 0), page.title()
    page.go_back()
    assert page.url.endswith(start)
    expect(page).not_to_have_title(re.compile("^Error"))


def test_a_choice_on_the_page_of_a_refused_form_opens_that_page(visit: Visit, tenant: Tenant) -> None:
    """The address that receives the form refuses it."""
    with scope.tenant(tenant.pk):
        first = PageBinding.objects.get(slug="area-buckeye")
        columns = {name: getattr(first, name) for name in ("page_path", "kind", "label", "intro", *PageBinding.MAPPED)}
        for version in (2, 3):
            PageBinding.objects.create(tenant=tenant, slug="area-buckeye", version=version, headline="New", **columns)
    start = reverse("titanmap:page", args=[tenant.slug, "area-buckeye"])
    page = visit_as(visit, "operator@pagetojob.example", start)
    page.get_by_text("Restore version 1", exact=True).click()
    page.eval_on_selector_all("form", "forms => forms.forEach(form => form.noValidate = true)")
    page.locator("details[open]").get_by_role("button").click()
    expect(page).to_have_title(re.compile("^Error"))
    page.get_by_role("button", name="Compare").click()
    expect(page).to_have_url(re.compile(rf"{start}\?from=\d&to=\d$"))
    expect(page.get_by_role("heading", level=1)).to_have_text(first.page_path)
