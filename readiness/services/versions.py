"""Publishing of pack versions."""

import json
from datetime import datetime

from django.db import connection, transaction
from django.utils import timezone

from pagetojob.platform.canonical import canonical_json, sha256_hex
from pagetojob.platform.tenants.models import User
from pagetojob.transparency import services as log
from pagetojob.transparency.models import EntryKind

from ..models import PackClock, PackText, PackVersion
from .document import build
from .gather import LAST, Row, gather

LAPSED = "Evidence lapsed."
FOUND = "Changed outside the admin."


def publish(*, cause: str, author: User | None = None, now: datetime | None = None) -> PackVersion | None:
    """Publish a version if the pack differs from the last one; otherwise return None.

    Runs in the transaction of the edit, so that both commit or neither. Concurrent editors are serialized. Evidence
    ends by `now`, or else by the later of two clocks: of this host and of the database (decision 0252). Raises
    PackNotLoaded if there is no pack. Three queries, four for a new version, because a reader may have to wait for it.
    """
    with transaction.atomic():
        clock, database_now = _lock_clock()
        now = now or max(timezone.now(), database_now)
        rows = gather()
        last = rows.pop(LAST, [None])[0]
        document = build(rows, now=now, before=json.loads(last["body"]) if last else None)
        body = canonical_json(document)
        if last and last["body"] == body:
            PackClock.objects.filter(pk=clock.pk).update(published=clock.epoch)
            return None
        version = PackVersion(
            number=last["number"] + 1 if last else 1, sha256=sha256_hex(body), cause=cause, author=author, body=body
        )
        log.submit(EntryKind.PACK_VERSION, version.sha256, name=str(version.number))
        return _write(version, clock, _pieces(document))


def _lock_clock() -> tuple[PackClock, datetime]:
    """Return the locked clock of the pack, and the time of the database."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO readiness_packclock (id, epoch, published) VALUES (1, 1, 0)
            ON CONFLICT (id) DO UPDATE SET epoch = readiness_packclock.epoch RETURNING epoch, published,
                clock_timestamp()
            """
        )
        epoch, published, database_now = cursor.fetchone()
    return PackClock(pk=1, epoch=epoch, published=published), database_now


def _write(version: PackVersion, clock: PackClock, pieces: list[PackText]) -> PackVersion:
    """Store the version, mark its epoch as published, and replace the texts that differ or move. Makes one statement.

    Most texts are those of the last version, and indexing all of them takes longer than storing the version.
    """
    columns = ("page", "anchor", "page_title", "title", "text")
    values = {name: getattr(version, name) for name in ("number", "sha256", "cause", "author_id", "body")}
    values |= {f"{name}s": [getattr(piece, name) for piece in pieces] for name in columns}
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH told AS (UPDATE readiness_packclock SET published = %(epoch)s WHERE id = 1),
            piece AS MATERIALIZED (
                SELECT page, anchor, page_title, title, text, place - 1 AS position
                FROM unnest(%(pages)s::text[], %(anchors)s::text[], %(page_titles)s::text[], %(titles)s::text[],
                    %(texts)s::text[]) WITH ORDINALITY AS piece (page, anchor, page_title, title, text, place)
            ),
            same AS (
                SELECT id, position FROM readiness_packtext
                JOIN piece USING (position, page, anchor, page_title, title, text)
            ),
            gone AS (DELETE FROM readiness_packtext WHERE id NOT IN (SELECT id FROM same)),
            added AS (
                INSERT INTO readiness_packtext (page, anchor, page_title, title, text, position)
                SELECT page, anchor, page_title, title, text, position FROM piece
                WHERE position NOT IN (SELECT position FROM same)
            )
            INSERT INTO readiness_packversion (number, sha256, cause, author_id, body)
            VALUES (%(number)s, %(sha256)s, %(cause)s, %(author_id)s, %(body)s) RETURNING id, created_at
            """,
            values | {"epoch": clock.epoch},
        )
        version.pk, version.created_at = cursor.fetchone()
    version._state.adding, version._state.db = False, connection.alias
    return version


def _pieces(document: Row) -> list[PackText]:
    """Return the search texts in page order: one for each page and for each of its rows."""
    pieces: list[PackText] = []
    for page in document["pages"]:
        about = {"page": page["slug"], "page_title": page["title"]}
        pieces.append(PackText(**about, anchor="main", title=page["heading"], text=f"{page['intro']} {page['notice']}"))
        for section in page["sections"]:
            pieces += [
                PackText(**about, anchor=row["anchor"], title=row["title"][:200], text=words(row))
                for row in section["rows"]
            ]
    return pieces


def words(row: Row) -> str:
    """Return all text of a row, beginning with its title."""
    texts = [row["title"]]
    for field in row["fields"]:
        texts += [field["label"], *field["items"]] if "items" in field else [field["label"], field["text"]]
    if "as_built" in row:
        texts.append(row["as_built"]["text"])
    return "\n".join(text for text in texts if text)
