"""Import of evidence files: the results of checks, signed by the place that ran them."""

import logging
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from pagetojob.platform.postgresql.locks import wait_for_lock
from pagetojob.transparency import services as log
from pagetojob.transparency.models import EntryKind

from .. import evidence_files
from ..checks import drills
from ..evidence_files import FAILED, NOT_RUN, EvidenceFileRefused, Signed
from ..models import CheckResult, CheckRun
from .edits import settle
from .evidence import status_row
from .places import trusted_places

logger = logging.getLogger(__name__)
#: Files that this process has handled, with the keys it trusted then.
_handled: set[tuple[object, ...]] = set()


def import_folders() -> int:
    """Import new files of `EVIDENCE_FOLDERS`, oldest name first; return how many. Periodic task, safe to repeat.

    A file that is refused is logged once by each process and imports nothing.
    """
    keys, imported = tuple(map(str, trusted_places())), 0
    for path in _files():
        stat = path.stat()
        handled = (str(path), stat.st_mtime_ns, stat.st_size, keys)
        if handled in _handled:
            continue
        try:
            imported += import_file(path.read_text(encoding="utf-8")) is not None
        except (EvidenceFileRefused, UnicodeDecodeError, OSError) as refused:
            logger.warning("evidence file refused", extra={"file": path.name, "problem": str(refused)[:200]})
        transaction.on_commit(partial(_handled.add, handled))
    return imported


def _files() -> Iterator[Path]:
    for folder in settings.EVIDENCE_FOLDERS:
        yield from sorted(Path(folder).glob(f"*{evidence_files.SUFFIX}"))


def import_file(text: str) -> CheckRun | None:
    """Store a file with its results and publish a version of the pack; None if it was imported before.

    A file of an unknown place is stored and shown, and supports nothing. Raises EvidenceFileRefused.
    """
    signed = evidence_files.read(text, trusted_places(), now=timezone.now())
    key = str(signed.key or "")
    with transaction.atomic():
        wait_for_lock("readiness.import_file")
        if CheckRun.objects.filter(sha256=signed.sha256, key=key).exists():
            return None
        file = signed.file
        run = CheckRun.objects.create(
            **{name: getattr(file, name) for name in ("commit", "tree", "started_at", "finished_at")},
            sha256=signed.sha256,
            place=signed.place[:120],
            key=key,
            text=text,
        )
        CheckResult.objects.bulk_create(
            CheckResult(run=run, check_name=result.check, outcome=result.outcome)
            for result in file.results
            if result.outcome != NOT_RUN
        )
        if key:
            log.submit(EntryKind.EVIDENCE_FILE, run.sha256, name=run.place[:60])
            settle(cause=_cause(signed), author=None)
    return run


def _cause(signed: Signed) -> str:
    """Describe the run to readers of the list of versions."""
    results = [result for result in signed.file.results if result.outcome != NOT_RUN]
    failed = [result.check for result in results if result.outcome == FAILED]
    names = ", ".join(f"“{_name_of(name)}”" for name in failed[:3])
    more = f" and {len(failed) - 3} more" if len(failed) > 3 else ""
    outcome = f"{len(failed)} of {len(results)} failed: {names}{more}" if failed else f"all {len(results)} passed"
    return f"Checks ran at {signed.place}, and {outcome}."


def _name_of(check: str) -> str:
    """Return the line that a check is for, or the name of a drill."""
    return check.replace("-", " ", 1) if check in drills() else str(status_row(check) or check)
