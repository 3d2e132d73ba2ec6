"""Requests from generated pages: the service decides the job type, the home page the other roles."""

import pytest
from django.test import Client

from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant
from pagetojob.titanmap.models import PageBinding
from pagetojob.titanmap.selectors import binding_for_request
from syncqueue.binding_blocked import items_blocked_by, page_of
from syncqueue.leads.models import BookingRequest
from syncqueue.models import Kind, State, SyncItem
from tests.support.desk import captured_as, work
from tests.support.factories import make_taxonomy_item
from tests.support.queue import reach
from tests.support.visitor import FORM, send

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def home(tenant: Tenant) -> PageBinding:
    """A home page that is bound to what every booking needs."""
    with scope.tenant(tenant.pk):
        bound = PageBinding.objects.filter(tenant=tenant, page_path="/ac-repair-phoenix").latest("version")
        fields = {role: getattr(bound, role) for role in PageBinding.MAPPED}
        here = PageBinding.objects.filter(tenant=tenant, page_path="/").latest("version")
        same = {"slug": here.slug, "page_path": "/", "label": here.label, "version": here.version + 1}
        return PageBinding.objects.create(tenant=tenant, **same, **fields)


@pytest.mark.parametrize(
    ("path", "bound"),
    [
        ("/services/duct-cleaning", True),
        ("/contact", True),
        ("/services-of-others", False),
        ("/no-such-page", False),
        ("", False),
    ],
)
def test_only_generated_pages_use_the_binding_of_the_home_page(
    tenant: Tenant, home: PageBinding, path: str, bound: bool
) -> None:
    with scope.tenant(tenant.pk):
        assert binding_for_request(tenant, path) == (home if bound else None)
        written = binding_for_request(tenant, "/ac-repair-phoenix")
    assert written is not None and written != home


def test_the_service_that_was_chosen_decides_the_job_type(client: Client, tenant: Tenant, home: PageBinding) -> None:
    with scope.tenant(tenant.pk):
        service = make_taxonomy_item(tenant=tenant, name="Duct Cleaning", external_id=4711)
        service.published = service.to_publish()
        service.save()
    answer = send(client, f"{FORM}?page=/services/duct-cleaning", service="Duct Cleaning", urgency="soon")
    assert answer.status_code == 302
    work()
    with scope.worker():
        request, item = BookingRequest.objects.get(), SyncItem.objects.get(kind=Kind.BOOKING_REQUEST)
    assert (request.binding_id, request.page_path) == (home.pk, "/services/duct-cleaning")
    assert item.cause == "gate-shut", item.last_error
    assert item.envelope is not None
    assert item.envelope["booking"]["jobTypeId"] == 4711
    assert item.envelope["mapped"]["business_unit"]["name"] == home.business_unit.name


def test_a_correction_of_an_older_request_belongs_to_the_home_page(tenant: Tenant, home: PageBinding) -> None:
    """It would otherwise write an empty page in place of the generated one."""
    item = captured_as(tenant, path="/services/duct-cleaning")
    with scope.worker():
        reach(item, State.BLOCKED, cause="mapping-missing")
        BookingRequest.objects.update(binding=None)
        page = page_of(item)
        assert page is not None and (page.present, page.slug) == (home, "home")
        assert list(items_blocked_by(page)) == [item]
