"""Record which region of which page shows a finding, and take pictures of these regions in a separate run.

A reading only records rows; the run that takes the pictures starts after it. So a browser that is slow, fails or is not
installed delays no reading, and people see the marked snapshot instead.
"""

import io
import logging
from collections.abc import Iterator, Mapping
from itertools import islice

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet

from pagetojob.platform.files.images import ImagesNotRead, clean_images
from pagetojob.platform.files.models import Purpose
from pagetojob.platform.files.services import store_file
from pagetojob.platform.runs.models import OPEN, Run
from pagetojob.platform.runs.services import Progress, checkpoint
from pagetojob.platform.tenants import scope

from ..browser import BrowserBusy, PictureFailed, RegionHidden, find_browser, take_picture
from ..models import Finding, FindingPicture, FindingState, Moment, NoPicture, ReadingPage, SiteReading
from ..reading.errors import PageRefused
from ..region_page import RegionNotVisible, is_visible, region_page
from .snapshots import html_of

TAKE_PICTURES = "drift.take_pictures"
#: Regions recorded per reading. The others follow at the next one.
MOST_PER_READING = 200
#: Pictures of a finding from its opening to the one when it is resolved, for text that changes every day.
MOST_PER_OPENING = 10
#: Pictures taken in one run: about five minutes.
MOST_PER_RUN = 200
MOST_ATTEMPTS = 3
#: A run ends after so many pictures in a row that were not taken, because each may take 15 seconds.
MOST_FAILURES = 3
log = logging.getLogger(__name__)


def record_pictures(reading: SiteReading) -> None:
    """Record the regions of the findings that this reading opened, changed or closed.

    Call in the transaction of the reading, after its findings were updated. Runs three queries and at most one INSERT.
    """
    findings = Finding.objects.filter(tenant_id=reading.tenant_id, last_reading=reading)
    findings = findings.exclude(state=FindingState.DISMISSED).exclude(page="").order_by("harm", "id")
    known: dict[int, list[FindingPicture]] = {}
    for picture in _current_pictures(reading):
        known.setdefault(picture.finding_id, []).append(picture)
    pages = ReadingPage.objects.filter(tenant_id=reading.tenant_id, reading=reading, snapshot__isnull=False)
    snapshots = dict(pages.values_list("page", "snapshot_id"))
    rows = (_picture_now(finding, known.get(finding.pk, []), snapshots) for finding in findings)
    pictures = list(islice(filter(None, rows), MOST_PER_READING))
    for picture in pictures:
        picture.reading = reading
    FindingPicture.objects.bulk_create(pictures, ignore_conflicts=True)


def _current_pictures(reading: SiteReading) -> QuerySet[FindingPicture]:
    """Return the pictures of the current openings of the findings that a reading has updated, oldest first."""
    rows = FindingPicture.objects.filter(tenant_id=reading.tenant_id, finding__last_reading=reading)
    rows = rows.filter(opening=F("finding__times_opened")).select_related("snapshot").order_by("id")
    return rows.defer("snapshot__html", "snapshot__text")


def _picture_now(finding: Finding, known: list[FindingPicture], snapshots: Mapping[str, int]) -> FindingPicture | None:
    """Return the picture to record now, if there is one. A resolved finding is shown where its last picture is."""
    page, quote, selector = finding.page, finding.quote, finding.selector
    if finding.state == FindingState.CLOSED:
        if not known or known[-1].moment == Moment.RESOLVED:
            return None
        moment, page, quote, selector = Moment.RESOLVED, known[-1].snapshot.page, "", known[-1].selector
    elif not known:
        moment = Moment.OPENED
    elif known[-1].quote != quote and len(known) < MOST_PER_OPENING:
        moment = Moment.CHANGED
    else:
        return None
    if page not in snapshots:
        return None
    return FindingPicture(
        tenant_id=finding.tenant_id,
        finding=finding,
        snapshot_id=snapshots[page],
        opening=finding.times_opened,
        moment=moment,
        quote=quote,
        selector=selector,
        why="" if is_visible(selector) else NoPicture.NOT_VISIBLE,
    )


