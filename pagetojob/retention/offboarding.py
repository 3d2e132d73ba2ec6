"""Offboard a tenant: two people request and confirm it, a run deletes its data, and a receipt proves it.

The database deletes (`migrations/0010_offboarding_rights.py`), and only for a run of a confirmed offboarding; this
module chooses the order of the tables. Each batch commits its counts, so a run that dies continues where it was.
"""

import time
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from django.apps import apps
from django.conf import settings
from django.db import models, transaction
from django.db.models.functions import Now
from django.db.utils import DatabaseError, OperationalError
from django.utils import timezone

from pagetojob.platform.audit.services import record_change
from pagetojob.platform.canonical import canonical_sha256
from pagetojob.platform.postgresql.base import fetch_all, fetch_value
from pagetojob.platform.runs.models import Run
from pagetojob.platform.runs.services import Progress, RunStopped, start_run
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import BusinessProfile, Tenant, User
from pagetojob.transparency import services as transparency
from pagetojob.transparency.models import EntryKind

from . import erasure_list
from .erasing import AUDITED
from .models import OffboardedTable, Offboarding, SubjectRequest, TenantExport
from .receipts import people_of, sealed
from .services import RetentionRefused, must_still_count

KIND = "retention.offboard"
ACTOR = "offboarding"
#: People that the receipt names by their public ids.
_PEOPLE = ("requested_by", "confirmed_by")
OWN_OFFBOARDING = "Another person must confirm an offboarding that you requested."
BATCH = 500
#: Pause after a batch, as a multiple of its time, so that visitors meet an idle database half of the time.
PAUSE_FACTOR = 1
#: Passes over the tables: other processes may write rows of the tenant while the first one runs.
MOST_PASSES = 3
#: Bounds of the days on which the website shows the phone number.
LEAST_PAGE_DAYS, MOST_PAGE_DAYS = 7, 365

#: Tables whose rows stay, with the reason; shown before the deletion and in the receipt.
PRESERVED = {
    "audit_auditentry": "Lines of the audit log prove who acted. " + AUDITED,
    "audit_auditseal": "They chain the lines of the audit log. They contain hashes.",
    "attribution_statement": "Sealed months prove amounts. They contain IDs, amounts and hashes.",
    "attribution_restatement": "They correct sealed months. They contain IDs, amounts and hashes.",
    "retention_offboarding": "This offboarding and its receipt.",
    "retention_offboardedtable": "Counts and hashes of the deleted rows.",
    "tenants_publichost": "The hosts of the last page. They are deleted 90 days after its last day.",
    "tenants_statechange": "The states of the contractor, with the people who changed them.",
}
REMAINS = PRESERVED | {"runs_run": "The run of this offboarding. It contains IDs and times."}
REFUSALS = {
    "state": "Only a closed contractor can be offboarded.",
    "hold": "A legal hold protects this contractor or a person. Nothing is deleted until two people lift it.",
    "connection": "A connection to ServiceTitan is open. Disconnect it first, so that its receipt is delivered.",
    "subject": "A request of a person is open. Answer it first.",
    "item": "Requests are still being worked on. Complete or cancel their open items first.",
    "run": "A background job of this contractor is running. Wait until it ends.",
    "export": "The export is not complete, was not downloaded, or is older than the closing of the contractor.",
}


def usable_export(tenant: Tenant) -> TenantExport | None:
    """Return the newest export that is complete, was downloaded and is younger than the closing; or None."""
    exports = TenantExport.objects.filter(tenant=tenant, created_at__gt=tenant.state_since, removed_at=None)
    return exports.filter(ended_at__isnull=False, downloaded_at__isnull=False).first()


def request_offboarding(
    *, tenant: Tenant, typed_slug: str, page_until: date, is_waived: bool, actor: User, reason: str
) -> Offboarding:
    """Request an offboarding as the first person, in the operator scope. Raises RetentionRefused."""
    _need_slug(tenant, typed_slug)
    today = tenant.today()
    if not today + timedelta(LEAST_PAGE_DAYS) <= page_until <= today + timedelta(MOST_PAGE_DAYS):
        raise RetentionRefused(f"Choose a last day that is {LEAST_PAGE_DAYS} to {MOST_PAGE_DAYS} days from today.")
    export = None if is_waived else usable_export(tenant)
    if export is None and not is_waived:
        raise RetentionRefused("Download a complete export first, or state that the contractor waives it.")
    with transaction.atomic():
        Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)
        if current(tenant) is not None:
            raise RetentionRefused("The offboarding was already requested.")
        _need_allowed(tenant, export.public_id if export else None)
        manifest = canonical_sha256(export.manifest) if export else ""
        phone = BusinessProfile.objects.filter(tenant=tenant).values_list("phone", flat=True).first()
        row = Offboarding.objects.create(
            tenant=tenant,
            requested_by=actor,
            export=export.public_id if export else None,
            export_sha256=manifest,
            page_until=page_until,
            page_phone=phone or "",
        )
        changes = {"export": (None, str(row.export or "waived")), "page_until": (None, page_until)}
        record_change("retention.request_offboarding", row, actor=actor, reason=reason, **changes)
    return row


