"""Domains of contractors: checks that store verdicts, the page, the alarm, and what Caddy may order."""

from collections.abc import Generator
from datetime import timedelta
from typing import Any

import pytest
from django.db.models.functions import Now
from django.test import Client
from django.utils import timezone

from pagetojob.onboarding import domain_views, domains
from pagetojob.onboarding.models import DomainCheck
from pagetojob.ops.monitoring import read_health
from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.platform.tenants.public import slug_at
from tests.support.cast import SignIn
from tests.support.dns_server import DnsServer, dns_server
from tests.support.factories import make_tenant
from tests.support.threads import at_once

DOMAIN = "www.shop.example"


@pytest.fixture(scope="module")
def running() -> Generator[DnsServer]:
    with dns_server() as server:
        yield server


@pytest.fixture
def server(running: DnsServer, settings: Any) -> DnsServer:
    settings.PUBLIC_SUFFIX, settings.PUBLIC_ADDRESSES = "sites.pagetojob.example", ["203.0.113.10"]
    settings.MAIL_SPF_INCLUDE, settings.MAIL_DKIM = "spf.pagetojob.example", {"ptj1": "ptj1.dkim.pagetojob.example"}
    settings.DNS_RESOLVER = f"127.0.0.1:{running.port}"
    domain_views._is_served.cache_clear()
    running.load([])
    return running


@pytest.fixture
def shop(db: None, server: DnsServer) -> Tenant:
    return make_tenant(slug="shop", name="Shop")


@pytest.fixture
def check(shop: Tenant, operator: User) -> DomainCheck:
    return added(shop, operator)


def added(tenant: Tenant, actor: User, **facts: Any) -> DomainCheck:
    given: dict[str, Any] = {"domain": DOMAIN, "by_address": False, "sender": "shop.example", "reason": "They asked."}
    given |= facts
    with scope.operator(actor, "test"):
        return domains.add_domain(tenant=tenant, actor=actor, **given)


def good_zone(check: DomainCheck) -> list[str]:
    return ["www CNAME shop.sites.pagetojob.example.", f'_pagetojob.www TXT "pagetojob-verify={check.token}"']


def checked(check: DomainCheck) -> DomainCheck:
    """Return the row after a check that is due now."""
    with scope.worker():
        DomainCheck.objects.filter(pk=check.pk).update(due_at=Now())
    assert domains.check_due() == 1
    return now(check)


def now(check: DomainCheck) -> DomainCheck:
    with scope.worker():
        return DomainCheck.objects.select_related("tenant").get(pk=check.pk)


def audited(check: DomainCheck) -> list[str]:
    with scope.worker():
        return list(
            AuditEntry.objects.filter(subject__endswith=str(check.public_id))
            .order_by("pk")
            .values_list("action", flat=True)
        )


def test_a_domain_whose_records_are_there_is_verified(check: DomainCheck, server: DnsServer) -> None:
    server.load(good_zone(check))
    row = checked(check)
    assert (row.verdict, row.settled, row.failures) == ("ok", "ok", 0)
    assert row.verified_at == row.checked_at and row.alarm_at is None
    assert timedelta(minutes=59) < row.due_at - timezone.now() < timedelta(minutes=61)
    assert [record["verdict"] for record in row.report["records"]] == ["ok", "ok"]
    assert row.report["spf"]["verdict"] == "missing" and row.report["dkim"][0]["verdict"] == "missing"
    assert audited(check) == ["onboarding.add_domain", "onboarding.domain_verified"]
    assert domains.check_due() == 0, "the next one is due in an hour"


def test_the_proof_alone_or_the_alias_alone_is_not_enough(check: DomainCheck, server: DnsServer) -> None:
    for line in good_zone(check):
        server.load([line])
        assert checked(check).settled == "missing"
        assert not domains.is_served(DOMAIN)


def test_a_domain_is_public_from_its_first_good_check_until_it_is_removed(
    check: DomainCheck, server: DnsServer, operator: User
) -> None:
    assert slug_at(DOMAIN) == ""
    server.load(good_zone(check))
    checked(check)
    assert slug_at(DOMAIN) == check.tenant.slug
    server.load(["www A 198.51.100.7"])
    for _ in range(2):
        checked(check)
    assert slug_at(DOMAIN) == check.tenant.slug, "visitors who still arrive are served"
    with scope.operator(operator, "test"):
        domains.remove_domain(check=now(check), actor=operator, reason="They left.")
    assert slug_at(DOMAIN) == ""


