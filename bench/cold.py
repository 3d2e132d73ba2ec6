"""What a page costs that no process has rendered yet: its queries and its time. Runs inside the rig's environment.

Prints one JSON line per page: {"page", "rows", "queries", "after_edit", "milliseconds"}. `after_edit` is for the one
reader who comes first after rows changed outside the admin: a version is taken on the way.
"""

import json
import statistics
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import django
from django.db import connection

ROUNDS = 5


def main(times: int) -> None:
    """Measure every page with `times` the rows of the page that buyers read most."""
    from readiness.layout import PAGES  # noqa: PLC0415 - after django.setup()

    multiply(times)
    for slug in PAGES:
        print(json.dumps(cost(slug)), flush=True)


def multiply(times: int) -> None:
    """Copy each row of the api-readiness page until there are `times` as many."""
    from pagetojob.claims.models import Claim, Disclaimer  # noqa: PLC0415
    from readiness import models  # noqa: PLC0415
    from readiness.services.current import current  # noqa: PLC0415

    kinds: tuple[Any, ...] = (
        *(models.ChecklistItem, models.PartnerMaterial, models.DataBoundary, models.Runbook),
        *(Claim, Disclaimer),
    )
    for model in kinds:
        for row in list(model._base_manager.filter(from_pack=True)):
            steps = list(row.steps.all()) if model is models.Runbook else []
            for number in range(1, times):
                row.pk, row.slug, row.from_pack = None, f"copy-{number}-of-{row.slug.rpartition('-of-')[2]}"[:60], False
                row.save(force_insert=True)
                for step in steps:
                    models.RunbookStep.objects.create(runbook=row, slug=step.slug, text=step.text)
    # The version that is owed now is none of a reader's cost.
    current()


def cost(slug: str) -> dict[str, Any]:
    from django.test import Client  # noqa: PLC0415
    from django.urls import reverse  # noqa: PLC0415

    from readiness.models import Page  # noqa: PLC0415
    from readiness.services.current import current  # noqa: PLC0415

    client = Client(headers={"host": "localhost", "x-forwarded-proto": "https"})
    address = reverse("readiness:landing") if slug == "landing" else reverse("readiness:page", args=[slug])
    taken: list[float] = []
    queries: list[int] = []
    for _ in range(ROUNDS):
        forget_everything()
        with counted() as seen:
            began = time.perf_counter()
            status = client.get(address, secure=True).status_code
            taken.append(1000 * (time.perf_counter() - began))
        if status != 200:
            raise RuntimeError(f"{address} answered {status}")
        queries.append(len(seen))
    forget_everything()
    page = Page.objects.get(slug=slug)
    Page.objects.filter(pk=page.pk).update(intro=f"{page.intro} And so on.")
    with counted() as edited:
        client.get(address, secure=True)
    shown = current().pages[slug]
    return {
        "page": slug,
        "rows": sum(len(section.rows) for section in shown.sections),
        "queries": max(queries),
        "after_edit": len(edited),
        "milliseconds": round(statistics.median(taken), 1),
    }


def forget_everything() -> None:
    """As a process that has just started."""
    from django.core.cache import cache  # noqa: PLC0415

    from readiness.services import current  # noqa: PLC0415

    current._seen.pack = None
    current.forget()
    cache.clear()


@contextmanager
def counted() -> Generator[list[str]]:
    """Every statement that goes to the database meanwhile."""
    seen: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        seen.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield seen


if __name__ == "__main__":
    django.setup()
    main(int(sys.argv[1]))
