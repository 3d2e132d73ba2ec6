"""The first request of a contractor who went live without business unit and booking provider."""

import pytest
from django.test import Client
from django.urls import reverse

from pagetojob.onboarding.contractors import prepare
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant
from pagetojob.titanmap.models import PageBinding, TaxonomyItem
from syncqueue.connectors import deliver
from syncqueue.item_actions import GATE_CLOSED, MAPPING_MISSING
from syncqueue.models import Kind, SyncItem
from syncqueue.services.delivery import drain
from syncqueue.services.intake import capture_request
from tests.support.factories import appointment, make_taxonomy_item, make_tenant, with_manual_features

pytestmark = pytest.mark.django_db
TYPED = {"business_units": "Plumbing Service: 1201", "booking_providers": "Website: 77"}


@pytest.fixture
def mesa() -> Tenant:
    tenant = make_tenant(slug="blue-mesa", name="Blue Mesa Plumbing")
    prepare(with_manual_features(tenant))
    with scope.tenant(tenant.pk):
        make_taxonomy_item(tenant=tenant, name="Drain Cleaning")
        PageBinding.objects.create(tenant=tenant, slug="home", page_path="/", label="Home")
    return tenant


def booking_of(tenant: Tenant) -> SyncItem:
    drain(deliver, worker="test")
    with scope.worker():
        return SyncItem.objects.get(tenant=tenant, kind=Kind.BOOKING_REQUEST)


def save_bookings(ops: Client, tenant: Tenant, **typed: str) -> str:
    url = reverse("onboarding:step", args=[tenant.slug, "booking"])
    form = ops.get(url).context["form"]
    shown = {name: form[name].value() for name in form.fields}
    return ops.post(url, shown | TYPED | typed, follow=True).text


def test_a_missing_part_of_the_map_is_named_linked_and_releases_the_item(ops: Client, mesa: Tenant) -> None:
    with scope.tenant(mesa.pk):
        home = PageBinding.objects.get()
        capture_request(tenant=mesa, request=appointment(page_path="/", service="Drain Cleaning"), binding=home)
    item = booking_of(mesa)
    assert item.cause == MAPPING_MISSING
    page = ops.get(reverse("ops:item", args=[item.public_id])).text
    step = reverse("onboarding:step", args=[mesa.slug, "booking"])
    assert "The Titan Map has no business unit." in page and f'href="{step}"' in page
    correct = reverse("ops:binding", args=[item.public_id])
    assert "Add to the map first" in ops.get(correct).text
    assert "Bookings: saved." in save_bookings(ops, mesa)
    form = ops.get(correct).context["form"]
    assert "Add to the map first" not in ops.get(correct).text
    with scope.tenant(mesa.pk):
        job = str(TaxonomyItem.objects.get(name="Drain Cleaning").public_id)
    typed = {name: form[name].value() or "" for name in form.fields} | {"job_type": job, "reason": "Asked the office."}
    applied = ops.post(correct, typed | {"step": "apply"})
    assert applied.status_code == 302, applied.context["form"].errors
    assert applied["Location"] == reverse("ops:release", args=[item.public_id])
    assert booking_of(mesa).cause == GATE_CLOSED


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ("Plumbing: twelve", "This line differs: Plumbing: twelve"),
        (": 12", "This line differs: : 12"),
        ("Plumbing: 12\nRepair: 12", "Two lines have the same ID: 12."),
        ("Plumbing\nplumbing: 3", "Two lines have the same name: plumbing."),
        ("Plumbing: " + "9" * 30, "This line differs"),
    ],
)
def test_records_that_cannot_be_right_are_refused(ops: Client, mesa: Tenant, lines: str, sentence: str) -> None:
    assert sentence in save_bookings(ops, mesa, business_units=lines)
    with scope.tenant(mesa.pk):
        assert TaxonomyItem.objects.filter(family="business unit").count() == 0


def test_records_are_changed_and_undone(ops: Client, mesa: Tenant) -> None:
    def records() -> set[tuple[str, int | None]]:
        with scope.tenant(mesa.pk):
            rows = TaxonomyItem.objects.filter(active=True).exclude(family="job type")
            return set(rows.values_list("name", "external_id"))

    save_bookings(ops, mesa)
    assert records() == {("Plumbing Service", 1201), ("Website", 77)}
    save_bookings(ops, mesa, business_units="Plumbing Service\nDrains: 5", booking_providers="")
    assert records() == {("Plumbing Service", None), ("Drains", 5)}
    page = ops.get(reverse("onboarding:step", args=[mesa.slug, "booking"]))
    undo = reverse("onboarding:undo", args=[mesa.slug, "booking"])
    ops.post(undo, {"number": page.context["last"].number})
    assert records() == {("Plumbing Service", 1201), ("Website", 77)}
