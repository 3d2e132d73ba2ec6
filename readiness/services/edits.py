"""Publishing after an edit by a person: each edit makes a version, which readers see within a second."""

from contextlib import suppress
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from pagetojob.platform.audit.services import acting, record
from pagetojob.platform.tenants.models import User

from ..errors import PackNotLoaded
from .current import forget
from .versions import publish

GAP = 10  # leaves staff space to insert a row between two others


def settle(*, cause: str, author: User | None) -> None:
    """Publish a version in the transaction of the edit, and refresh this process when it commits.

    Does nothing if there is no pack yet.
    """
    with suppress(PackNotLoaded):
        publish(cause=cause.strip(), author=author)
    transaction.on_commit(forget)


def move(*, chosen: QuerySet[Any], among: str, up: bool, reason: str, actor: User) -> int:
    """Move the chosen rows one place up or down among rows with the same `among` value, and publish a version.

    Returns how many rows have a new position. Writes one audit line in total and one UPDATE per changed row.
    """
    model = chosen.model
    with transaction.atomic():
        acting(actor)
        moved: dict[str, tuple[object, object]] = {}
        picked = set(chosen.values_list("pk", flat=True))
        groups = {value for (value,) in chosen.values_list(among)} if among else {None}
        for group in groups:
            rows = model._default_manager.filter(**({among: group} if among else {}))
            for row, position in _places(
                list(rows.select_for_update(of=("self",)).order_by("position", "slug")), picked, up
            ):
                model._default_manager.filter(pk=row.pk).update(position=position, updated_at=Now())
                moved[row.slug] = (row.position, position)
        if moved:
            record(
                action=f"{model._meta.label_lower}.move",
                subject=model._meta.label_lower,
                reason=reason,
                actor=actor,
                changes=moved,
            )
            settle(cause=reason, author=actor)
    return len(moved)


def _places(rows: list[Any], picked: set[int], up: bool) -> list[tuple[Any, int]]:
    """Return the rows whose position changes, with the new one. Positions are reused; duplicates are renumbered."""
    positions = sorted(row.position for row in rows)
    if len(set(positions)) < len(rows):
        positions = [GAP * (number + 1) for number in range(len(rows))]
    order = rows if up else rows[::-1]
    for at in range(1, len(order)):
        if order[at].pk in picked and order[at - 1].pk not in picked:
            order[at - 1], order[at] = order[at], order[at - 1]
    order = order if up else order[::-1]
    return [(row, position) for row, position in zip(order, positions, strict=True) if row.position != position]
