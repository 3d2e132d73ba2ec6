"""No operations list reads the whole queue: each filter is served by its index."""

import os
import re
from collections.abc import Generator
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pagetojob.platform.paging import PAGE_SIZE
from pagetojob.platform.postgresql.base import prepared_cursor
from pagetojob.platform.runs.models import Run
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from syncqueue import lanes, selectors
from syncqueue.filters import Filters
from syncqueue.leads.models import Lead
from syncqueue.models import Kind, State
from syncqueue.selectors import counts, requests
from syncqueue.selectors.bulk import recent_runs, run_view
from syncqueue.selectors.first_answers import MOST_OF_TENANT, newest_answers
from syncqueue.selectors.ledger import NOTICE_DAYS, SQL
from syncqueue.selectors.search import asked_for, read_question, search
from syncqueue.services import ledger
from tests.support.factories import make_sync_item, make_tenant, make_user
from tests.support.services import administrator, empty_tables

#: The index that serves each filter. For a combination, the database uses the one that leaves the fewest rows.
INDEX = {
    "": "sync_item_newest",
    "state": "sync_item_state_newest",
    # Kinds that every lead has are served by sync_item_newest.
    "kind": "sync_item_kind_newest",
    "tenant": "sync_item_tenant_newest",
    "cause": "sync_item_cause_newest",
    "untold": "sync_item_untold",
    "scheduled": "sync_item_next_due",
    "suspected": "lead_suspected",
    "excluded": "sync_item_of_lead_once",
    "adopted": "sync_item_adopted",
    "needs_person": "sync_item_needs_person",
    "snoozed": "item_triage",
    "finished": "sync_item_newest",
    "assignee": "item_triage",
}

pytestmark = pytest.mark.django_db(transaction=True)

LEADS = 10_000

#: Number of tenants that share the leads. With few, the index of a tenant is hardly better than that of all items: what
#: both plans read in addition, from tables whose size depends on earlier tests, hides the difference, and the planner
#: takes either. It did so with eight.
TENANTS = 32
#: A queue of some age: nearly all items have ended; 1 lead in 200 is suspected, 1 in 500 excluded.
FILL = """
INSERT INTO leads_lead
    (tenant_id, public_id, reference, spoken_code, form_key, name, phone, phone_e164, email, street, city, state, zip,
     message, source, consent_text, excluded_as, channel, suspected, received_at)
SELECT (%(tenants)s::bigint[])[1 + n %% %(count)s], gen_random_uuid(),
    'st-ready:' || lpad(to_hex(n), 16, '0'), 'PTJ-' || lpad(n::text, 7, '0'), n, 'x',
    '', '+1602' || lpad(n::text, 7, '0'), n || '@example.com', '', '', '', '', '', '{}', 'x',
    CASE WHEN n %% 500 = 0 THEN 'spam' ELSE '' END, 'form',
    CASE WHEN n %% 200 = 0 THEN ARRAY['too fast'] ELSE '{}' END, now() - n * interval '1 minute'
FROM generate_series(1, %(leads)s) AS n;

INSERT INTO syncqueue_syncitem
    (tenant_id, public_id, kind, dedupe_key, lead_id, source, state, priority, attempts, due_at, cause, external_id,
     error_class, last_error, missing, possibly_twice, ended_from, version, state_since, created_at)
SELECT tenant_id, gen_random_uuid(), kind, lead.id, lead.id, '',
    CASE WHEN lead.id %% 100 = 0 THEN 'blocked' WHEN lead.id %% 100 = 1 THEN 'retrying' ELSE 'delivered' END, 5, 1,
    CASE WHEN lead.id %% 100 = 1 THEN now() END,
    CASE WHEN lead.id %% 100 = 0 THEN 'gate-shut' WHEN lead.id %% 100 = 1 THEN 'mail-later' ELSE '' END,
    '', '', '', '[]', false, '', 1, received_at, received_at
FROM leads_lead AS lead, unnest(ARRAY['business_notification', 'booking_request']) AS kind;
"""


