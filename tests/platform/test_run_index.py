"""The runs of a kind are listed without a read of all runs of the tenant."""

import os

import psycopg
import pytest

from pagetojob.platform.runs.models import Run, RunState
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant

_RUNS = """
    INSERT INTO runs_run
        (created_at, public_id, version, state_since, kind, state, params, done, error, workers_lost, tenant_id)
    SELECT now(), gen_random_uuid(), 0, now(), 'a kind ' || mod(number, 10), 'done', '{}', 0, '', 0, %s
    FROM generate_series(1, 5000) AS number
"""


@pytest.mark.django_db(transaction=True)
def test_runs_of_a_kind_are_read_by_their_index(tenant: Tenant) -> None:
    with psycopg.connect(os.environ["PTJ_TEST_ADMIN_URL"], autocommit=True) as session:
        session.execute("SET session_replication_role = replica")
        session.execute(_RUNS, [tenant.pk])
        session.execute("ANALYZE runs_run")
    of_kind = Run.objects.filter(tenant=tenant, kind="a rare kind")
    with scope.worker():
        for rows in (of_kind, of_kind.filter(state=RunState.DONE), of_kind.filter(params__request=5)):
            assert "run_of_kind" in rows.order_by("-id")[:1].explain()
