"""Versions of our app: propose, publish, and record that the admin of a connection accepted one.

A connection has the scopes of the version that its admin accepted last, and decisions permit no others.
"""

from collections.abc import Collection, Iterable

from django.db import transaction
from django.db.models import Max
from django.db.models.functions import Now

from pagetojob.gates.scopes import SCOPES
from pagetojob.platform.audit.services import record, record_change
from pagetojob.platform.postgresql.conflicts import raise_on_conflict
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import User
from pagetojob.platform.tenants.roles import Ability
from pagetojob.platform.tenants.two_people import LOST, who_lost

from ..models import OPEN, Acceptance, AppVersion, Connection, ConnectionState

#: The states of a connection whose admin has authorized the app.
ASKED = tuple(set(OPEN) - {ConnectionState.NOT_CONNECTED, ConnectionState.AWAITING_APPROVAL})


class VersionRefused(ValueError):
    """The change of a version is not possible. The message gives the reason."""


def newest_published() -> AppVersion | None:
    """Return the published version with the highest number, or None. Runs one query."""
    return AppVersion.objects.filter(published_at__isnull=False).first()


def propose(*, scopes: Collection[str], evidence: str, actor: User, reason: str) -> AppVersion:
    """Record a new version with these scopes. It changes nothing for any connection. In the operator scope."""
    _require(actor, Ability.ACT_ON_QUEUE)
    if not scopes or not set(scopes) <= SCOPES.keys():
        raise VersionRefused("Select scopes that a feature needs.")
    last = AppVersion.objects.aggregate(last=Max("number"))["last"] or 0
    with raise_on_conflict(VersionRefused("A version was proposed at the same moment. Open the list again.")):
        version = AppVersion.objects.create(
            number=last + 1, scopes=sorted(set(scopes)), proposed_by=actor, proposed_evidence=evidence
        )
        record(
            action="app_versions.propose",
            subject=version,
            reason=reason,
            actor=actor,
            changes={"scopes": (None, ", ".join(version.scopes))},
        )
    return version


def publish(*, version: AppVersion, evidence: str, actor: User, reason: str) -> int:
    """Record that ServiceTitan shows the version, and wait for each admin. Return for how many. In the operator scope.

    Done by an operator lead who did not propose it. Raises VersionRefused, also for a version that is published or
    older than a published one.
    """
    _require(actor, Ability.SECOND_PERSON)
    if refused := why_not_second(version, actor, lost_proposers([version])):
        raise VersionRefused(refused)
    newest = newest_published()
    if newest is not None and newest.number >= version.number:
        raise VersionRefused(f"Version {newest.number} is already published.")
    with transaction.atomic():
        changed = AppVersion.objects.filter(pk=version.pk, published_at=None).update(
            published_at=Now(), published_by=actor, published_evidence=evidence
        )
        if not changed:
            raise VersionRefused("This version is already published.")
        waiting = [
            Acceptance(tenant_id=row.tenant_id, version=version, connection=row)
            for row in Connection.objects.filter(state__in=ASKED).order_by("pk")
        ]
        Acceptance.objects.bulk_create(waiting, ignore_conflicts=True)
        record(
            action="app_versions.publish",
            subject=version,
            reason=reason,
            actor=actor,
            changes={"state": ("proposed", "published")},
        )
    return len(waiting)


def why_not_second(version: AppVersion, actor: User, lost: Collection[int]) -> str:
    """Return why `actor` cannot be the second person of a proposed version. `lost` is from `lost_proposers`."""
    if version.proposed_by_id == actor.pk:
        return "You proposed this version. Another operator lead must publish it."
    return LOST if version.proposed_by_id in lost else ""


def lost_proposers(versions: Iterable[AppVersion]) -> set[int]:
    """Return who proposed one of these versions and may no longer do so. Runs at most one query."""
    return who_lost((version.proposed_by_id for version in versions), Ability.ACT_ON_QUEUE)


def accept(*, acceptance: Acceptance, evidence: str, actor: User, reason: str) -> None:
    """Record that the admin accepted the version. From now on the connection has its scopes.

    Raises VersionRefused if it is accepted already, an older one than the last, or of a connection that is not in use.
    """
    _require(actor, Ability.ACT_ON_QUEUE)
    with transaction.atomic(), scope.tenant(acceptance.tenant_id):
        connection = Connection.objects.select_for_update().get(pk=acceptance.connection_id)
        version = acceptance.version
        if connection.state not in ASKED:
            raise VersionRefused(f"The connection is {connection.state}, so nothing can be accepted.")
        accepted = Acceptance.objects.filter(connection=connection, accepted_at__isnull=False)
        if accepted.filter(version__number__gte=version.number).exists():
            raise VersionRefused("The admin has accepted this version or a newer one.")
        before = ", ".join(connection.scopes)
        Acceptance.objects.filter(pk=acceptance.pk).update(accepted_at=Now(), recorded_by=actor, evidence=evidence)
        Connection.objects.filter(pk=connection.pk).update(scopes=version.scopes)
        record_change(
            "app_versions.accept",
            connection,
            actor=actor,
            reason=reason,
            version=(None, version.number),
            scopes=(before, ", ".join(version.scopes)),
        )


def outside_newest(scopes: Collection[str]) -> list[str]:
    """Return those scopes that the newest published version does not ask for; none before the first one."""
    newest = newest_published()
    return sorted(set(scopes) - set(newest.scopes)) if newest else []


def wait_for(connection: Connection) -> None:
    """Wait for the answer of a connection that was authorized just now, unless its scopes are those of the version.

    In the scope of the tenant.
    """
    newest = newest_published()
    if newest is not None and sorted(connection.scopes) != newest.scopes:
        Acceptance.objects.get_or_create(tenant_id=connection.tenant_id, connection=connection, version=newest)


def _require(actor: User, ability: Ability) -> None:
    if not actor.can(ability):
        raise VersionRefused("Your role cannot do this.")
