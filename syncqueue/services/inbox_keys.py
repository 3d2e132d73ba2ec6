"""Routes of the webhook inbox and their key rings: a next, a current and a retired key, each in a vault slot."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from pagetojob.gates.registry import Environment
from pagetojob.platform.audit.services import record_change
from pagetojob.platform.sealing.errors import BadSecret
from pagetojob.platform.sealing.secret_values import SecretText
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import User
from pagetojob.servicetitan.vault.models import Connection, ConnectionState, SecretKind
from pagetojob.servicetitan.vault.services import WEBHOOK_KEYS, Use, keep, unseal

from ..inbox.verifiers import BadKey, HookSecret, Recipe, Scheme, read_key
from ..models import HookCount, HookKey, HookRoute, InboxEvent, InboxFinding, InboxGap, KeyStanding, QuarantinedRequest

BY = "webhook inbox"


class RingRefused(ValueError):
    """Raised for a change of the ring that is not possible; the message says why."""


def open_route(*, connection: Connection, scheme: Scheme, actor: User, reason: str, **headers: Any) -> HookRoute:
    """Return the route of a connection, created if there is none. It needs its flag on and a key to be in service.

    A closed route is opened again with this scheme. `headers` may set the headers and the time limits of the route.
    """
    with transaction.atomic(), scope.tenant(connection.tenant_id):
        settings = {"scheme": scheme.value, **headers}
        route, created = HookRoute.objects.get_or_create(
            connection=connection,
            defaults={"public_id": connection.public_id, "tenant_id": connection.tenant_id, **settings},
        )
        reopened = HookRoute.objects.filter(pk=route.pk, closed_at__isnull=False).update(closed_at=None, **settings)
        if created or reopened:
            _turned(route)
            route.refresh_from_db()
            record_change("inbox.open_route", route, actor=actor, reason=reason)
    return route


def close_route(*, route: HookRoute, actor: User, reason: str) -> None:
    """Accept nothing any more, and remove the keys from the ring. Stored events are still processed.

    Raises RingRefused for a closed route.
    """
    with transaction.atomic(), scope.tenant(route.tenant_id):
        if not HookRoute.objects.filter(pk=route.pk, closed_at=None).update(closed_at=Now()):
            raise RingRefused("The route is already closed.")
        HookKey.objects.filter(route=route).delete()
        _turned(route)
        record_change("inbox.close_route", route, actor=actor, reason=reason)


def ring_of(route: HookRoute) -> list[HookKey]:
    """Return standings, fingerprints and times, never a value. A single query."""
    return list(HookKey.objects.filter(route=route).order_by("standing"))


def recipe_of(route: HookRoute) -> Recipe:
    return Recipe(Scheme(route.scheme), route.signature_header, route.timestamp_header, route.id_header)


def require_seen(*, route: HookRoute, seen: int | None) -> None:
    """Lock a route until the end of the transaction. Raises RingRefused if its keys are not those that a page showed.

    A second click on a rotation would retire the key that the first one made current, and nothing would be accepted.
    """
    with scope.tenant(route.tenant_id):
        route.ring = HookRoute.objects.select_for_update(of=("self",)).get(pk=route.pk).ring
    if route.ring != seen:
        raise RingRefused("The keys of this route changed since you opened this page. Check them, then try again.")


def keep_key(*, route: HookRoute, value: SecretText, actor: User, reason: str) -> HookKey:
    """Store a key: as current if there is none, else as next, which is accepted from now on.

    Raises RingRefused for a closed route and if a next key exists already, BadSecret for an invalid key, and the errors
    of `keep`.
    """
    try:
        read_key(Scheme(route.scheme), value.reveal())
    except BadKey as error:
        raise RingRefused(str(error)) from None
    except UnicodeError:
        raise BadSecret from None
    with transaction.atomic(), scope.tenant(route.tenant_id):
        locked = HookRoute.objects.select_for_update(of=("self",)).select_related("connection").get(pk=route.pk)
        if locked.closed_at is not None:
            raise RingRefused("The route is closed. Open it again, then store its key.")
        by_status = {key.standing: key for key in HookKey.objects.filter(route=locked)}
        if KeyStanding.NEXT in by_status:
            raise RingRefused("There is already a next key. Rotate the keys first.")
        taken = {key.slot for key in by_status.values()}
        slot = next(kind for kind in WEBHOOK_KEYS if kind.value not in taken)
        new_status = KeyStanding.NEXT if KeyStanding.CURRENT in by_status else KeyStanding.CURRENT
        secret = keep(connection=locked.connection, kind=slot, value=value, actor=actor, reason=reason)
        key = HookKey.objects.create(
            tenant_id=locked.tenant_id,
            route=locked,
            slot=slot.value,
            standing=new_status,
            fingerprint=secret.fingerprint,
        )
        _turned(locked)
    return key


def turn_ring(*, route: HookRoute, actor: User, reason: str) -> None:
    """Rotate: next becomes current, current is retired and refused from now on, the retired key is deleted.

    Without a next key the current one is retired, and nothing is accepted. Raises RingRefused for an empty ring.
    """
    with transaction.atomic(), scope.tenant(route.tenant_id):
        locked = HookRoute.objects.select_for_update(of=("self",)).get(pk=route.pk)
        keys = HookKey.objects.filter(route=locked)
        live = dict(keys.exclude(standing=KeyStanding.RETIRED).values_list("standing", "fingerprint"))
        if not live:
            raise RingRefused("There is no key to retire.")
        keys.filter(standing=KeyStanding.RETIRED).delete()
        keys.filter(standing=KeyStanding.CURRENT).update(standing=KeyStanding.RETIRED, retired_at=Now())
        keys.filter(standing=KeyStanding.NEXT).update(standing=KeyStanding.CURRENT)
        _turned(locked)
        changes = {"current": (live.get(KeyStanding.CURRENT), live.get(KeyStanding.NEXT))}
        record_change("inbox.turn_ring", locked, actor=actor, reason=reason, **changes)


def set_recipe(*, route: HookRoute, recipe: Mapping[str, Any], actor: User, reason: str) -> None:
    """Change how requests of a route are verified, and which silence is a gap; effective within a second.

    A key fits one scheme, so another scheme requires a ring without accepted keys. Queued events are verified by the
    new recipe. Raises RingRefused.
    """
    with transaction.atomic(), scope.tenant(route.tenant_id):
        locked = HookRoute.objects.select_for_update(of=("self",)).get(pk=route.pk)
        changes = {
            name: (getattr(locked, name), value) for name, value in recipe.items() if getattr(locked, name) != value
        }
        if not changes:
            raise RingRefused("These settings are already in use.")
        if "scheme" in changes:
            keys = HookKey.objects.filter(route=locked)
            if keys.exclude(standing=KeyStanding.RETIRED).exists():
                raise RingRefused("Rotate until no key is accepted, because a key fits only one scheme.")
            keys.delete()
        HookRoute.objects.filter(pk=locked.pk).update(**{name: value for name, (_, value) in changes.items()})
        _turned(locked)
        record_change("inbox.set_recipe", locked, actor=actor, reason=reason, **changes)


def load_ring(route: HookRoute) -> list[HookSecret]:
    """Load the keys of a route from the vault, in one load with one audit line. Not inside a transaction.

    An empty ring loads nothing. Raises the errors of `unseal`.
    """
    with scope.tenant(route.tenant_id):
        rows = list(HookKey.objects.filter(route=route))
    if not rows:
        return []
    kinds = {SecretKind(row.slot) for row in rows}
    opened = unseal(route.connection_id, tenant_id=route.tenant_id, kinds=kinds, purpose=Use.WEBHOOK_CHECK, by=BY)
    scheme = Scheme(route.scheme)
    return [
        HookSecret(
            row.slot, row.standing != KeyStanding.RETIRED, read_key(scheme, opened[SecretKind(row.slot)].reveal())
        )
        for row in rows
    ]


def _turned(route: HookRoute) -> None:
    HookRoute.objects.filter(pk=route.pk).update(ring=F("ring") + 1)


class StillNeeded(ValueError):
    """Raised for an open or a real connection, whose rows are deleted on schedule only."""


def forget_route(connection: Connection) -> int:
    """Delete events, copies, counts, keys and the route itself; return how many rows. Raises StillNeeded."""
    if connection.environment != Environment.SIMULATOR or connection.state != ConnectionState.DISCONNECTED:
        raise StillNeeded("Only the rows of a closed simulator connection can be deleted.")
    with transaction.atomic():
        with scope.tenant(connection.tenant_id):
            gone = HookKey.objects.filter(route__connection=connection).delete()[0]
        with scope.worker():
            routes = list(HookRoute.objects.filter(connection=connection).values_list("pk", flat=True))
            for model in (InboxEvent, QuarantinedRequest, InboxFinding, InboxGap, HookCount):
                gone += model._default_manager.filter(route__in=routes).delete()[0]
            gone += HookRoute.objects.filter(pk__in=routes).delete()[0]
    return gone
