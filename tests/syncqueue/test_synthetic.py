"""A synthetic request runs the whole form path and leaves nothing that anyone could read, count, send or export."""

import os
from typing import Any

import psycopg
import pytest
from django.core import signing
from django.test import Client
from psycopg import sql

from pagetojob.onboarding import form_checks
from pagetojob.onboarding.models import FormCheck
from pagetojob.ops.monitoring import read_health
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant
from syncqueue.models import SyntheticRequest
from syncqueue.services import synthetic
from tests.support.factories import make_tenant
from tests.support.visitor import FORM, filled_in, leads

OWN = {"syncqueue_syntheticrequest", "onboarding_formcheck"}


def every_table() -> dict[str, str]:
    """Return a digest of the rows of each table, except those in which checks store their results."""
    tables = "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace"
    digest = sql.SQL("SELECT md5(coalesce(string_agg(row::text, '|' ORDER BY row::text), '')) FROM {} row")
    with psycopg.connect(os.environ["PTJ_TEST_ADMIN_URL"]) as session:
        names = {name for (name,) in session.execute(tables).fetchall()} - OWN
        return {name: str(session.execute(digest.format(sql.Identifier(name))).fetchone()) for name in names}


@pytest.mark.django_db(transaction=True)
def test_a_check_over_http_leaves_no_row_for_any_reader(tenant: Tenant, live_server: Any, settings: Any) -> None:
    """Ledger, statements, attribution, response times, exports, notices and counters read the rows of these tables."""
    settings.PUBLIC_URL = str(live_server)
    before = every_table()
    assert form_checks.check_due() == 1
    with scope.worker():
        check = FormCheck.objects.get()
        assert (check.note, check.failures) == ("", 0) and SyntheticRequest.objects.count() == 1
    assert every_table() == before
    assert form_checks.check_due() == 0, "the next one is due in an hour"
    Client().post(FORM, filled_in())
    changed = {name for name, digest in every_table().items() if digest != before[name]}
    assert {"leads_lead", "syncqueue_syncitem", "syncqueue_intakecounter"} <= changed, "a visitor's request is noticed"


@pytest.mark.django_db(transaction=True)
def test_a_form_that_fails_twice_raises_an_alarm_until_it_works(
    tenant: Tenant, live_server: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.PUBLIC_URL = str(live_server)
    monkeypatch.setattr(form_checks, "EVERY", form_checks.EVERY * 0)
    monkeypatch.setattr(form_checks, "SECOND_CHECK", form_checks.SECOND_CHECK * 0)
    with monkeypatch.context() as broken:
        broken.setattr(synthetic, "nonce_in", lambda header, tenant: "x" * 33)  # the row refuses it: an error of ours
        for alarmed in (False, True):
            form_checks.check_due()
            with scope.worker():
                assert ("forms" in read_health().holding) is alarmed
                assert "status 500" in FormCheck.objects.get().note
    form_checks.check_due()
    with scope.worker():
        assert "forms" not in read_health().holding
    assert leads(tenant) == []


@pytest.mark.django_db(transaction=True)
def test_only_live_websites_are_checked_and_a_closed_port_is_a_failure(settings: Any) -> None:
    settings.PUBLIC_URL = "http://localhost:1"
    for state in ("draft", "preview", "paused", "closed", "live"):
        make_tenant(state=state)
    assert form_checks.check_due() == 1
    with scope.worker():
        assert FormCheck.objects.get().note == "The server could not be reached."


@pytest.mark.django_db
def test_a_mark_of_another_tenant_and_an_old_mark_are_ignored(
    tenant: Tenant, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = make_tenant()
    _, mark = synthetic.new_mark(other)
    forged = signing.dumps([tenant.pk, "1"], salt="other")
    for sent, header in enumerate((mark, forged, "nonsense"), start=1):
        client.post(FORM, filled_in(), headers={synthetic.HEADER: header})
        assert len(leads(tenant)) == sent
    _, mark = synthetic.new_mark(tenant)
    monkeypatch.setattr(synthetic, "LIFETIME_SECONDS", -1)
    client.post(FORM, filled_in(), headers={synthetic.HEADER: mark})
    assert len(leads(tenant)) == 4
