"""Panel with the demo tenant's real queue: ids, kinds, states, bindings, attempts and our own sentences.

It reads nothing that a visitor typed: no name, address or message, and no page path that a visitor could have invented.
"""

from collections.abc import Sequence
from typing import Any

from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant
from syncqueue import selectors
from syncqueue.causes import cause_of
from syncqueue.filters import Filters
from syncqueue.state_texts import CUSTOMER_SAFE, NEXT_STEP, customer_sentence

from ..shape import Pack, PageView
from . import demo

MOST_SHOWN = 20
_HELD = ("needs review", "blocked", "unknown", "retrying")


def context(pack: Pack, page: PageView) -> dict[str, Any]:
    """Return the demo tenant's queue, or nothing without a demo tenant. Four queries and two scopes."""
    tenant = demo.find()
    return {"queue": read_queue(tenant)} if tenant else {}


def read_queue(tenant: Tenant) -> dict[str, Any]:
    """Return a demo tenant's queue. Raises NotADemo for other tenants. Three queries and two scopes.

    Only workers and operators can read the closed days of the ledger; the second scope is for that one sum.
    """
    mine = Filters(tenant=tenant.slug)
    with demo.rows_of(tenant):
        items = selectors.items_page(mine).items
        numbers = selectors.count_each([mine.but(state=str(state)).queryset() for state in CUSTOMER_SAFE])
    with scope.worker():
        ledger = selectors.books(tenant)
    counts = [
        {"state": str(state), "number": selectors.capped(number), "sentence": sentence}
        for (state, sentence), number in zip(CUSTOMER_SAFE.items(), numbers, strict=True)
    ]
    return {
        "tenant": tenant,
        "lines": [_line(item) for item in choose_items(items, MOST_SHOWN)],
        "counts": counts,
        "books": ledger,
        "more": sum(numbers) > MOST_SHOWN,
    }


def choose_items(items: Sequence[Any], most: int) -> list[Any]:
    """Choose the items to show: first the newest of each kind and state, then the newest others. Newest first."""
    firsts: dict[tuple[str, str], Any] = {}
    for item in items:
        firsts.setdefault((item.kind, item.state), item)
    chosen = {item.pk for item in list(firsts.values())[:most]}
    for item in items:
        if len(chosen) < most:
            chosen.add(item.pk)
    return [item for item in items if item.pk in chosen]


def _line(item: Any) -> dict[str, Any]:
    """Return the public view of an item. `code` is its spoken code, or the start of its public id."""
    cause = cause_of(item.cause)
    holding = cause if cause and item.state in _HELD else None
    return {
        "code": item.lead.spoken_code if item.lead else str(item.public_id)[:8],
        "kind": item.get_kind_display(),
        "state": item.state,
        "sentence": customer_sentence(item.kind, item.state, item.cause),
        "source": item.binding.page_path if item.lead and item.binding else item.source if not item.lead else "",
        "binding": str(item.binding) if item.binding else "",
        "attempts": item.attempts,
        "next_try": item.due_at if item.state in {"queued", "retrying"} else None,
        "operator": holding.step if holding else _next_step(item),
        "reference": item.lead.reference if item.lead else item.dedupe_key,
        "open_cause": holding.title if holding else "",
    }


def _next_step(item: Any) -> str:
    """Return what an operator does next with an item that nothing blocks."""
    if item.state == "queued" and item.due_at is None:
        return "Review it first: it is queued without a time on purpose, so no worker claims it."
    return NEXT_STEP[item.state]
