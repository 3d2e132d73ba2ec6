"""Stores a visitor's photos after the lead's commit, so that a photo can never cost or delay a lead."""

import io
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import IO

from django.db import DatabaseError, InterfaceError, transaction

from pagetojob.platform.audit.services import record_change
from pagetojob.platform.files.images import EXTENSIONS, CleanImage, ImagesNotRead, clean_images
from pagetojob.platform.files.models import CHUNK_BYTES, File, Purpose
from pagetojob.platform.files.services import FileRefused, content_of, store_file, told_by_content
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.platform.tenants.roles import Ability
from syncqueue.leads.models import Lead, LeadPhoto, Suspicion

from ..errors import QueueError
from .intake import BRIEFLY

log = logging.getLogger(__name__)
MOST_PHOTOS = 5
LARGEST_PHOTO = 8 * CHUNK_BYTES
#: No more photos are stored for an address that sends more requests than this in one window.
MOST_POSTS = 5


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
    Trouble.NO_PICTURE: "is not a JPEG or PNG image that we can open. Send it in that format when the office calls.",
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

    Only the pixels are stored: no location, no other metadata. Opens its own transaction and tenant scope: call it
    after the lead's commit, outside any other. `posts` is the number of recent posts from its address: above a limit,
    no photo is stored, or they could fill the database.

    The same form sent again, or twice concurrently, stores its photos once. Never raises, even if the database or the
    disk fails. A statement per 1 MiB chunk, three per photo, five in total.
    """
    troubles = {photo.position: trouble for photo in photos if (trouble := _trouble(photo))}
    if Suspicion.TOO_MANY in lead.suspected or (posts or 0) > MOST_POSTS:
        troubles |= {photo.position: Trouble.FLOOD for photo in photos if photo.position not in troubles}
    good = {photo.position: photo.content for photo in photos if photo.position not in troubles and photo.content}
    if not good:
        return troubles
    try:
        cleaned = dict(zip(good, clean_images(list(good.values())), strict=True))
        _store(tenant, lead, {position: image for position, image in cleaned.items() if image})
    except (DatabaseError, InterfaceError, OSError, FileRefused, ImagesNotRead) as error:
        log.warning("photos not stored", extra={"lead": str(lead.public_id), "error": type(error).__name__})
        return troubles | dict.fromkeys(good, Trouble.OURS)
    return troubles | {position: Trouble.NO_PICTURE for position, image in cleaned.items() if not image}


def _store(tenant: Tenant, lead: Lead, images: Mapping[int, CleanImage]) -> None:
    """Store the images by position, unless the lead has photos already.

    The purge does not come back to an erased lead, which therefore gets none.
    """
    with scope.tenant(tenant.pk, **BRIEFLY):
        locked = Lead.objects.select_for_update().only("erased_at").get(tenant=tenant, pk=lead.pk)
        if locked.erased_at or LeadPhoto.objects.filter(tenant=tenant, lead=lead).exists():
            return
        for position, image in images.items():
            # The name may contain a person's name, so we use our own.
            file = store_file(
                tenant=tenant,
                content=io.BytesIO(image.content),
                name=f"photo-{position}.{image.extension}",
                purpose=Purpose.PHOTO,
            )
            LeadPhoto.objects.create(tenant=tenant, lead=lead, file=file, position=position)


def _trouble(photo: SentPhoto) -> Trouble | None:
    if photo.trouble or photo.content is None:
        return photo.trouble or Trouble.OURS
    try:
        photo.content.seek(0)
        # Spares a child process for files that are clearly something else, regardless of name or header.
        return None if told_by_content(photo.content.read(16)) in EXTENSIONS else Trouble.NO_PICTURE
    except OSError:
        return Trouble.OURS


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
    if photo is None or photo.file.content_type not in EXTENSIONS:
        return None
    with transaction.atomic():
        record_change("syncqueue.photo_seen", photo.file, actor=actor, reason=reason)
    return photo.file, content_of(photo.file)
