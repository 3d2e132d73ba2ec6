"""Processes load libraries where they are used, and processes of a worker share what each of them needs."""

import gc
import subprocess
import sys
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from tests.support.services import ROOT

DISPATCHER = """
import sys
import django
django.setup()
import pagetojob.dispatcher
print([name for name in ("readiness.admin", "pagetojob.ops.admin", "pagetojob.urls") if name in sys.modules])
import pagetojob.urls
from django.contrib import admin
print(len(admin.site._registry) > 20, "webauthn" in sys.modules)
"""
CHECKS = """
import django
django.setup()
from django.contrib import admin
from django.core.checks import registry
print(len(admin.site._registry))
registry.run_checks(tags=["admin"])
print(len(admin.site._registry) > 20)
"""
WORKER = """
import gc, sys
import django
django.setup()
from pagetojob import celery
for queue in ("heavy", "work"):
    celery.app.amqp.queues.select([queue])
    celery.share_memory()
    print(queue, *(name in sys.modules for name in ("pagetojob.ops.incidents", "drift.services.reading", "aiohttp")))
print(gc.get_freeze_count() > 0)
"""


def output_of(code: str) -> list[str]:
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_the_dispatcher_loads_no_page_and_the_website_loads_those_of_the_admin() -> None:
    assert output_of(DISPATCHER) == ["[]", "True False"]


def test_the_checks_of_the_admin_load_its_pages() -> None:
    assert output_of(CHECKS) == ["0", "True"]


def test_a_worker_loads_periodic_tasks_before_its_processes() -> None:
    """Without the HTTP client, which they load only for a call. The heavy queue has one process, so it shares none."""
    assert output_of(WORKER) == ["heavy False False False", "work True True False", "True"]


@pytest.mark.django_db
def test_migrations_leave_loaded_modules_out_of_garbage_collection(capsys: pytest.CaptureFixture[str]) -> None:
    """A full collection reads every object, and the models of past states cause several: a second from empty."""
    frozen = []

    def note(execute: Any, *query: Any) -> Any:
        frozen.append(gc.get_freeze_count())
        return execute(*query)

    with connection.execute_wrapper(note):
        call_command("migrate", plan=True)
    assert "No planned migration operations." in capsys.readouterr().out
    assert frozen and min(frozen) > 100_000
    assert gc.get_freeze_count() == 0
