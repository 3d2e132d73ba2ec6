"""An open page learns that it is out of date, by a conditional request that reads few rows."""

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pagetojob.ops import watching
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from syncqueue.models import SyncItem
from tests.support.cast import SignIn
from tests.support.desk import captured_as, mark_as_done, work
from tests.support.factories import make_lead


@pytest.fixture
def item(tenant: Tenant) -> SyncItem:
    row = captured_as(tenant)
    work()
    return row


def test_a_change_by_a_person_is_named(signed_in: SignIn, viewer: User, operator: User, item: SyncItem) -> None:
    reader, path = signed_in(viewer), f"/ops/items/{item.public_id}/watch"
    first = reader.get(path)
    assert reader.get(path, headers={"If-None-Match": first["ETag"]}).status_code == 304
    signed_in(operator).post(f"/ops/items/{item.public_id}/unmask", {"unmask_reason": "The caller asks."})
    assert reader.get(path, headers={"If-None-Match": first["ETag"]}).status_code == 304
    signed_in(operator).post(f"/ops/items/{item.public_id}/note", {"text": "Called back."})
    noted = reader.get(path, headers={"If-None-Match": first["ETag"]})
    assert noted.status_code == 200
    assert mark_as_done(signed_in(operator), item).status_code == 302
    changed = reader.get(path, headers={"If-None-Match": noted["ETag"]})
    assert changed.json()["words"] == f"{operator.name} changed this item (marked as done): it is manual complete now."
    assert changed.json()["version"].split(".")[0] != first.json()["version"].split(".")[0]


def test_asking_costs_a_single_query_besides_the_reader(signed_in: SignIn, viewer: User, item: SyncItem) -> None:
    reader, costs = signed_in(viewer), []
    for path in (f"/ops/items/{item.public_id}/watch", f"/ops/items/{uuid.uuid4()}/watch"):
        with CaptureQueriesContext(connection) as queries:
            reader.get(path)
        costs.append(sum("syncqueue_syncitem" in query["sql"] for query in queries))
    assert costs == [1, 1] and len(queries) <= 9


def test_alarms_are_read_once_for_all_watchers(
    signed_in: SignIn, viewer: User, operator: User, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, other = signed_in(viewer).get("/ops/alarms/watch"), signed_in(operator)
    with scope.tenant(tenant.pk):
        make_lead(tenant=tenant)  # without items: the ledger no longer balances
    with CaptureQueriesContext(connection) as queries:
        again = other.get("/ops/alarms/watch", headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 304 and len(queries) <= 10
    monkeypatch.setattr(watching, "HEALTH_SECONDS", -1.0)
    changed = other.get("/ops/alarms/watch", headers={"If-None-Match": first["ETag"]})
    assert changed.status_code == 200 and "The alarms have changed" in changed.json()["words"]


def test_pages_can_be_refreshed_without_scripts(signed_in: SignIn, viewer: User, item: SyncItem) -> None:
    for path in (f"/ops/items/{item.public_id}", "/ops/alarms/"):
        assert '<a href="">Refresh</a>' in signed_in(viewer).get(path).text
