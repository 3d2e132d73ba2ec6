"""Stores a visitor's photos after the lead's commit, so that a photo can never cost or delay a lead."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import IO

from django.db import DatabaseError, InterfaceError, transaction

from pagetojob.platform.audit.services import record
from pagetojob.platform.files.models import CHUNK_BYTES, File, Purpose
from pagetojob.platform.files.services import FileRefused, read_file, store_file
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.platform.tenants.roles import Ability
from syncqueue.leads.models import Lead, LeadPhoto, Suspicion

from ..errors import QueueError
from .intake import wait_briefly

log = logging.getLogger(__name__)
MOST_PHOTOS = 5
LARGEST_PHOTO = 8 * CHUNK_BYTES
#: No more photos are stored for an address that sends more requests than this in one window.
MOST_POSTS = 5
#: The magic bytes of the accepted formats, and their file extensions.
_KINDS = {b"\xff\xd8\xff": "jpg", b"\x89PNG\r\n\x1a\n": "png"}


class Trouble(StrEnum):
    """The reason why a photo was not stored; its value may appear in a URL."""

    TOO_BIG = "big"
    NO_PICTURE = "type"
    TOO_MANY = "many"
    FLOOD = "flood"
    OURS = "fault"

    @property
    def sentence(self) -> str:
        return _SENTENCES[self]


_SENTENCES = {
    Trouble.TOO_BIG: "is larger than 8 MB. Send a smaller version by email or text message when the office calls.",
    Trouble.NO_PICTURE: "is not a JPEG or PNG image. Send it in one of these formats when the office calls.",
    Trouble.TOO_MANY: "was not saved, because a request can have only five photos. Send it when the office calls.",
    Trouble.FLOOD: "was not saved, because many requests came from your network. Send it when the office calls.",
    Trouble.OURS: "could not be saved because of an error on our side. Send it when the office calls.",
}


@dataclass(frozen=True)
class SentPhoto:
    """An uploaded file: its position among all that were sent, from 1, and its content unless dropped."""

    position: int
    content: IO[bytes] | None
    trouble: Trouble | None = None


def keep_photos(
    *, tenant: Tenant, lead: Lead, photos: Sequence[SentPhoto], posts: int | None = None
) -> dict[int, Trouble]:
    """Store the valid photos and return what is wrong with the others, by position.

    Opens its own transaction and tenant scope: call it after the lead's commit, outside any other. `posts` is the
    number of recent posts from its address: above a limit, no photo is stored, or they could fill the database.

    The same form sent again, or twice concurrently, stores its photos once. Never raises, even if the database or the
    disk fails. A statement per 1 MiB chunk, three per photo, six in total.
    """
    troubles = {photo.position: trouble for photo in photos if (trouble := _trouble(photo))}
    if Suspicion.TOO_MANY in lead.suspected or (posts or 0) > MOST_POSTS:
        troubles |= {photo.position: Trouble.FLOOD for photo in photos if photo.position not in troubles}
    good = [photo for photo in photos if photo.position not in troubles]
    if not good:
        return troubles
    try:
        with scope.tenant(tenant.pk):
            wait_briefly()
            Lead.objects.select_for_update().only("pk").get(tenant=tenant, pk=lead.pk)
            if not LeadPhoto.objects.filter(tenant=tenant, lead=lead).exists():
                for photo in good:
                    _keep(tenant, lead, photo)
    except (DatabaseError, InterfaceError, OSError, FileRefused) as error:
        log.warning("photos not stored", extra={"lead": str(lead.public_id), "error": type(error).__name__})
        return troubles | {photo.position: Trouble.OURS for photo in good}
    return troubles


def _keep(tenant: Tenant, lead: Lead, photo: SentPhoto) -> None:
    assert photo.content is not None
    photo.content.seek(0)
    kind = _kind(photo.content)
    photo.content.seek(0)
    # The name may contain a person's name, so we use our own.
    file = store_file(
        tenant=tenant,
        content=photo.content,
        name=f"photo-{photo.position}.{kind}",
        purpose=Purpose.PHOTO,
        actor=None,
    )
    LeadPhoto.objects.create(tenant=tenant, lead=lead, file=file, position=photo.position)


def _trouble(photo: SentPhoto) -> Trouble | None:
    if photo.trouble or photo.content is None:
        return photo.trouble or Trouble.OURS
    try:
        photo.content.seek(0)
        return None if _kind(photo.content) else Trouble.NO_PICTURE
    except OSError:
        return Trouble.OURS


def _kind(content: IO[bytes]) -> str:
    """Return the type by the first bytes, regardless of name or header; empty for an unsupported format."""
    head = content.read(16)
    return next((kind for start, kind in _KINDS.items() if head.startswith(start)), "")


def show_photo(*, lead: Lead, position: int, actor: User, reason: str) -> tuple[File, bytes] | None:
    """Record that an operator views a visitor's photo, and return it; None if there is no such photo.

    In the operator's scope. At most 8 MB in memory. Raises QueueError without the permission or a reason. Two queries,
    one per chunk, and the audit line.
    """
    if not actor.can(Ability.UNMASK):
        raise QueueError("Your role cannot view photos.")
    if not reason.strip():
        raise QueueError("Enter why you need to see the photo; it is recorded in the audit log.")
    photo = LeadPhoto.objects.filter(tenant=lead.tenant_id, lead=lead, position=position).select_related("file").first()
    if photo is None or photo.file.content_type not in {"image/jpeg", "image/png"}:
        return None
    with transaction.atomic():
        record(action="syncqueue.photo_seen", subject=photo.file, reason=reason, tenant=lead.tenant_id, actor=actor)
    return photo.file, b"".join(read_file(photo.file))