@pytest.fixture
def long_queue(tenant: Tenant, other_tenant: Tenant) -> Generator[None]:
    more = [make_tenant(slug=f"queue-{number}") for number in range(TENANTS - 2)]
    tenants = [entry.pk for entry in (tenant, other_tenant, *more)]
    with psycopg.connect(
        os.environ["PTJ_TEST_OWNER_URL"], cursor_factory=psycopg.ClientCursor, autocommit=True
    ) as owner:
        # Rows that earlier tests deleted make indexes look no better than reading all. VACUUM FULL keeps those that an
        # older transaction could still read, such as an autovacuum's: if it ended between two tables, of leads only.
        with administrator() as session:
            session.execute("TRUNCATE leads_lead CASCADE")
        owner.execute("VACUUM FULL tenants_tenant")
        # There are no answers. If statistics stated that, reading those of all requests would be the cheapest plan.
        owner.execute("ALTER TABLE leads_leadanswer SET (autovacuum_enabled = false)")
        owner.execute("ALTER TABLE syncqueue_syncitem DISABLE TRIGGER USER")
        owner.execute(FILL, {"tenants": tenants, "count": TENANTS, "leads": LEADS})
        owner.execute("ALTER TABLE syncqueue_syncitem ENABLE TRIGGER USER")
        owner.execute("ANALYZE leads_lead, syncqueue_syncitem, tenants_tenant")
    yield
    empty_tables()
    with psycopg.connect(os.environ["PTJ_TEST_OWNER_URL"]) as owner:
        # The planner's statistics are not valid for the tests that follow.
        owner.execute("ANALYZE leads_lead, syncqueue_syncitem")
        owner.execute("ALTER TABLE leads_leadanswer RESET (autovacuum_enabled)")


@pytest.fixture(autouse=True)
def new_session() -> None:
    """Begin without prepared statements: `kept_plan` reads the plan of the newest one."""
    connection.close()


def plan(sql: str, params: Any) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {sql}", params)
        return "\n".join(line for (line,) in cursor.fetchall())


def kept_plan(sql: str, params: dict[str, Any]) -> str:
    """Return the plan that the server caches for a connection, made without the parameter values."""
    with prepared_cursor() as cursor:
        cursor.execute(sql, params)
    names = list(dict.fromkeys(re.findall(r"%\((\w+)\)[sb]", sql)))
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM pg_prepared_statements ORDER BY prepare_time DESC LIMIT 1")
        [[name]] = cursor.fetchall()
        cursor.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        values = ", ".join(["%s"] * len(names))
        cursor.execute(f'EXPLAIN EXECUTE "{name}" ({values})', [params[name] for name in names])
        return "\n".join(line for (line,) in cursor.fetchall())


def plan_of(rows: QuerySet[Any]) -> str:
    return plan(*rows.query.sql_with_params())


def reads_it_all(found: str) -> bool:
    return "Seq Scan on syncqueue_syncitem" in found


CASES: dict[str, Filters] = {
    "": Filters(),
    "state": Filters(state=State.BLOCKED),
    "kind": Filters(kind=Kind.WEBSITE_UPDATE),
    "tenant": Filters(tenant="desert-peak"),
    "cause": Filters(cause="gate-shut"),
    "untold": Filters(untold=True),
    "scheduled": Filters(scheduled=True),
    "suspected": Filters(suspected=True),
    "excluded": Filters(excluded=True),
    "adopted": Filters(adopted=True),
    "needs_person": Filters(needs_person=True),
    "snoozed": Filters(snoozed=True),
    "finished": Filters(finished=True),
    "assignee": Filters(needs_person=True, assignee="12"),
}


