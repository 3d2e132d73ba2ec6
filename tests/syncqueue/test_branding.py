"""The color and logo of a contractor's website, and the service that a link chooses."""

import pytest
from django.test import Client

from pagetojob.onboarding.setup.branding import LEAST_CONTRAST, contrast_with_white
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import BusinessProfile, Logo, Tenant, User
from tests.support.visitor import FORM

pytestmark = pytest.mark.django_db
SITE = "/sites/desert-peak/"


def test_the_website_has_the_color_and_the_logo_of_its_business(client: Client, tenant: Tenant, operator: User) -> None:
    plain = client.get(SITE).text
    assert "/look/" not in plain and "og:image" not in plain
    with scope.operator(operator, reason="test"):
        logo = Logo.objects.create(tenant=tenant, content_type="image/png", content=b"pixels")
        BusinessProfile.objects.filter(tenant=tenant).update(color="#0b5cad", logo=logo)
    page = client.get(SITE).text
    assert '<meta property="og:image" content="http' in page and f"/look/{logo.public_id}" in page
    styles = client.get(f"{SITE}look/0b5cad.css")
    assert f'href="{SITE}look/0b5cad.css"' in page and "background: #0b5cad" in styles.text
    assert styles["Content-Type"].startswith("text/css") and contrast_with_white("#0b5cad") >= LEAST_CONTRAST
    image = client.get(f"{SITE}look/{logo.public_id}")
    assert (image.content, image["Content-Type"], image["X-Content-Type-Options"]) == (
        b"pixels",
        "image/png",
        "nosniff",
    )


@pytest.mark.parametrize("color", ["red", "0b5cag", "0B5CAD", "0b5cad0", "0b5cad}"])
def test_only_a_color_makes_styles(client: Client, tenant: Tenant, color: str) -> None:
    assert client.get(f"{SITE}look/{color}.css").status_code == 404


def test_a_logo_of_another_contractor_is_missing(
    client: Client, tenant: Tenant, other_tenant: Tenant, operator: User
) -> None:
    with scope.operator(operator, reason="test"):
        logo = Logo.objects.create(tenant=other_tenant, content_type="image/png", content=b"pixels")
    assert client.get(f"{SITE}look/{logo.public_id}").status_code == 404


def test_a_link_chooses_a_service_that_is_published(client: Client, tenant: Tenant) -> None:
    name = "Maintenance Tune-Up"
    assert f'<option value="{name}" selected>' in client.get(FORM, {"service": name}).text
    assert "Free money" not in client.get(FORM, {"service": "<b>Free money"}).text
