"""The domain of a contractor: before a check, with conflicts, verified, and the list of all domains."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from pagetojob.onboarding import domains
from pagetojob.onboarding.models import DomainCheck
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from tests.support.browser import WIDTHS_AND_THEMES, Visit, check_page, visit_as
from tests.support.dns_server import dns_server

pytestmark = pytest.mark.django_db(transaction=True)
OPERATOR = "operator@pagetojob.example"


def in_worker[T](work: Callable[[], T]) -> T:
    """Run in another thread, as a worker would: Playwright has an event loop in this one."""

    def run() -> T:
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run).result()


@pytest.mark.nightly
@WIDTHS_AND_THEMES
def test_a_domain_is_added_checked_and_shown(
    visit: Visit, tenant: Tenant, settings: Any, width: int, theme: str
) -> None:
    settings.PUBLIC_SUFFIX, settings.PUBLIC_ADDRESSES = "sites.pagetojob.example", ["203.0.113.10"]
    settings.MAIL_SPF_INCLUDE, settings.MAIL_DKIM = "spf.pagetojob.example", {"ptj1": "ptj1.dkim.pagetojob.example"}
    with dns_server() as server:
        settings.DNS_RESOLVER = f"127.0.0.1:{server.port}"
        page = visit_as(visit, OPERATOR, f"/ops/contractors/{tenant.slug}/domain", width=width, theme=theme)
        page.get_by_role("button", name="Add domain").click()
        check_page(page, "domain-errors")
        for label, value in {"Domain": "www.shop.example", "Sender domain": "shop.example", "Reason": "asked"}.items():
            page.get_by_label(label, exact=False).last.fill(value)
        page.get_by_label("Domain", exact=True).fill("www.shop.example")
        page.get_by_role("button", name="Add domain").click()
        page.get_by_text("Domain added.").wait_for()
        check_page(page, "domain-new")

        target = f"{tenant.slug}.sites.pagetojob.example."
        server.load(
            [
                f"www CNAME {target}",
                "www A 198.51.100.7",
                '@ TXT "v=spf1 include:spf.pagetojob.example ~all"',
                '@ TXT "v=spf1 mx -all"',
                '_dmarc TXT "v=DMARC1; p=none"',
                "@ MX 10 mail",
            ],
            {"mail *": "servfail"},
        )
        assert in_worker(domains.check_due) == 1
        page.reload()
        page.get_by_text("The requested alias is there, next to other records.").wait_for()
        check_page(page, "domain-conflict")
        page.get_by_role("button", name="Check again").click()
        page.get_by_text("starts within 15 seconds").wait_for()

        with scope.operator(User.objects.get(email=OPERATOR), reason="test"):
            (check,) = DomainCheck.objects.select_related("tenant")
        good = [f"www CNAME {target}", f'_pagetojob.www TXT "pagetojob-verify={check.token}"']
        server.load(good)
        assert in_worker(domains.check_due) == 1
        server.load([])
        in_worker(lambda: domains.check_now([check]))
        in_worker(lambda: domains.check_now([check]))
        page.reload()
        page.get_by_text("The domain does not point here").wait_for()
        check_page(page, "domain-alarm")
        page.get_by_role("link", name=tenant.name).click()
        page.get_by_role("link", name="Contractors").last.click()
        page.get_by_role("link", name="Domains of all contractors").click()
        page.get_by_role("heading", name="Domains").wait_for()
        check_page(page, "domains")
