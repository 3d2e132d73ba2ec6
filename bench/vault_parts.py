"""What `bench.vault` runs in processes of their own: fill the vault, and read from it until told to stop."""

import json
import os
import random
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import django
import psycopg

django.setup()

from django.utils import timezone  # noqa: E402 - Django has its settings only now

from pagetojob.platform.audit.services import fingerprint  # noqa: E402
from pagetojob.platform.sealing.encryption import Key, Plain  # noqa: E402
from pagetojob.platform.sealing.process_keys import keeper  # noqa: E402
from pagetojob.platform.tenants.models import Tenant  # noqa: E402
from pagetojob.servicetitan.vault.models import Connection, DataKey, DataPurpose, Secret, SecretKind  # noqa: E402
from pagetojob.servicetitan.vault.services import Use, unseal  # noqa: E402
from pagetojob.servicetitan.vault.services.keys import about_key  # noqa: E402
from pagetojob.servicetitan.vault.services.secrets import about_secret  # noqa: E402

KINDS = (SecretKind.APP_KEY, SecretKind.CLIENT_ID, SecretKind.CLIENT_SECRET, SecretKind.WEBHOOK_KEY)
SHOWN = "cs2.only-for-benchmarks"

TENANTS = """
INSERT INTO tenants_tenant (id, public_id, slug, name, time_zone, is_demo, gates_epoch, created_at)
SELECT n, gen_random_uuid(), 'bench-' || n, 'Tenant ' || n, 'America/Phoenix', true, 0, now()
FROM generate_series(1000, 999 + %s) AS n;
"""
CONNECTIONS = """
INSERT INTO vault_connection (id, tenant_id, public_id, environment, state, servicetitan_tenant, scopes, modules,
    lost_because, refusals, created_at, version, state_since)
SELECT id, id, gen_random_uuid(), 'stand-in', 'active', '1', '{}', '{}', '', 0, now(), 3, now()
FROM tenants_tenant WHERE id >= 1000;
"""
KEYS = "COPY vault_datakey (id, tenant_id, connection_id, public_id, purpose, generation, wrapped, kek_id) FROM STDIN"
SECRETS = (
    "COPY vault_secret (tenant_id, connection_id, data_key_id, public_id, kind, generation, sealed, fingerprint)"
    " FROM STDIN"
)


def fill(connections: int) -> None:
    """As an administrator: rows that did not go their whole way, so triggers are left out."""
    with psycopg.connect(os.environ["BENCH_ADMIN_URL"]) as admin:
        admin.execute("SET LOCAL session_replication_role = replica")
        admin.execute(TENANTS, [connections])
        admin.execute(CONNECTIONS)
        keys = [_key(number) for number in range(1000, 1000 + connections)]
        with admin.cursor().copy(KEYS) as copy:
            for row, _ in keys:
                assert row.wrapped
                copy.write_row(
                    (row.pk, row.pk, row.pk, row.public_id, row.purpose, 1, row.wrapped.content(), row.kek_id)
                )
        with admin.cursor().copy(SECRETS) as copy:
            for row, key in keys:
                for one in _secrets(row, key):
                    assert one.sealed
                    facts = (one.public_id, one.kind, 1, one.sealed.content(), one.fingerprint)
                    copy.write_row((row.pk, row.pk, row.pk, *facts))
        admin.execute("SELECT setval(pg_get_serial_sequence('vault_datakey', 'id'), 10000000)")
        admin.execute("ANALYZE")
    print(f"{connections:,} connections, {connections * len(KINDS):,} secrets")


def _key(number: int) -> tuple[DataKey, Key]:
    row = DataKey(
        pk=number,
        tenant=Tenant(pk=number),
        connection=Connection(pk=number),
        purpose=DataPurpose.CONNECTION,
        generation=1,
        kek_id=keeper().current,
        public_id=uuid.uuid4(),
    )
    key = Key.fresh()
    row.wrapped = keeper().wrap(key, about=about_key(row))
    return row, key


def _secrets(row: DataKey, key: Key) -> Iterator[Secret]:
    for kind in KINDS:
        one = Secret(tenant_id=row.pk, connection_id=row.pk, kind=kind, generation=1, public_id=uuid.uuid4())
        one.sealed = key.seal(Plain(SHOWN.encode()), about_secret(one))
        one.fingerprint = fingerprint(SHOWN)
        yield one


def read(connections: int, stop: Path) -> None:
    """Unseal a random connection's secret until the file `stop` is there; how long each took, in milliseconds."""
    took, wrong, began = [], 0, timezone.now()
    chosen = random.Random(7)
    while not stop.exists():
        number = chosen.randrange(1000, 1000 + connections)
        start = time.perf_counter()
        kinds = (SecretKind.CLIENT_SECRET,)
        opened = unseal(number, tenant_id=number, kinds=kinds, purpose=Use.TOKEN_REQUEST, by="bench")
        took.append((time.perf_counter() - start) * 1000)
        wrong += opened[SecretKind.CLIENT_SECRET].reveal() != SHOWN
    seconds = (timezone.now() - began).total_seconds()
    took.sort()
    print(
        json.dumps(
            {
                "reads": len(took),
                "wrong": wrong,
                "per_second": round(len(took) / seconds, 1),
                "p50_ms": round(took[len(took) // 2], 2),
                "p95_ms": round(took[int(len(took) * 0.95)], 2),
                "max_ms": round(took[-1], 2),
            }
        )
    )


if __name__ == "__main__":
    what, number, *rest = sys.argv[1:]
    if what == "fill":
        fill(int(number))
    else:
        read(int(number), Path(rest[0]))