def test_each_filter_is_answered_by_its_index(long_queue: None) -> None:
    assert CASES.keys() == INDEX.keys()
    with scope.operator(make_user(ops_role="viewer"), reason="test"):
        for name, filters in CASES.items():
            rows = selectors.items.listed(filters).order_by(*filters.order)
            result = plan_of(rows[: PAGE_SIZE + 1])
            assert INDEX[name] in result and not reads_it_all(result), f"{name}: {result}"
            page = selectors.items_page(filters)
            assert len(page.items) == (PAGE_SIZE if page.older else len(rows)), name
            if page.older:
                at = selectors.items._read_mark(filters, page.older)
                beyond = selectors.items._beyond(rows, filters, at, ahead=True)
                result = plan_of(beyond[: PAGE_SIZE + 1])
                assert not reads_it_all(result), f"{name}, second page: {result}"
        for filters in (
            Filters(state=State.BLOCKED, tenant="desert-peak"),
            Filters(state=State.BLOCKED, kind=Kind.BOOKING_REQUEST, cause="gate-shut"),
            Filters(tenant="desert-peak", suspected=True),
            Filters(untold=True, suspected=True),
        ):
            rows = selectors.items.listed(filters).order_by(*filters.order)
            assert not reads_it_all(plan_of(rows[: PAGE_SIZE + 1])), filters


def test_counters_and_groups_read_indexes(long_queue: None) -> None:
    with scope.operator(make_user(ops_role="viewer"), reason="test"):
        for key, _, filters in selectors.TILES:
            result = plan_of(counts.counted(filters.queryset(), counts.LIMIT))
            assert not reads_it_all(result), f"{key}: {result}"
        result = plan(*counts.leaps())
        assert result.count("sync_item_cause_newest") >= 3 and not reads_it_all(result), result


def test_a_claim_reads_no_more_of_a_lane_than_it_takes(long_queue: None) -> None:
    """It does not read all due items, although the planner believes that none are due, from old statistics."""
    with psycopg.connect(os.environ["PTJ_TEST_OWNER_URL"], autocommit=True) as owner:
        owner.execute("UPDATE syncqueue_syncitem SET due_at = NULL WHERE due_at IS NOT NULL")
        owner.execute("ANALYZE syncqueue_syncitem")
        owner.execute("UPDATE syncqueue_syncitem SET due_at = now() WHERE state = 'retrying'")
    assert_claims_probe()
    with scope.worker(), connection.cursor() as cursor:
        params = lanes.claim_params(50, lanes.KIND_ORDER, {}, 12)
        assert lanes.take(params)
        cursor.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + lanes.SQL["take"], params)
        [[[result]]] = cursor.fetchall()
    read = [
        node["Actual Rows"] * node["Actual Loops"]
        for node in nodes(result["Plan"])
        if node.get("Index Name") == "sync_item_lane"
    ]
    assert 1 <= max(read) <= 50, result


def test_a_claim_stays_with_its_index_after_a_flood(long_queue: None) -> None:
    """The index keeps the pages of the flood, so the planner assigns a part of their cost to each probe."""
    with psycopg.connect(os.environ["PTJ_TEST_OWNER_URL"], autocommit=True) as owner:
        owner.execute("ALTER TABLE syncqueue_syncitem DISABLE TRIGGER USER")
        owner.execute("UPDATE syncqueue_syncitem SET due_at = now(), state = 'retrying'")
        owner.execute("UPDATE syncqueue_syncitem SET due_at = NULL, state = 'delivered' WHERE id % 5000 <> 0")
        owner.execute("ALTER TABLE syncqueue_syncitem ENABLE TRIGGER USER")
        owner.execute("VACUUM ANALYZE syncqueue_syncitem")
    assert_claims_probe()


def assert_claims_probe() -> None:
    """Assert that a claim or a check for due items reads the queue only through the index of lanes."""
    with scope.worker():
        claiming = lanes.claim_params(50, lanes.KIND_ORDER, {}, 12)
        for result in (
            plan(lanes.SQL["take"], claiming),
            kept_plan(lanes.SQL["take"], claiming),
            plan(lanes.SQL["anything_due"], lanes.pace_params()),
        ):
            assert result.count("using sync_item_lane") == result.count(" on syncqueue_syncitem"), result
            assert "Semi Join" not in result, result
    with scope.operator(make_user(ops_role="viewer"), reason="test"):
        params = {"slug": "", "break_after": 5, "limit": 51, "offset": 0, "most_waiting": 100, **lanes.pace_params()}
        result = plan(lanes.SQL["board"], params)
        assert "using sync_item_lane on syncqueue_syncitem" in result, result


