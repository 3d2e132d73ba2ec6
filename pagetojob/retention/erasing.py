"""Runs of subject requests: search for the person, or erase the listed rows and prove it by searching again.

The database erases (`ptj_erase_subject`), and only what two people confirmed; this module calls it batch by batch.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.db.utils import DatabaseError
from django.utils import timezone

from pagetojob.platform.audit.services import record, record_change
from pagetojob.platform.canonical import sha256_hex
from pagetojob.platform.files.models import File
from pagetojob.platform.postgresql.base import fetch_all, fetch_value
from pagetojob.platform.runs.models import Run
from pagetojob.platform.runs.services import Progress, RunStopped, checkpoint
from pagetojob.platform.tenants import scope
from pagetojob.transparency import services as transparency
from pagetojob.transparency.models import EntryKind

from . import erasure_list, exporting
from .models import SubjectMatch, SubjectRequest
from .person import Person
from .places import Place, place_of, places
from .receipts import people_of, sealed
from .search import Hits, Keys, follow, person_of, search_step

KIND = "retention.subject"
ACTOR = "subject request"
#: People that the receipt names by their public ids.
_PEOPLE = ("opened_by", "erasure_requested_by", "confirmed_by")
SEARCH, ERASE = "search", "erase"
ERASE_BATCH = 200
LEADS = "leads_lead"
#: Tables whose rows take pictures of pages with them.
PICTURED = ("drift_snapshot", "drift_findingpicture")

REFUSALS = {
    "hold": "A legal hold protects this person. Nothing is erased until two people lift it.",
    "item": "A request of this person is still being worked on. Complete or cancel its open items first.",
    "run": "A bulk action that names this person is running. Wait until it ends.",
    "account": "This person's account is active. Deactivate it first.",
}
EVIDENCE_ERASED = "Its file was erased with the data of a person."
_REVOKE_EMPTIED = """
    UPDATE gates_evidence AS e SET revoked_at = now(), revoked_reason = %s FROM gates_evidencefile AS f
    WHERE e.tenant_id = %s AND e.revoked_at IS NULL AND f.id = e.file_id AND octet_length(f.content) = 0
    RETURNING e.public_id"""
#: Data that stays after an erasure, and the reason; shown before it, and stated in the receipt and the letter.
#: The content of lines of the audit log, which no deletion reaches.
AUDITED = (
    "Personal values in them are keyed hashes. Reasons are as people typed them; each form asks to leave out personal "
    "data."
)
REMAINS = (
    ("Rows of requests and messages", "They are counted in the ledger. They contain IDs, times and states."),
    ("Sealed months and packets", "They prove amounts. They contain IDs, amounts and hashes."),
    (
        "Lines of the audit log",
        f"They prove who acted, and are sealed. {AUDITED} Lines end after their period.",
    ),
    ("Backups", "They expire after the backup period; a restore repeats this erasure before anything starts."),
)


def work(run: Run) -> Iterator[Progress]:
    """Search or erase. Handler of runs of kind `retention.subject`."""
    with scope.worker():
        request = SubjectRequest.objects.filter(pk=run.params["request"], ended_at=None).first()
    if request is None:
        raise RunStopped("This request has already ended.")
    yield from (_search if run.params["action"] == SEARCH else _erase)(run, request)


# Search


def _search(run: Run, request: SubjectRequest) -> Iterator[Progress]:
    """List the rows of the person, a place or a file per step, and then the rows that belong to these."""
    every = places()
    done, after = run.cursor if isinstance(run.cursor, list) else (run.cursor or 0, 0)  # a number: of an older version
    if not (done or after):
        with scope.worker():
            SubjectMatch.objects.filter(tenant=run.tenant_id, request=request).delete()
            SubjectRequest.objects.filter(pk=request.pk).update(unread={})
    with scope.tenant(run.tenant_id):
        person = person_of(request)
    while done < len(every):
        hits, last = search_step(run.tenant, every[done], person, after)
        _list(request, hits)
        done, after = (done + 1, 0) if last is None else (done, last)
        yield Progress(done=done, total=len(every) + 1, cursor=[done, after])
    with scope.worker():
        rows = _listed(request)
    hits = follow(run.tenant, rows)
    _list(request, hits)
    with scope.worker():
        SubjectRequest.objects.filter(pk=request.pk).update(searched_at=Now())
        _record(request, "retention.search_person", "Searched on request.", counts(request))
        # A yield here could hand the run back, so that this step is repeated.
        checkpoint(run, Progress(done=done + 1, total=len(every) + 1, cursor=[done, after]))


def _listed(request: SubjectRequest) -> dict[str, Keys]:
    rows: dict[str, Keys] = defaultdict(dict)
    for match in SubjectMatch.objects.filter(tenant=request.tenant_id, request=request):
        rows[match.table][match.row] = match.certain
    return rows


def _list(request: SubjectRequest, hits: Hits) -> None:
    """Add rows to the list. A row that was already listed becomes certain if it is certain now."""
    hits.rows.get("retention_subjectrequest", {}).pop(str(request.pk), None)
    with transaction.atomic(), scope.worker():
        for table, keys in hits.rows.items():
            matches = SubjectMatch.objects.filter(tenant=request.tenant_id, request=request, table=table)
            matches.filter(row__in=[key for key, certain in keys.items() if certain]).delete()
            _add(request, table, keys)
        # After the rows of the person, because one of them may be such a file.
        for table, key in hits.to_open:
            _add(request, table, {key: False})
        if hits.unread:
            unread = Counter(request.unread) + hits.unread
            request.unread = dict(unread)
            SubjectRequest.objects.filter(pk=request.pk).update(unread=request.unread)


def _add(request: SubjectRequest, table: str, keys: Keys) -> None:
    rows = [
        SubjectMatch(
            tenant_id=request.tenant_id, request=request, table=table, row=key, certain=certain, included=certain
        )
        for key, certain in keys.items()
    ]
    SubjectMatch.objects.bulk_create(rows, ignore_conflicts=True)


def counts(request: SubjectRequest) -> dict[str, int]:
    """Return the number of included rows by table. Makes one query."""
    rows = SubjectMatch.objects.filter(tenant=request.tenant_id, request=request, included=True)
    return dict(sorted(Counter(rows.values_list("table", flat=True)).items()))


# Erase


def _erase(run: Run, request: SubjectRequest) -> Iterator[Progress]:
    """Erase the listed rows, search again, and end the request with a receipt.

    The leads come last: the person is read from them, also when the run is handed back or another one continues it.
    """
    every = [place for place in places() if place.table != LEADS]
    # The person stays in the cursor of no run: the request and its leads still name it.
    with scope.tenant(run.tenant_id):
        person = person_of(request)
    cursor: dict[str, Any] = run.cursor or {"verified": 0, "left": {}}
    if run.cursor is None:
        _append_to_list(request, person_facts(request))
        with scope.worker():
            exporting.remove_parts(request.tenant_id, expired_only=False)  # they contain the person
    done = run.done
    while _other_rows_left(request):
        done += _erase_batch(run)
        yield Progress(done=done, total=None, cursor=cursor)
    while cursor["verified"] < len(every):
        place = every[cursor["verified"]]
        hits, last = search_step(run.tenant, place, person, cursor.get("after", 0))
        left = Counter(cursor["left"]) + Counter({place.table: _still_there(request, place, hits)})
        cursor = {"verified": cursor["verified"] + (last is None), "after": last or 0, "left": dict(left)}
        yield Progress(done=done, total=None, cursor=cursor)
    _finish(run, request, person, Progress(done=done, total=None, cursor=cursor))


@transaction.atomic
def _finish(run: Run, request: SubjectRequest, person: Person, progress: Progress) -> None:
    """Erase the leads, search them again, and end the request: one transaction, because the leads name the person."""
    done, place = progress.done, place_of(LEADS)
    while erased := _erase_batch(run):
        done += erased
    hits, _ = search_step(run.tenant, place, person)
    left = Counter(progress.cursor["left"]) + Counter({LEADS: _still_there(request, place, hits)})
    with scope.worker():
        # Again, because one may have been made in the meantime.
        exporting.remove_parts(run.tenant_id, expired_only=False)
        _end(request, dict(left + _pictures_left(request)))
        # A run that is handed back finds it ended.
        checkpoint(run, Progress(done=done, total=done, cursor=progress.cursor))


def _other_rows_left(request: SubjectRequest) -> bool:
    """Return whether rows other than leads are still to be erased."""
    with scope.worker():
        rows = SubjectMatch.objects.filter(tenant=request.tenant_id, request=request, included=True, erased_at=None)
        return rows.exclude(table=LEADS).exists()


def _append_to_list(request: SubjectRequest, facts: dict[str, Any]) -> None:
    try:
        erasure_list.append(facts)
    except erasure_list.ListUnavailable as error:
        raise RunStopped(str(error)) from error


def person_facts(request: SubjectRequest) -> dict[str, Any]:
    """Return what a restored database needs to repeat the erasure."""
    with scope.worker():
        matches = SubjectMatch.objects.filter(tenant=request.tenant_id, request=request)
        left_out = list(matches.filter(included=False, certain=True).values_list("table", "row"))
        added = list(matches.filter(included=True, certain=False).values_list("table", "row"))
    return {
        "request": str(request.public_id),
        "tenant": str(request.tenant.public_id),
        "due_on": request.due_on.isoformat(),
        **people_of(request, *_PEOPLE),
        "left_out": left_out,
        "added": added,
        **{name: getattr(request, name) for name in SubjectRequest.IDENTIFIERS},
    }


def _erase_batch(run: Run) -> int:
    try:
        with transaction.atomic():
            with scope.worker():
                erased = fetch_value("SELECT ptj_erase_subject(%s, %s)", [run.pk, ERASE_BATCH])
            _revoke_emptied_evidence(run.tenant_id)
    except DatabaseError as error:
        word = str(error).partition("erasure refused: ")[2].split("\n")[0].strip()
        if word in REFUSALS:
            raise RunStopped(REFUSALS[word]) from error
        raise
    return int(erased)


def _revoke_emptied_evidence(tenant_id: int) -> None:
    """Revoke evidence whose file was emptied: no one can check it any more, so it opens no gate."""
    with scope.tenant(tenant_id):
        for (public_id,) in fetch_all(_REVOKE_EMPTIED, [EVIDENCE_ERASED, tenant_id]):
            subject, changes = f"gates.evidence:{public_id}", {"revoked": (False, True)}
            record(
                action="gates.evidence.revoke", subject=subject, reason=EVIDENCE_ERASED, tenant=tenant_id,
                actor=ACTOR, changes=changes,
            )  # fmt: skip


def _still_there(request: SubjectRequest, place: Place, hits: Hits) -> int:
    """Return the number of rows that still contain the person: erased ones, and certain ones that no one left out."""
    hits.rows.get("retention_subjectrequest", {}).pop(str(request.pk), None)
    table = "files_file" if place.table == "files_filechunk" else place.table
    keys = hits.rows.get(table, {})
    if not keys:
        return 0
    with scope.worker():
        listed = dict(SubjectMatch.objects.filter(request=request, table=table).values_list("row", "included"))
    return sum(listed.get(key, certain) for key, certain in keys.items())


def _pictures_left(request: SubjectRequest) -> Counter[str]:
    """Count the pictures of erased pages that still have bytes, because no search can read a picture."""
    with scope.worker():
        rows = SubjectMatch.objects.filter(request=request, included=True, table__in=PICTURED)
        erased: dict[str, Keys] = defaultdict(dict)
        for table, row in rows.values_list("table", "row"):
            erased[table][row] = True
    keys = [int(key) for key in follow(request.tenant, erased).rows.get(File._meta.db_table, {})]
    with scope.worker():
        files = File.objects.filter(tenant=request.tenant_id, pk__in=keys, chunks__isnull=False)
        return +Counter({File._meta.db_table: files.distinct().count()})


def _end(request: SubjectRequest, left: dict[str, int]) -> None:
    """Write the receipt, empty the identifiers and end the request."""
    receipt = receipt_of(request, left)
    SubjectRequest.objects.filter(pk=request.pk).update(
        **dict.fromkeys(SubjectRequest.IDENTIFIERS, ""), ended_at=Now(), receipt=receipt
    )
    transparency.submit(EntryKind.RECEIPT, receipt["sha256"])
    changes = {line["table"]: line["rows"] for line in receipt["erased"]}
    _record(request, "retention.erase_person", "Erased on request, as two people confirmed.", changes)


def receipt_of(request: SubjectRequest, left: dict[str, int]) -> dict[str, Any]:
    """Return the receipt: counts by table, and hashes of the keys of the rows. It contains no value of a row."""
    matches = SubjectMatch.objects.filter(tenant=request.tenant_id, request=request)
    erased: dict[str, list[str]] = defaultdict(list)
    for table, row in matches.filter(erased_at__isnull=False).order_by("table", "row").values_list("table", "row"):
        erased[table].append(row)
    receipt: dict[str, Any] = {
        "request": str(request.public_id),
        "tenant": str(request.tenant.public_id),
        "received_at": request.created_at.isoformat(),
        "erased_at": timezone.now().isoformat(),
        **people_of(request, *_PEOPLE),
        "erased": [
            {"table": table, "rows": len(rows), "rows_sha256": sha256_hex("\n".join(rows))}
            for table, rows in erased.items()
        ],
        "found_afterwards": left,
        "left_out": dict(Counter(matches.filter(included=False).values_list("table", flat=True))),
        "not_searchable": request.unread,
        "remains": [{"what": what, "why": why} for what, why in REMAINS],
    }
    return sealed(receipt)


def _record(request: SubjectRequest, action: str, reason: str, rows: dict[str, int]) -> None:
    changes = {table: (None, count) for table, count in rows.items()}
    record_change(action, request, actor=ACTOR, reason=reason, **changes)