def test_a_domain_that_resembles_another_is_refused(check: DomainCheck, operator: User) -> None:
    with pytest.raises(domains.DomainRefused, match="resembles"):
        added(make_tenant(slug="other"), operator, domain="www.sh0p.example", sender="")
    with pytest.raises(domains.DomainRefused, match="Latin"):
        added(check.tenant, operator, domain="www.ѕhop.example", sender="")


def test_silence_changes_nothing(check: DomainCheck, server: DnsServer) -> None:
    server.load(good_zone(check))
    checked(check)
    server.load(good_zone(check), {"www *": "servfail"})
    for _ in range(3):
        row = checked(check)
        assert (row.verdict, row.settled, row.failures, row.alarm_at) == ("cannot tell", "ok", 0, None)
    assert domains.is_served(DOMAIN)
    assert "onboarding.domain_failed" not in audited(check)


def test_two_failures_of_a_verified_domain_raise_the_alarm(check: DomainCheck, server: DnsServer) -> None:
    server.load(good_zone(check))
    checked(check)
    server.load(["www A 198.51.100.7"])
    row = checked(check)
    assert (row.settled, row.alarm_at) == ("wrong", None) and not domains.is_served(DOMAIN)
    assert row.due_at - timezone.now() < timedelta(minutes=6), "the second check comes soon"
    server.load(good_zone(check), {"www *": "refused"})
    assert checked(check).failures == 1
    server.load(["www A 198.51.100.7"])
    row = checked(check)
    assert row.alarm_at == row.checked_at
    with scope.worker():
        assert "domains" in read_health().holding
    assert audited(check)[-1] == "onboarding.domain_failed"
    server.load(good_zone(check))
    assert checked(check).alarm_at is None
    with scope.worker():
        assert "domains" not in read_health().holding
    assert audited(check)[-1] == "onboarding.domain_verified"


def test_a_domain_that_was_never_verified_raises_no_alarm(check: DomainCheck) -> None:
    for _ in range(3):
        assert checked(check).alarm_at is None


def test_all_due_domains_are_checked_at_once(shop: Tenant, operator: User, server: DnsServer) -> None:
    rows = [added(shop, operator, domain=f"w{number}.shop.example", sender="") for number in range(5)]
    server.load([f"w{number} CNAME shop.sites.pagetojob.example." for number in range(5)], {"w0 *": "slow"})
    assert domains.check_due() == 5
    assert {now(row).verdict for row in rows} == {"missing"}


def test_a_result_for_a_removed_domain_is_dropped(check: DomainCheck, operator: User) -> None:
    with scope.operator(operator, "test"):
        domains.remove_domain(check=DomainCheck.objects.get(pk=check.pk), actor=operator, reason="They left.")
    domains.check_now([check])
    with scope.worker():
        assert not DomainCheck.objects.exists()


def test_a_main_domain_is_requested_with_addresses(shop: Tenant, operator: User, settings: Any) -> None:
    settings.PUBLIC_ADDRESSES = ["203.0.113.10", "2001:db8::10"]
    row = added(shop, operator, domain="Shop.example.", by_address=True, sender="")
    records = domains.requested_records(row)["records"]
    assert [(record["type"], record["values"]) for record in records[:2]] == [
        ("A", ["203.0.113.10"]),
        ("AAAA", ["2001:db8::10"]),
    ]
    assert records[2]["name"] == "_pagetojob.shop.example"


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ({"domain": "https://shop.example/"}, "without https"),
        ({"domain": "localhost"}, "such as"),
        ({"domain": "10.0.0.1"}, "such as"),
        ({"domain": "shop.sites.pagetojob.example"}, "subdomain of ours"),
        ({"sender": "not a domain"}, "such as"),
        ({"domain": "www.taken.example"}, "already connected"),
    ],
)
def test_a_domain_that_cannot_be_checked_is_refused(
    shop: Tenant, operator: User, facts: dict[str, Any], message: str
) -> None:
    added(make_tenant(), operator, domain="www.taken.example")
    with pytest.raises(domains.DomainRefused, match=message):
        added(shop, operator, **facts)


