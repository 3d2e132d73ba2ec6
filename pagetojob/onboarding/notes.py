"""Notes on a contractor, and the person who is responsible for it. Needs the operator scope, except `contact_of`."""

from uuid import UUID

from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils import timezone

from pagetojob.platform.audit.services import record, record_change
from pagetojob.platform.repeats import sent_before
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.platform.tenants.roles import DESK_ABILITIES, Ability, OpsRole

from .errors import OnboardingRefused
from .models import Assignment, ContractorNote

MOST_NOTES = 50
_ACTING_ROLES = [role for role in OpsRole if Ability.ACT_ON_QUEUE in DESK_ABILITIES[role]]


@transaction.atomic
def add_note(*, tenant: Tenant, text: str, by: User, seen: int | None = None) -> ContractorNote | None:
    """Store a note; return None if the form was sent before. `seen` is the result of `notes_written` for the page."""
    Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)
    written = ContractorNote.objects.filter(tenant=tenant)
    if sent_before(written, seen=seen, by_id=by.pk, text=text.strip(), undone_at=None):
        return None
    note = ContractorNote.objects.create(tenant=tenant, text=text.strip(), by=by)
    record_change("onboarding.add_note", note, actor=by, reason="A note was added.")
    return note


@transaction.atomic
def undo_note(*, tenant: Tenant, public_id: UUID, by: User) -> None:
    """Take a note back. Raises OnboardingRefused for a note of someone else."""
    rows = ContractorNote.objects.filter(tenant=tenant, public_id=public_id, by=by, undone_at__isnull=True)
    if not rows.update(undone_at=timezone.now()):
        raise OnboardingRefused("Only its author can undo a note, once.")
    subject = f"onboarding.contractornote:{public_id}"
    record(action="onboarding.undo_note", subject=subject, reason="The note was undone.", tenant=tenant, actor=by)


def notes_written(tenant: Tenant) -> int:
    """Return the number of notes, with those that were undone."""
    return ContractorNote.objects.filter(tenant=tenant).count()


def notes_of(tenant: Tenant) -> QuerySet[ContractorNote]:
    """Return the newest notes that were not undone, with their authors' names."""
    rows = ContractorNote.objects.filter(tenant=tenant, undone_at__isnull=True).select_related("by")
    return rows.only("public_id", "text", "created_at", "tenant", "by__name")[:MOST_NOTES]


def candidates() -> QuerySet[User]:
    """Return the people who can be responsible for a contractor."""
    return User.objects.filter(is_active=True, ops_role__in=_ACTING_ROLES).only("public_id", "name").order_by("name")


def last_assignments(tenant: Tenant) -> list[Assignment]:
    """Return the present assignment and the one before it, as far as there are any. Runs one query."""
    rows = Assignment.objects.filter(tenant=tenant).select_related("assignee", "by")
    return list(rows.only("number", "at", "tenant", "assignee__name", "by__name")[:2])


def contact_of(tenant: Tenant) -> User | None:
    """Return the person a contractor can write to: its assignee, unless that person can no longer act for contractors.

    Needs the tenant's scope. Runs one query.
    """
    row = Assignment.objects.filter(tenant=tenant).select_related("assignee").first()
    person = row.assignee if row else None
    return person if person and person.can(Ability.ACT_ON_QUEUE) else None


@transaction.atomic
def assign(*, tenant: Tenant, assignee: User | None, seen: int, by: User) -> None:
    """Make someone, or no one, responsible. `seen` is the number of the assignment that the page showed.

    Raises OnboardingRefused if someone else assigned it in the meantime, or for a person who cannot act.
    """
    Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)
    newest = Assignment.objects.filter(tenant=tenant).aggregate(newest=Max("number"))["newest"] or 0
    if newest != seen:
        raise OnboardingRefused(f"{tenant.name} was assigned in the meantime.")
    if assignee is not None and not candidates().filter(pk=assignee.pk).exists():
        raise OnboardingRefused("This person cannot act for contractors.")
    Assignment.objects.create(tenant=tenant, number=newest + 1, assignee=assignee, by=by)
    record(
        action="onboarding.assign",
        subject=f"tenant:{tenant.slug}",
        reason="A person was made responsible." if assignee else "No one is responsible any more.",
        tenant=tenant,
        actor=by,
        changes={"assignee": (None, assignee)},
    )


def undo_assignment(*, tenant: Tenant, seen: int, by: User) -> None:
    """Make the person responsible who was before. Raises OnboardingRefused as `assign` does."""
    earlier = Assignment.objects.filter(tenant=tenant, number=seen - 1).select_related("assignee")
    row = earlier.only("number", "tenant", "assignee__name").first()
    assign(tenant=tenant, assignee=row.assignee if row else None, seen=seen, by=by)