def withdraw_offboarding(*, offboarding: Offboarding, actor: User, reason: str) -> None:
    """Withdraw an offboarding that no second person has confirmed."""
    with transaction.atomic():
        locked = _locked(offboarding)
        if locked.confirmed_at is not None or locked.withdrawn_at is not None:
            raise RetentionRefused("Only an offboarding that waits for its confirmation can be withdrawn.")
        Offboarding.objects.filter(pk=locked.pk).update(withdrawn_at=Now())
        record_change("retention.withdraw_offboarding", locked, actor=actor, reason=reason)


def confirm_offboarding(*, offboarding: Offboarding, typed_slug: str, actor: User, reason: str) -> None:
    """Confirm an offboarding as the second person, and start it. It cannot be undone.

    It is the one that the person saw: a later one can state another day, or that the export was waived. For one that
    was confirmed and stopped, start its run again.
    """
    with transaction.atomic():
        locked = _locked(offboarding)
        _need_slug(locked.tenant, typed_slug)
        if locked.withdrawn_at is not None or locked.ended_at is not None:
            raise RetentionRefused("This offboarding was withdrawn or has ended.")
        if locked.requested_by_id == actor.pk:
            raise RetentionRefused(OWN_OFFBOARDING)
        if locked.confirmed_at is None:
            must_still_count(locked.requested_by_id)
            _need_allowed(locked.tenant, locked.export)
            Offboarding.objects.filter(pk=locked.pk).update(confirmed_by=actor, confirmed_at=Now())
            Tenant.objects.filter(pk=locked.tenant_id).update(page_until=locked.page_until)
            record_change("retention.confirm_offboarding", locked, actor=actor, reason=reason)
        elif SubjectRequest.objects.filter(tenant=locked.tenant, ended_at=None).exists():
            raise RetentionRefused(REFUSALS["subject"])
        start_run(tenant=locked.tenant, kind=KIND, params={"offboarding": locked.pk}, actor=actor, reason=reason)


def current(tenant: Tenant) -> Offboarding | None:
    """Return the offboarding of a tenant that was not withdrawn, or None, in one query."""
    return Offboarding.objects.filter(tenant=tenant, withdrawn_at=None).select_related("tenant").first()


def refusal_of(tenant: Tenant, export: UUID | None = None) -> str:
    """Return why the tenant cannot be offboarded now; empty if nothing prevents it, with one statement."""
    word = fetch_value("SELECT ptj_offboard_refused(%s, %s)", [tenant.pk, export])
    return REFUSALS[word] if word else ""


def counts(tenant_id: int) -> dict[str, int]:
    """Return the number of rows of a tenant by table; 100,001 means more. Needs an operator's or a worker's scope."""
    return dict(fetch_all('SELECT tbl, "rows" FROM ptj_offboard_counts(%s)', [tenant_id]))


def _need_slug(tenant: Tenant, typed: str) -> None:
    if typed.strip() != tenant.slug:
        raise RetentionRefused(f"Type the short name of the contractor, {tenant.slug}, to confirm.")


def _need_allowed(tenant: Tenant, export: UUID | None) -> None:
    if sentence := refusal_of(tenant, export):
        raise RetentionRefused(sentence)


def _locked(offboarding: Offboarding) -> Offboarding:
    rows = Offboarding.objects.select_for_update(of=("self",), no_key=True).select_related("tenant")
    return rows.get(pk=offboarding.pk)


# The run


def work(run: Run) -> Iterator[Progress]:
    """Destroy the keys, empty the accounts, delete the rows, and write the receipt. Handler of runs of kind KIND."""
    with scope.worker():
        rows = Offboarding.objects.select_related("tenant")
        offboarding = rows.filter(pk=run.params["offboarding"], ended_at=None).first()
    if offboarding is None:
        raise RunStopped("This offboarding has already ended.")
    if run.cursor is None:
        _append_to_list(offboarding)
    _call("ptj_offboard_keys(%s)", run.pk)
    done = run.done + _call("ptj_offboard_people(%s)", run.pk)
    yield Progress(done=done, total=None, cursor="rows")
    for _ in range(MOST_PASSES):
        for table in _filled(run):
            while deleted := _delete_batch(run, table):
                done += deleted
                yield Progress(done=done, total=None, cursor="rows")
    if left := _filled(run):
        raise RunStopped(f"Rows are still being written to {', '.join(left)}. Stop what writes them, and start again.")
    with scope.worker():
        _end(offboarding)


def _append_to_list(offboarding: Offboarding) -> None:
    try:
        erasure_list.append(facts_for_restore(offboarding))
    except erasure_list.ListUnavailable as error:
        raise RunStopped(str(error)) from error


