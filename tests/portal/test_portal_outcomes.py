"""A contractor's people see the outcomes of their own leads only."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from attribution.packets.sealing import seal
from pagetojob.platform.tenants.declarations import Retention
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.retention.periods import PERIODS
from pagetojob.transparency import services as transparency
from pagetojob.transparency import verify
from pagetojob.transparency.signing import new_signer
from tests.attribution.months import october
from tests.attribution.packets import fake_pdf, request_packet
from tests.attribution.statements import close_statement
from tests.support.cast import SignIn
from tests.support.factories import make_user

PAGE = "/portal/outcomes/"

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("who", ["owner", "reviewer"])
def test_own_people_see_figures_months_and_packets(
    tenant: Tenant, who: str, lead_operator: User, signed_in: SignIn, request: pytest.FixtureRequest
) -> None:
    october(tenant)
    statement = close_statement(tenant, lead_operator)
    packet = request_packet(tenant, lead_operator)
    seal(packet, make_pdf=fake_pdf)
    client = signed_in(request.getfixturevalue(who))
    page = " ".join(client.get(PAGE).text.split())
    assert (
        "$1,750.40" in page and "up to $2,050.40 if all pending matches are confirmed" in page and "not counted" in page
    )
    assert "1 of 1 leads (100%)" in page and "spring-check" in page
    month = client.get(f"{PAGE}months/{statement.public_id}").text
    assert statement.sha256 in month and "What this does not prove" in month
    answer = client.get(f"{PAGE}packets/{packet.public_id}/csv")
    assert answer.status_code == 200 and "attachment" in answer["Content-Disposition"]
    assert client.get(f"{PAGE}packets/{packet.public_id}/nothing").status_code == 404


def test_own_people_check_a_closed_month_without_us(
    tenant: Tenant, owner: User, lead_operator: User, signed_in: SignIn, settings: Any
) -> None:
    signer = new_signer("log.example", verify.LOG)
    settings.LOG_SIGNING_KEYS = signer.secret()
    october(tenant)
    statement = close_statement(tenant, lead_operator)
    client, month = signed_in(owner), f"{PAGE}months/{statement.public_id}"
    assert f'href="{month}/bundle.zip"' in client.get(month).text
    assert client.get(f"{month}/bundle.zip").status_code == 409, "it joins the log within a minute"
    transparency.sequence()
    bundle = client.get(f"{month}/bundle.zip").content
    assert verify.verify(bundle, verify.Trust([signer.key]))["valid"] and statement.body.encode() in bundle


def test_another_tenants_people_find_nothing_of_it(
    tenant: Tenant, stranger: User, lead_operator: User, signed_in: SignIn
) -> None:
    october(tenant)
    statement = close_statement(tenant, lead_operator)
    packet = request_packet(tenant, lead_operator)
    seal(packet, make_pdf=fake_pdf)
    client = signed_in(stranger)
    page = client.get(PAGE).text
    assert "1,750.40" not in page and "spring-check" not in page and "No month is closed yet." in page
    for part in ("", "/bundle.zip"):
        assert client.get(f"{PAGE}months/{statement.public_id}{part}").status_code == 404
    assert client.get(f"{PAGE}packets/{packet.public_id}/csv").status_code == 404
    for person in (lead_operator, make_user()):
        assert signed_in(person).get(PAGE).status_code == 404


def test_demo_data_is_labeled(tenant: Tenant, owner: User, signed_in: SignIn) -> None:
    Tenant.objects.filter(pk=tenant.pk).update(is_demo=True)
    assert "no figure here is real" in signed_in(owner).get(PAGE).text


def test_the_query_count_is_independent_of_the_row_count(
    tenant: Tenant, owner: User, lead_operator: User, signed_in: SignIn
) -> None:
    october(tenant)
    close_statement(tenant, lead_operator)
    client = signed_in(owner)
    with CaptureQueriesContext(connection) as queries:
        client.get(PAGE)
    assert len(queries) <= 18


def test_a_new_contractor_reads_what_is_missing_and_who_imports_it(owner: User, signed_in: SignIn) -> None:
    client = signed_in(owner)
    page = client.get(PAGE).text
    assert "There are no leads yet." in page
    assert 'that you send to <a href="/portal/contact/">your contact there</a>' in page
    assert "There are no leads in this period." in client.get(f"{PAGE}?first=2026-07-01").text


def test_the_page_of_retention_has_plain_labels_for_the_classes(
    owner: User, operator: User, tenant: Tenant, signed_in: SignIn
) -> None:
    """Their technical names are for readers of the documentation."""
    page = signed_in(owner).get("/portal/retention/").text
    shown = re.findall(r'<th scope="row" data-label="Kind of data">(.*?)</th>', page)
    assert shown == [period.label for period in PERIODS.values()]
    assert len(set(shown)) == len(shown) and not set(shown) & set(Retention)
    assert "pgBackRest" not in page and "backup program, after each backup" in page
    page = signed_in(operator).get(f"/ops/retention/{tenant.slug}/").text
    assert "(booking envelope)" in page


def test_the_page_of_retention_states_how_to_leave(owner: User, signed_in: SignIn) -> None:
    page = signed_in(owner).get("/portal/retention/").text
    assert "A copy of your data, and leaving" in page and "two people have confirmed it" in page
