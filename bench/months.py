"""`make bench-months`: form posts of visitors while an expired month of attempts is dropped.

`python -m bench.months ATTEMPTS` sets how many attempts the month has; 10,000,000 without. Wanted: it is removed within
a minute, and the p95 of the posts rises by 10 % at most.
"""

import json
import subprocess
import sys
import time

import psycopg

from bench.posts import FORM, Answer, by_status, fire, hidden_fields, percentile
from bench.rig import Rig
from pagetojob.local.database_url import with_database

POSTS, VISITORS, ITEMS = 200, 2, 1_000_000
WANTED_RATIO, WANTED_SECONDS = 1.1, 60.0
#: Ended items of an old month, and attempts of each. Leads have no part in it.
_FILL = """
    SET ROLE pagetojob_owner;
    ALTER TABLE syncqueue_syncattempt DETACH PARTITION syncqueue_syncattempt_before;
    RESET ROLE;
    DELETE FROM syncqueue_syncattempt_before;
    INSERT INTO syncqueue_syncitem
        (tenant_id, public_id, kind, dedupe_key, lead_id, source, state, priority, attempts, due_at, cause, external_id,
         error_class, last_error, missing, possibly_twice, ended_from, version, state_since, created_at, adopted)
    SELECT (SELECT min(id) FROM tenants_tenant), gen_random_uuid(), 'booking_request', -n, -n, '', 'delivered', 5, 1,
        NULL, '', '', '', '', '[]', false, '', 1, '2020-01-15', '2020-01-15', false
    FROM generate_series(1, {items}) AS n;
    INSERT INTO syncqueue_syncattempt_before
        (id, tenant_id, item_id, claim_version, outcome, error_class, cause, detail, worker, began_at, settled_at)
    SELECT n, i.tenant_id, i.id, n, 'delivered', '', '', '', 'w', '2020-01-15', '2020-01-15'
    FROM generate_series(1, {attempts}) AS n
    JOIN (SELECT tenant_id, id, row_number() OVER () AS number FROM syncqueue_syncitem WHERE lead_id < 0) AS i
        ON i.number = 1 + n % {items};
    SET ROLE pagetojob_owner;
    ALTER TABLE syncqueue_syncattempt ATTACH PARTITION syncqueue_syncattempt_before
        FOR VALUES FROM (MINVALUE) TO ('2020-02-01T00:00Z');
    RESET ROLE;
    VACUUM ANALYZE syncqueue_syncitem, syncqueue_syncattempt
"""
_DROP = """
import django
django.setup()
import json, time
from pagetojob.retention.attempt_months import turn_months
began = time.monotonic()
dropped = turn_months()
print(json.dumps({"took": time.monotonic() - began, "dropped": dropped}))
"""


def main() -> int:
    attempts = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000
    with Rig() as rig:
        url = with_database(rig.postgres.admin_url, "pagetojob")
        with psycopg.connect(url, cursor_factory=psycopg.ClientCursor, autocommit=True) as admin:
            admin.execute("SET session_replication_role = replica")
            admin.execute("SET statement_timeout = 0")
            began = time.monotonic()
            for statement in _FILL.format(items=min(ITEMS, attempts), attempts=attempts).split(";"):
                admin.execute(statement.encode())
            print(f"filled in {time.monotonic() - began:.0f} s", flush=True)
        base = rig.caddy(rig.web("pagetojob.wsgi", environment={"TRUSTED_PROXIES": "2"}, workers=2))
        fields = hidden_fields(base)
        fire(base + FORM, count=POSTS, at_once=VISITORS, fields=fields)  # warms up
        quiet = _posts(base, fields, 1)
        drop = subprocess.Popen([sys.executable, "-c", _DROP], env=rig.environment, stdout=subprocess.PIPE, text=True)
        loaded: list[Answer] = []
        rounds = 2
        while drop.poll() is None:
            loaded += _posts(base, fields, rounds)
            rounds += 1
        assert drop.stdout
        result = json.loads(drop.stdout.read())
        quiet += _posts(base, fields, rounds)
    return _report(attempts, quiet, loaded, result)


def _posts(base: str, fields: dict[str, str], number: int) -> list[Answer]:
    return fire(base + FORM, count=POSTS, at_once=VISITORS, fields=fields, first=10_000 * number)


def _report(attempts: int, quiet: list[Answer], loaded: list[Answer], result: dict[str, float]) -> int:
    before, during = percentile(quiet, 0.95), percentile(loaded, 0.95)
    print(f"removed {attempts:,} attempts in {result['took']:.1f} s, {result['dropped']} month")
    print(f"posts without: {by_status(quiet)}; during the removal: {by_status(loaded)}")
    print(f"p95 {before:.0f} and {during:.0f} ms: ratio {during / before:.2f}, wanted {WANTED_RATIO} at most")
    good = result["dropped"] == 1 and result["took"] <= WANTED_SECONDS and during <= WANTED_RATIO * before
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
