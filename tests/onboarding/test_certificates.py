"""A certificate that is not renewed is an alarm 14 days before its end, and an urgent one 3 days before it."""

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.utils import timezone

from pagetojob.onboarding import certificates
from pagetojob.onboarding.models import CertificateReading, DomainCheck
from pagetojob.ops.alarm_places import notice_of
from pagetojob.ops.alarms import BY_KEY
from pagetojob.ops.incidents import URGENT
from pagetojob.ops.monitoring import read_health
from pagetojob.platform.outbound.certificates import Certificate
from pagetojob.platform.outbound.errors import GatewayError, RefusedError, TransientError
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.lifecycle import Lifecycle
from pagetojob.platform.tenants.models import HostKind, PublicHost, Tenant, User
from tests.support.cast import SignIn
from tests.support.factories import make_tenant

pytestmark = pytest.mark.django_db

OURS, SUBDOMAIN, DOMAIN = "pagetojob.example", "plain.sites.pagetojob.example", "www.shop.example"
LIFE = timedelta(days=90)


class Network:
    """The certificates that hosts send, and the hosts that were asked."""

    def __init__(self) -> None:
        self.left: dict[str, timedelta] = {}
        self.life, self.errors = LIFE, dict[str, GatewayError]()
        self.asked: list[tuple[str, bool]] = []

    def read(self, host: str, *, port: int, listed: frozenset[Any]) -> Certificate:
        self.asked.append((host, bool(listed)))
        if host in self.errors:
            raise self.errors[host]
        expires_at = timezone.now() + self.left.get(host, timedelta(days=60))
        return Certificate(expires_at - self.life, expires_at)


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Network:
    settings.PUBLIC_URL, settings.PUBLIC_SUFFIX = f"https://{OURS}", "sites.pagetojob.example"
    network = Network()
    monkeypatch.setattr(certificates, "read_certificate", network.read)
    return network


@pytest.fixture
def shop(operator: User) -> Tenant:
    Tenant.objects.update(state=Lifecycle.CLOSED)
    make_tenant(slug="plain", name="Plain")
    make_tenant(slug="draft", name="Draft", state=Lifecycle.PREVIEW)
    shop = make_tenant(slug="shop", name="Shop")
    now = timezone.now()
    with scope.operator(operator, "test"):
        DomainCheck.objects.create(tenant=shop, domain=DOMAIN, settled="ok", verdict="ok", verified_at=now, token="t")
        PublicHost.objects.create(tenant=shop, kind=HostKind.OWN_DOMAIN, host=DOMAIN, skeleton=DOMAIN, verified_at=now)
    return shop


def holding() -> set[str]:
    with scope.worker():
        return {key for key in read_health().holding if key.startswith("certificate")}


def read_again(after: timedelta = timedelta(hours=7)) -> int:
    with scope.worker():
        for row in CertificateReading.objects.all():
            row.read_at -= after
            row.save()
    return certificates.read_due()


def test_only_hosts_that_visitors_use_are_read(network: Network, shop: Tenant) -> None:
    assert certificates.read_due() == 3
    assert sorted(network.asked) == sorted([(OURS, True), (SUBDOMAIN, True), (DOMAIN, False)])
    assert certificates.read_due() == 0 and holding() == set()
    with scope.worker():
        DomainCheck.objects.update(settled="wrong")
    assert read_again() == 2
    with scope.worker():
        assert set(CertificateReading.objects.values_list("host", flat=True)) == {OURS, SUBDOMAIN}


def test_nothing_is_read_without_tls(network: Network, shop: Tenant, settings: Any) -> None:
    settings.PUBLIC_URL = "http://localhost:8000"
    assert certificates.read_due() == 0 and network.asked == []


@pytest.mark.parametrize(
    ("life", "left", "alarms"),
    [
        (90, 15, set()),
        (90, 13.9, {"certificate"}),
        (90, 2.9, {"certificate", "certificate-urgent"}),
        (6, 3, set()),
        (6, 0.9, {"certificate"}),
        (6, 0.3, {"certificate", "certificate-urgent"}),
    ],
)
def test_a_certificate_that_is_not_renewed_is_an_alarm(
    network: Network, shop: Tenant, life: float, left: float, alarms: set[str]
) -> None:
    network.life, network.left[DOMAIN] = timedelta(days=life), timedelta(days=left)
    network.left[OURS] = network.left[SUBDOMAIN] = timedelta(days=life * 2 / 3)
    certificates.read_due()
    assert holding() == alarms
    network.left[DOMAIN] = timedelta(days=life)
    assert read_again(timedelta(minutes=11)) == bool(alarms), "a problem is read again within minutes"
    assert holding() == set()


def test_a_certificate_that_browsers_refuse_is_urgent_and_a_silent_host_is_not(network: Network, shop: Tenant) -> None:
    network.errors[SUBDOMAIN] = TransientError("connect", "The host could not be reached by TLS.")
    certificates.read_due()
    assert holding() == set()
    network.errors[DOMAIN] = RefusedError("certificate", "The certificate is not valid: certificate has expired.")
    read_again()
    assert holding() == {"certificate", "certificate-urgent"}
    assert "certificate-urgent" in URGENT and "certificate" not in URGENT


def test_a_reading_that_fails_keeps_the_known_end(network: Network, shop: Tenant) -> None:
    network.left[DOMAIN] = timedelta(days=20)
    certificates.read_due()
    network.errors[DOMAIN] = TransientError("connect", "The host could not be reached by TLS.")
    read_again()
    assert holding() == set()
    with scope.worker():
        # As a week later.
        CertificateReading.objects.filter(host=DOMAIN).update(overdue_at=F("overdue_at") - timedelta(days=7))
    assert holding() == {"certificate"}


def test_messages_and_pages_name_the_host_and_the_end(
    network: Network, shop: Tenant, viewer: User, signed_in: SignIn
) -> None:
    network.left[DOMAIN] = timedelta(days=5)
    certificates.read_due()
    with scope.worker():
        end = CertificateReading.objects.get(host=DOMAIN).expires_at
        assert end and notice_of(BY_KEY["certificate"]).details == [f"{DOMAIN}: expires on {end:%B %d, %Y, %H:%M} UTC"]
    client = signed_in(viewer)
    page = client.get("/ops/domains/").text
    assert 'id="certificates"' in page and DOMAIN in page and OURS not in page
    assert "expires on <time" in client.get("/ops/contractors/shop/domain").text
    assert "Its certificate: expires on <time" in client.get("/ops/contractors/plain/domain").text