@pytest.mark.django_db(transaction=True)
def test_domains_that_are_added_at_once_are_limited_like_others(shop: Tenant, operator: User) -> None:
    for number in range(domains.MOST_DOMAINS - 1):
        added(shop, operator, domain=f"www.shop{number}.example")

    def add(name: str) -> bool:
        try:
            added(shop, operator, domain=f"www.{name}.example")
        except domains.DomainRefused:
            return False
        return True

    names = ("plumbing", "heating", "roofing", "gutters")
    assert sorted(at_once(add, names)) == [False] * 3 + [True]


def test_without_settings_no_domain_can_be_added(shop: Tenant, operator: User, settings: Any) -> None:
    settings.MAIL_SPF_INCLUDE = ""
    with pytest.raises(domains.DomainRefused, match="MAIL_SPF_INCLUDE"):
        added(shop, operator)
    settings.PUBLIC_SUFFIX = ""
    with pytest.raises(domains.DomainRefused, match="PUBLIC_SUFFIX"):
        added(shop, operator)
    assert domains.subdomain_of(shop) == ""


def test_the_page_shows_what_is_requested_and_what_is_there(
    check: DomainCheck, server: DnsServer, operator: User, viewer: User, signed_in: SignIn
) -> None:
    address = "/ops/contractors/shop/domain"
    page = signed_in(operator).get(address).text
    assert "shop.sites.pagetojob.example" in page and check.token in page and "Not checked yet" in page
    server.load(["www A 198.51.100.7", '@ TXT "v=spf1 <script> -all"'])
    checked(check)
    page = signed_in(viewer).get(address).text
    assert "A 198.51.100.7" in page and "in place of the alias" in page
    assert "<script>" not in page and "Add domain" not in page and "Check again" not in page
    assert DOMAIN in signed_in(viewer).get("/ops/domains/").text


def test_operators_add_check_again_and_remove(shop: Tenant, operator: User, signed_in: SignIn) -> None:
    client, address = signed_in(operator), "/ops/contractors/shop/domain"
    given = {"domain": DOMAIN, "sender": "", "reason": "They asked."}
    assert client.post(f"{address}/add", given | {"domain": "x"}).status_code == 422
    assert client.post(f"{address}/add", given).status_code == 302
    with scope.worker():
        row = DomainCheck.objects.get()
    domains.check_due()
    assert client.post(f"{address}/{row.public_id}/check").status_code == 302
    assert domains.check_due() == 1
    client.post(f"{address}/{row.public_id}/remove", {"reason": ""})
    assert now(row)
    client.post(f"{address}/{row.public_id}/remove", {"reason": "They left."})
    with scope.worker():
        assert not DomainCheck.objects.exists()
    assert audited(row) == ["onboarding.add_domain", "onboarding.request_check", "onboarding.remove_domain"]


def test_caddy_may_order_only_for_hosts_that_we_serve(check: DomainCheck, server: DnsServer, client: Client) -> None:
    def ask(host: str, **more: Any) -> int:
        domain_views._is_served.cache_clear()
        return client.get("/internal/tls-allowed", {"domain": host}, **more).status_code

    assert ask(DOMAIN) == 404
    server.load(good_zone(check))
    checked(check)
    assert ask(DOMAIN) == ask("WWW.Shop.example.") == ask("shop.sites.pagetojob.example") == 200
    for host in (
        "shop.example",
        "other.sites.pagetojob.example",
        "a.shop.sites.pagetojob.example",
        "",
        "x" * 300,
        "\0",
    ):
        assert ask(host) == 404
    assert ask(DOMAIN, REMOTE_ADDR="203.0.113.9") == 404
    assert client.post("/internal/tls-allowed?domain=x").status_code == 405


def test_a_host_is_read_once_in_a_few_seconds(
    shop: Tenant, client: Client, django_assert_num_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pagetojob.onboarding.domain_views.TLS_CACHE_SECONDS", 10_000_000)
    asked = {"domain": "www.unknown.example"}
    client.get("/internal/tls-allowed", asked)
    with django_assert_num_queries(0):
        assert client.get("/internal/tls-allowed", asked).status_code == 404


def test_a_forwarded_request_of_a_visitor_is_not_local(shop: Tenant, client: Client, settings: Any) -> None:
    settings.TRUSTED_PROXIES = 1
    asked = {"domain": "shop.sites.pagetojob.example"}
    assert client.get("/internal/tls-allowed", asked, headers={"X-Forwarded-For": "203.0.113.9"}).status_code == 404
    assert client.get("/internal/tls-allowed", asked, headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 200
