"""The states of a tenant and its public hosts, as the database guards them."""

import pytest
from django.db import DatabaseError, transaction

from pagetojob.platform import states
from pagetojob.platform.tenants import hosts, scope
from pagetojob.platform.tenants.lifecycle import MOVES, Lifecycle
from pagetojob.platform.tenants.models import HostKind, LegalText, PublicHost, StateChange, Tenant
from tests.support.factories import make_tenant, make_user

pytestmark = pytest.mark.django_db


def test_a_tenant_begins_as_a_draft() -> None:
    assert Tenant.objects.create(slug="new", name="New", time_zone="UTC").state == Lifecycle.DRAFT
    with pytest.raises(DatabaseError, match="begins as draft"), transaction.atomic():
        Tenant.objects.create(slug="newer", name="Newer", time_zone="UTC", state=Lifecycle.LIVE)


@pytest.mark.parametrize("before", Lifecycle.values)
@pytest.mark.parametrize("after", Lifecycle.values)
def test_the_database_allows_only_the_listed_transitions(before: str, after: str) -> None:
    if before == after:
        return
    tenant = make_tenant(state=before)
    rows = Tenant.objects.filter(pk=tenant.pk)
    if after in MOVES[before]:
        assert rows.update(state=after, version=tenant.version + 1) == 1
        return
    with pytest.raises(states.IllegalMove):
        states.move(tenant, after)
    with pytest.raises(DatabaseError), transaction.atomic():
        rows.update(state=after, version=tenant.version + 1)


def test_a_closed_tenant_can_still_lose_its_gates() -> None:
    tenant = make_tenant(state=Lifecycle.CLOSED)
    assert Tenant.objects.filter(pk=tenant.pk).update(gates_epoch=5, name="Closed") == 1


def test_the_log_of_states_is_append_only() -> None:
    tenant, actor = make_tenant(), make_user(ops_role="operator")
    with scope.operator(actor, "a test"):
        row = StateChange.objects.create(
            tenant=tenant, number=1, before="draft", after="preview", by=actor, reason="ready to review"
        )
        with pytest.raises(DatabaseError), transaction.atomic():
            row.delete()
        with pytest.raises(DatabaseError), transaction.atomic():
            StateChange.objects.create(tenant=tenant, number=2, before="draft", after="preview", by=actor, reason="")


def test_a_published_legal_text_never_changes() -> None:
    tenant = make_tenant()
    with scope.tenant(tenant.pk):
        text = LegalText.objects.create(tenant=tenant, kind="privacy", version=1, text="We keep your request.")
        LegalText.objects.filter(pk=text.pk).update(published_at="2026-11-01T00:00:00Z")
        with pytest.raises(DatabaseError, match="never changes"), transaction.atomic():
            LegalText.objects.filter(pk=text.pk).update(text="We sell it.")


@pytest.mark.parametrize(
    ("typed", "host"),
    [
        ("WWW.Example.COM.", "www.example.com"),
        (" example.com ", "example.com"),
        ("müller-heizung.example", "xn--mller-heizung-wob.example"),
        ("xn--mller-heizung-wob.example", "xn--mller-heizung-wob.example"),
    ],
)
def test_a_host_has_a_single_normal_form(typed: str, host: str) -> None:
    assert hosts.normalized(typed) == host


@pytest.mark.parametrize(
    "typed",
    [
        "", "localhost", "https://example.com", "example.com/path", "exa mple.com", "127.0.0.1", "-a.com", "a..com",
        "\u0430pple.com", "xn--80ak6aa92e.com", "a" * 64 + ".com", "example.com:8080", "_dmarc.example.com",
    ],
)  # fmt: skip
def test_what_is_no_host_or_hides_its_letters_is_refused(typed: str) -> None:
    with pytest.raises(hosts.BadHost):
        hosts.normalized(typed)


def host(name: str, **more: object) -> PublicHost:
    normal = hosts.normalized(name)
    return PublicHost(
        kind=HostKind.OWN_DOMAIN, host=normal, skeleton=hosts.skeleton(normal), **{"tenant": make_tenant(), **more}
    )


@pytest.mark.parametrize("taken", ["acme.example", "acrne.example", "acmé.example", "ACME.example"])
def test_no_tenant_gets_a_host_that_people_confuse_with_another(taken: str) -> None:
    with scope.operator(make_user(ops_role="operator"), "a test"):
        host("acme.example").save()
        host("acme-air.example").save()
        with pytest.raises(DatabaseError, match=r"public_host_(once|similar)"), transaction.atomic():
            host(taken).save()


def test_the_database_refuses_a_host_that_is_not_normal() -> None:
    with (
        scope.operator(make_user(ops_role="operator"), "a test"),
        pytest.raises(DatabaseError, match="public_host_of_kind"),
        transaction.atomic(),
    ):
        PublicHost.objects.create(
            tenant=make_tenant(), kind=HostKind.OWN_DOMAIN, host="WWW.Example.com", skeleton="www.example.com"
        )