def test_a_claim_reads_each_busy_lane_once(long_queue: None) -> None:
    """Not once for each pair of lanes, however few lanes the planner believes to be busy."""
    lanes_busy = 30
    for _ in range(lanes_busy):
        entry = make_tenant()
        with scope.tenant(entry.pk):
            make_sync_item(tenant=entry, kind=Kind.TAXONOMY_IMPORT, lead=None, source="a file", due_at=None)
    with psycopg.connect(os.environ["PTJ_TEST_OWNER_URL"], autocommit=True) as owner:
        owner.execute("UPDATE syncqueue_syncitem SET due_at = NULL WHERE due_at IS NOT NULL")
        owner.execute("ANALYZE syncqueue_syncitem, syncqueue_lane, tenants_tenant")
        owner.execute("UPDATE syncqueue_syncitem SET due_at = now() WHERE state = 'queued'")
    with scope.worker():
        assert len(lanes.take(lanes.claim_params(50, lanes.KIND_ORDER, {}, None))) == lanes_busy
        with connection.cursor() as cursor:
            params = lanes.claim_params(50, lanes.KIND_ORDER, {}, 12)
            cursor.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + lanes.SQL["take"], params)
            [[[result]]] = cursor.fetchall()
    reads = [node["Actual Loops"] for node in nodes(result["Plan"]) if node.get("Index Name") == "sync_item_lane"]
    assert len(reads) >= 2 and max(reads) <= lanes_busy + 1, result


def test_a_cached_claim_plan_survives_an_added_column(tenant: Tenant) -> None:
    """A worker need not reconnect for it, because a prepared statement names its columns."""
    with scope.tenant(tenant.pk):
        for _ in range(2):
            make_sync_item(tenant=tenant, kind=Kind.TAXONOMY_IMPORT, lead=None, source="a file", due_at=Now())
    with scope.worker():
        assert len(lanes.take(lanes.claim_params(1, lanes.KIND_ORDER, {}, None))) == 1
    with psycopg.connect(os.environ["PTJ_TEST_OWNER_URL"], autocommit=True) as owner:
        for table in ("syncqueue_syncitem", "syncqueue_lane"):
            owner.execute(f"ALTER TABLE {table} ADD COLUMN added_later integer")
        try:
            with scope.worker():
                assert len(lanes.take(lanes.claim_params(1, lanes.KIND_ORDER, {}, None))) == 1
        finally:
            for table in ("syncqueue_syncitem", "syncqueue_lane"):
                owner.execute(f"ALTER TABLE {table} DROP COLUMN added_later")


def nodes(plan: dict[str, Any]) -> Generator[dict[str, Any]]:
    yield plan
    for inner in plan.get("Plans", []):
        yield from nodes(inner)


def test_a_search_reads_an_index(long_queue: None) -> None:
    with scope.operator(make_user(ops_role="viewer"), reason="test"):
        for typed, index in (
            ("602 000 0042", "lead_by_phone"),
            ("42@Example.com", "lead_by_email"),
            ("st-ready:000000000000002a", "leads_lead_reference"),
        ):
            question = read_question(typed)
            result = plan_of(asked_for(question))
            assert index in result and "Seq Scan on leads_lead" not in result, result
            assert ("lead_by_seen_email" in result) is ("@" in typed), result
            assert [entry.lead.email for entry in search(question).found] == ["42@example.com"]


def rows_left_out(sql: str, params: Any) -> int:
    """Return how many rows of leads a statement reads and discards."""

    def of(node: dict[str, Any]) -> int:
        own = node.get("Rows Removed by Filter", 0) if node.get("Relation Name") == "leads_lead" else 0
        return int(own * node["Actual Loops"]) + sum(of(below) for below in node.get("Plans", ()))

    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", params)
        row = cursor.fetchone()
    assert row
    return of(row[0][0]["Plan"])