def start_pictures(tenant_id: int) -> bool:
    """Start the run that takes pictures, if a browser is installed and a picture is missing; return whether it is new.

    Call it in any scope.
    """
    if not find_browser(settings.PICTURE_BROWSER):
        return False
    with scope.tenant(tenant_id):
        if not _missing(tenant_id).exists():
            return False
        params = {"words": "Take pictures of findings"}
        _, created = Run.objects.get_or_create(
            tenant_id=tenant_id, kind=TAKE_PICTURES, state__in=OPEN, defaults={"params": params}
        )
    return created


def _missing(tenant_id: int) -> QuerySet[FindingPicture]:
    return FindingPicture.objects.filter(tenant_id=tenant_id, file__isnull=True, why="")


def take_pictures(run: Run) -> Iterator[Progress]:
    """Take a picture per step. Handler of runs of kind `drift.take_pictures`.

    The cursor counts the failures in a row. An attempt is counted before it is made, so that a picture which ends its
    worker comes after the others.
    """
    browser = find_browser(settings.PICTURE_BROWSER)
    failures: int = run.cursor or 0
    while browser and run.done < MOST_PER_RUN and failures < MOST_FAILURES:
        picture = _next_picture(run.tenant_id)
        if picture is None:
            return
        png, why = _picture_of(picture, browser) if picture.attempts <= MOST_ATTEMPTS else (None, NoPicture.FAILED)
        failures = 0 if png or why else failures + 1
        if png is None and not why and picture.attempts >= MOST_ATTEMPTS:
            why = NoPicture.FAILED
        with scope.worker(), transaction.atomic():
            _store(picture, png, why)
            progress = Progress(run.done + 1, None, failures)
            checkpoint(run, progress)
        yield progress


def _next_picture(tenant_id: int) -> FindingPicture | None:
    """Return the next picture to take, if there is one, and count the attempt."""
    with scope.worker():
        missing = _missing(tenant_id).select_related("snapshot", "finding")
        picture = missing.order_by("attempts", "id").first()
        if picture:
            picture.attempts += 1
            FindingPicture.objects.filter(pk=picture.pk).update(attempts=picture.attempts)
    return picture


def _picture_of(picture: FindingPicture, browser: str) -> tuple[bytes | None, str]:
    """Return the PNG, or the reason why there can be none. Both are empty after an error that may pass."""
    snapshot = picture.snapshot
    try:
        for own_styles in (True, False):
            html = region_page(
                html_of(snapshot), charset=snapshot.charset, quote=picture.quote, selector=picture.selector,
                own_styles=own_styles,
            )  # fmt: skip
            try:
                return _cleaned(take_picture(browser, html)), ""
            except RegionHidden:
                continue
    except (PageRefused, RegionNotVisible):
        return None, NoPicture.NOT_VISIBLE
    except BrowserBusy:
        picture.attempts -= 1
        return None, ""
    except (PictureFailed, ImagesNotRead) as error:
        log.warning("picture not taken", extra={"picture": str(picture.public_id), "error": str(error)})
        return None, ""
    except Exception:  # one page of a stranger must not keep the others from their pictures
        log.exception("picture failed", extra={"picture": str(picture.public_id)})
        return None, ""
    return None, NoPicture.HIDDEN


def _cleaned(png: bytes) -> bytes:
    """Decode the picture in a separate process and encode it again: the browser has parsed a stranger's page."""
    (image,) = clean_images([io.BytesIO(png)])
    if image is None:
        raise PictureFailed("The browser returned no image.")
    return image.content


def _store(picture: FindingPicture, png: bytes | None, why: str) -> None:
    """Store the picture or the reason. Call in a transaction.

    An erasure may have emptied the page in the meantime. It waits for the locks, and then erases the file too.
    """
    file = None
    locked = FindingPicture.objects.select_for_update(no_key=True, of=("self", "snapshot")).select_related("snapshot")
    row = locked.defer("snapshot__html", "snapshot__text").get(pk=picture.pk)
    if row.snapshot.size == 0 or row.quote != picture.quote:
        png, why = None, NoPicture.NOT_VISIBLE
    if png is not None:
        with scope.tenant(picture.tenant_id):
            name = f"finding-{picture.finding.public_id}-{picture.moment}.png"
            file = store_file(tenant=picture.tenant, content=io.BytesIO(png), name=name, purpose=Purpose.PICTURE)
    FindingPicture.objects.filter(pk=picture.pk).update(file=file, why=why, attempts=picture.attempts)