def facts_for_restore(offboarding: Offboarding) -> dict[str, Any]:
    """Return what a restored database needs to repeat the offboarding."""
    return {
        "offboarding": str(offboarding.public_id),
        "request": str(offboarding.public_id),
        "tenant": str(offboarding.tenant.public_id),
        "page_until": offboarding.page_until.isoformat(),
        "page_phone": offboarding.page_phone,
        **people_of(offboarding, *_PEOPLE),
    }


def _call(function: str, *params: Any) -> int:
    """Call a function of the database in its own transaction."""
    try:
        with scope.worker():
            result = fetch_value(f"SELECT {function}", params)
    except DatabaseError as error:
        word = str(error).partition("offboarding refused: ")[2].split("\n")[0].strip()
        if word in REFUSALS:
            raise RunStopped(REFUSALS[word]) from error
        raise
    return result if isinstance(result, int) else 0


def _delete_batch(run: Run, table: str) -> int:
    """Delete a batch of a table, and pause. A row that another transaction has locked is tried again."""
    for patience in (0.1, 0.5, 2.0):
        began = time.monotonic()
        try:
            deleted = _call("ptj_offboard_rows(%s, %s, %s)", run.pk, table, BATCH)
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", "") != "55P03":  # lock_not_available
                raise
            time.sleep(patience)
        else:
            time.sleep(PAUSE_FACTOR * (time.monotonic() - began))
            return deleted
    raise RunStopped(f"A row of {table} stays locked. Start again.")


def _filled(run: Run) -> list[str]:
    """Return the tables in which the tenant has rows to delete, each before those that its rows refer to."""
    with scope.worker():
        filled = counts(run.tenant_id)
        if Run.objects.filter(tenant=run.tenant_id).count() == 1:
            filled.pop(Run._meta.db_table, None)  # the run itself, which ends after the receipt
    return [table for table in deletion_order() if table in filled]


@cache
def deletion_order() -> tuple[str, ...]:
    """Return all tables of tenants that are deleted, each before those that its rows refer to."""
    owned = {
        model._meta.db_table: model
        for model in apps.get_models()
        if any(field.name == "tenant" for field in model._meta.concrete_fields)
    }
    ordered: dict[str, None] = {}
    for name in sorted(owned):
        _add(name, owned, ordered)
    return tuple(name for name in reversed(ordered) if name not in PRESERVED)


def _add(name: str, owned: dict[str, type[models.Model]], ordered: dict[str, None]) -> None:
    if name in ordered:
        return
    for field in owned[name]._meta.concrete_fields:
        target = field.related_model._meta.db_table if field.is_relation else name  # type: ignore[union-attr]
        if target != name and target in owned:
            _add(target, owned, ordered)
    ordered[name] = None


# The receipt


def _end(offboarding: Offboarding) -> None:
    receipt = receipt_of(offboarding)
    Offboarding.objects.filter(pk=offboarding.pk).update(ended_at=Now(), receipt=receipt)
    transparency.submit(EntryKind.RECEIPT, receipt["sha256"])
    record_change(
        "retention.offboard",
        offboarding,
        actor=ACTOR,
        reason="Deleted, as two people confirmed.",
        **{line["table"]: (None, line["rows"]) for line in receipt["deleted"]},
    )


def receipt_of(offboarding: Offboarding) -> dict[str, Any]:
    """Return the receipt: counts by table, and hashes of the keys of the rows. It contains no value of a row.

    `sha256` is the hash of the canonical JSON of everything else.
    """
    row = Offboarding.objects.select_related("tenant").get(pk=offboarding.pk)
    tables = OffboardedTable.objects.filter(tenant=row.tenant_id, offboarding=row)
    remaining = counts(row.tenant_id)
    receipt: dict[str, Any] = {
        "offboarding": str(row.public_id),
        "tenant": str(row.tenant.public_id),
        "requested_at": row.created_at.isoformat(),
        "confirmed_at": row.confirmed_at.isoformat() if row.confirmed_at else None,
        "deleted_at": timezone.now().isoformat(),
        **people_of(row, *_PEOPLE),
        "export": {"id": str(row.export), "manifest_sha256": row.export_sha256} if row.export else None,
        "keys_destroyed": row.keys_destroyed,
        "deleted": [{"table": line.table, "rows": line.rows, "rows_sha256": line.rows_sha256} for line in tables],
        "remains": [
            {"table": table, "rows": remaining[table], "why": why, "personal_values": False}
            for table, why in REMAINS.items()
            if table in remaining
        ],
        "page_until": row.page_until.isoformat(),
        "backups_end_on": (timezone.now() + timedelta(days=settings.BACKUP_DAYS)).date().isoformat(),
    }
    return sealed(receipt)


# After the end


def end_pages() -> int:
    """Remove the phone numbers of last pages that have ended, and their hosts 90 days later. Nightly."""
    return _call("ptj_end_pages()")