def test_the_ledger_of_a_tenant_reads_no_lead_of_a_closed_day(long_queue: None, tenant: Tenant) -> None:
    """Under the row policy of a tenant, only leakproof conditions reach an index, and COALESCE is not leakproof."""
    assert ledger.close_days() > 3
    with scope.tenant(tenant.pk):
        for name in ("oldest_waiting", "ledger"):
            # 1 in 500 leads of the days that are read is excluded.
            params = {"tenant": tenant.pk, "notice_days": NOTICE_DAYS}
            assert rows_left_out(SQL[name], params) < LEADS // 100
    with scope.worker():
        assert rows_left_out(SQL["ledger"], {"tenant": None, "notice_days": NOTICE_DAYS}) < LEADS // 100


def lookups(node: dict[str, Any], table: str) -> int:
    """Return how often a plan reads a table."""
    own = node["Actual Loops"] if node.get("Relation Name") == table else 0
    return int(own) + sum(lookups(below, table) for below in node.get("Plans", ()))


def test_first_answers_are_read_for_the_newest_requests_only(long_queue: None, operator: User) -> None:
    tenants = list(Tenant.objects.values_list("pk", flat=True))
    with scope.operator(operator, reason="test"):
        with CaptureQueriesContext(connection) as queries:
            rows = newest_answers(tenants, timezone.now() - timedelta(days=30))
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {queries[-1]['sql']}")
            row = cursor.fetchone()
    assert len(rows) == TENANTS * MOST_OF_TENANT
    assert row
    # Twice for each: once for its status and once for its first answer.
    assert lookups(row[0][0]["Plan"], "leads_leadanswer") <= TENANTS * (MOST_OF_TENANT + 5) * 2


RUNS = """
INSERT INTO runs_run
    (tenant_id, public_id, kind, state, params, done, error, workers_lost, version, created_at, asked_by_id)
SELECT %(tenant)s, gen_random_uuid(), 'syncqueue.bulk', 'done', '{"nonce": "x"}', 1, '', 0, 2,
    now() - (%(runs)s - n) * interval '5 minutes', CASE WHEN n %% 50 = 0 THEN %(person)s END
FROM generate_series(1, %(runs)s) AS n
"""


@pytest.fixture
def many_runs(tenant: Tenant, operator: User) -> Generator[None]:
    with psycopg.connect(os.environ["PTJ_TEST_OWNER_URL"], autocommit=True) as owner:
        owner.execute("ALTER TABLE runs_run DISABLE TRIGGER USER")
        owner.execute(RUNS, {"tenant": tenant.pk, "person": operator.pk, "runs": 20_000})
        owner.execute("ALTER TABLE runs_run ENABLE TRIGGER USER")
        owner.execute("ANALYZE runs_run")
    yield
    empty_tables()
    with psycopg.connect(os.environ["PTJ_TEST_OWNER_URL"]) as owner:
        owner.execute("ANALYZE runs_run")


def test_pages_of_runs_do_not_read_every_run(many_runs: None, operator: User) -> None:
    """The runs of all contractors stay for years."""
    with scope.operator(operator, reason="test"), CaptureQueriesContext(connection) as seen:
        newest = recent_runs()
        run = Run.objects.filter(asked_by=operator).latest("id")
        run_view(run)
    assert newest[0]["created_at"] == run.created_at
    reads = [query["sql"] for query in seen.captured_queries if 'FROM "runs_run"' in query["sql"]]
    with scope.operator(operator, reason="test"):
        plans = [plan(sql, None) for sql in reads]
    assert len(plans) == 4 and not any("Seq Scan on runs_run" in steps for steps in plans), plans


def test_other_requests_of_a_person_use_indexes_of_a_tenant(
    long_queue: None, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requests, "SAME_EMAIL_WITHIN", timedelta(hours=1))
    with scope.tenant(tenant.pk):
        lead = Lead.objects.filter(tenant=tenant, excluded_as="").order_by("pk")[3]
        with CaptureQueriesContext(connection) as queries:
            assert requests.others_of_contact(tenant, lead) == []
        assert len(queries) == 1
        result = plan(queries[0]["sql"], None)
        assert "lead_by_phone" in result and "lead_newest" in result, result
        assert rows_left_out(queries[0]["sql"], None) < 10
