# ruff: noqa: PLC0415 - the steps import Django models after its setup
"""`make files-executed`: list the product files whose functions one delivery and one lead POST execute.

Someone who wants to change either has to open these files. A file counts once one of its function bodies runs, in any
thread of the process; imports, module bodies and class bodies do not count. Product files are all of pagetojob,
syncqueue, readiness, drift and attribution except migrations and settings: middleware, the database backend and the
HTTP client count too. The server that receives the booking runs in another process and does not count.

- Delivery, cold: one booking, due now, until it is settled, by one run of `delivery.drain`, as the first booking of a
  process: it reads the gates and requests a token.
- Delivery: the next booking of the same tenant. Gates and token are cached, as for all but one booking a minute.
- Lead POST: the request form without photos, through all middleware, in a process that has answered one before.

The first number is the total. The second counts the queue's own files; the rest is shared with other parts of the
product: middleware of every request, tenant scope, database, HTTP client, gates.
"""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from inspect import CO_OPTIMIZED
from pathlib import Path
from types import CodeType

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("pagetojob", "syncqueue", "readiness", "drift", "attribution")


@contextmanager
def executed_files() -> Iterator[set[str]]:
    """Collect the product files whose functions run within the block, in all threads."""
    files: set[str] = set()
    monitoring, tool = sys.monitoring, sys.monitoring.PROFILER_ID

    def started(code: CodeType, _offset: int) -> object:
        # Module and class bodies have no fast locals.
        if code.co_flags & CO_OPTIMIZED and (name := _product_file(code.co_filename)):
            files.add(name)
        return monitoring.DISABLE

    monitoring.use_tool_id(tool, "files executed")
    monitoring.register_callback(tool, monitoring.events.PY_START, started)
    monitoring.set_events(tool, monitoring.events.PY_START)
    monitoring.restart_events()
    try:
        yield files
    finally:
        monitoring.set_events(tool, 0)
        monitoring.free_tool_id(tool)


def _product_file(path: str) -> str:
    """Return the path below the root; empty for other code."""
    file = Path(path)
    if not file.is_relative_to(ROOT):
        return ""
    name = file.relative_to(ROOT)
    excluded = name.parts[0] not in PACKAGES or "migrations" in name.parts or name.name == "settings.py"
    return "" if excluded else str(name)


def delivery() -> None:
    """Deliver the due booking twice: cold, then warm."""
    from django.db.models.functions import Now

    from pagetojob.platform.tenants import scope
    from syncqueue.connectors import deliver
    from syncqueue.models import SyncItem
    from syncqueue.services.delivery import drain

    for name in ("one delivery, cold", "one delivery"):
        with scope.worker():
            SyncItem.objects.update(due_at=None)
            ours = SyncItem.objects.filter(tenant__slug="bench-0", state="queued").order_by("id")[:1]
            SyncItem.objects.filter(pk__in=list(ours.values_list("pk", flat=True))).update(due_at=Now())
        with executed_files() as files:
            settled = drain(deliver, worker="files")
        if settled != 1:
            raise RuntimeError(f"{settled} items were settled instead of one")
        report(name, files)


def post() -> None:
    """Open the request form and send it, twice; report the second post."""
    import re

    from django.test import Client

    from bench.posts import ANSWERS, FORM, HIDDEN

    client = Client(SERVER_NAME="localhost")
    for _ in range(2):
        fields = dict(re.findall(HIDDEN, client.get(FORM, secure=True).content.decode()))
        time.sleep(4)  # a person needs that long; a faster post is suspected
        with executed_files() as files:
            response = client.post(FORM, fields | ANSWERS, secure=True)
        if response.status_code != 302:
            raise RuntimeError(f"the post was answered with {response.status_code}")
    report("one lead POST", files)


def report(name: str, files: set[str]) -> None:
    own = sorted(file for file in files if file.startswith("syncqueue/"))
    print(f"{name}: {len(files)} files, {len(own)} of them in syncqueue")
    for file in (*own, *sorted(files.difference(own))):
        print(f"    {file}")


def main() -> int:
    """Set up a database, a server for bookings and a connected tenant; then count in child processes."""
    from bench.queue.__main__ import Bench
    from bench.rig import Rig

    with Rig() as rig:
        bench = Bench(rig, tenants=1)
        bench.make("bookings", "2")
        for step in STEPS:
            print(rig.run("-m", "bench.files_executed", step), end="")
    return 0


STEPS: dict[str, Callable[[], None]] = {"delivery": delivery, "post": post}

if __name__ == "__main__":
    if len(sys.argv) == 1:
        sys.exit(main())
    import django

    django.setup()
    STEPS[sys.argv[1]]()
