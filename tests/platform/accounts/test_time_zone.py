"""One rule for times: the reader's time zone, except on pages about one contractor."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.runs.models import Run
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from syncqueue.services.bulk import BULK
from tests.support.cast import SignIn


@pytest.fixture
def run_page(tenant: Tenant) -> str:
    """The address of a page with a time that is not about one contractor."""
    with scope.tenant(tenant.pk):
        row = Run.objects.create(tenant=tenant, kind=BULK, params={"words": "Assign"})
    return reverse("ops:run", args=[row.public_id])


def zone_on(client: Client, address: str) -> str:
    """Return the abbreviation of the first time of a page."""
    page = client.get(address).content.decode()
    return page.split("<time", 1)[1].split("</time>", 1)[0].rsplit(" ", 1)[1]


@pytest.mark.parametrize(
    ("zones", "shown"),
    [
        (("", ""), "UTC"),
        (("", "Asia/Tokyo"), "JST"),
        (("Asia/Kolkata", "Asia/Tokyo"), "IST"),
        (("", "Mars/Olympus"), "UTC"),
        (("Mars/Olympus", ""), "UTC"),
        (("", "../../etc/passwd"), "UTC"),
    ],
)
def test_the_reader_s_zone_is_the_setting_else_the_browser_s(
    operator: User, signed_in: SignIn, run_page: str, zones: tuple[str, str], shown: str
) -> None:
    chosen, browser = zones
    User.objects.filter(pk=operator.pk).update(time_zone=chosen)
    client = signed_in(operator)
    if browser:
        client.cookies["time_zone"] = browser
    assert zone_on(client, run_page) == shown
    assert timezone.get_current_timezone_name() == "UTC", "it ends with the request"


def test_a_page_about_a_contractor_shows_the_contractor_s(operator: User, signed_in: SignIn, tenant: Tenant) -> None:
    User.objects.filter(pk=operator.pk).update(time_zone="Asia/Tokyo")
    page = signed_in(operator).get(reverse("gates:tenant", args=[tenant.slug])).content.decode()
    assert " JST" not in page


def test_a_person_chooses_a_zone_without_scripts(operator: User, signed_in: SignIn, run_page: str) -> None:
    client = signed_in(operator)
    assert client.post(reverse("accounts:time-zone"), {"time_zone": "Mars/Olympus"}).status_code == 422
    assert client.post(reverse("accounts:time-zone"), {"time_zone": "America/Denver"}).status_code == 302
    assert zone_on(client, run_page) in {"MST", "MDT"}
    with scope.operator(operator, "test"):
        assert AuditEntry.objects.filter(action="accounts.set_time_zone", actor=operator).count() == 1


def test_public_pages_stay_in_utc(operator: User, signed_in: SignIn) -> None:
    User.objects.filter(pk=operator.pk).update(time_zone="Asia/Tokyo")
    page = signed_in(operator).get(reverse("core:status")).content.decode()
    assert " UTC" in page and " JST" not in page
