"""Photos are stored after the lead: none can cost it, and each is stored once, or reported with a next step."""

import io
import os
import tempfile
import uuid
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import IO, Any

import psycopg
import pytest
from django.db import InterfaceError, connection
from django.test import Client
from django.urls import reverse

from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.files.images import CleanImage, clean_images
from pagetojob.platform.files.models import File, Purpose
from pagetojob.platform.files.services import read_file
from pagetojob.platform.limited_process import Allowance
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from syncqueue.errors import QueueError
from syncqueue.leads.models import Lead, LeadPhoto
from syncqueue.models import Kind, SyncItem
from syncqueue.services import photos
from syncqueue.services.photos import LARGEST_PHOTO, MOST_POSTS, SentPhoto, Trouble, keep_photos
from tests.support.cast import SignIn
from tests.support.pictures import exif, huge_png, jpeg, opened, png
from tests.support.threads import at_once
from tests.support.visitor import FORM, filled_in, leads

JPEG, PNG = jpeg(), png()
GIF = b"GIF89a" + b"x" * 5000


def picture(content: bytes = JPEG, *, name: str = "IMG_1.jpg") -> io.BytesIO:
    file = io.BytesIO(content)
    file.name = name
    return file


def send(client: Client, *files: io.BytesIO, **changes: Any) -> Any:
    return client.post(FORM, filled_in(**changes) | {"photos": list(files)})


def kept(tenant: Tenant) -> list[tuple[int, str]]:
    with scope.tenant(tenant.pk):
        rows = LeadPhoto.objects.order_by("lead", "position").values_list("position", "file__content_type")
        return [(position, str(kind)) for position, kind in rows]


def stored(tenant: Tenant) -> list[bytes]:
    with scope.tenant(tenant.pk):
        photos = LeadPhoto.objects.order_by("lead", "position").select_related("file")
        return [b"".join(read_file(photo.file)) for photo in photos]


def thanks(client: Client, answer: Any) -> str:
    assert answer.status_code == 302
    return str(client.get(answer.url).text)


def test_photos_are_stored_with_the_lead(client: Client, tenant: Tenant) -> None:
    answer = send(client, picture(), picture(PNG, name="Jamie Rivera.png"))
    assert "Some details are missing" not in thanks(client, answer)
    assert kept(tenant) == [(1, "image/jpeg"), (2, "image/png")]
    with scope.tenant(tenant.pk):
        files = list(File.objects.order_by("id"))
    assert [(file.name, file.purpose) for file in files] == [
        ("photo-1.jpg", Purpose.PHOTO),
        ("photo-2.png", Purpose.PHOTO),
    ]


@pytest.mark.parametrize(
    ("file", "trouble"),
    [
        (picture(JPEG.ljust(LARGEST_PHOTO + 1)), Trouble.TOO_BIG),
        (picture(GIF), Trouble.NO_PICTURE),
        (picture(JPEG[:4] + b"<html><script>alert(1)</script>"), Trouble.NO_PICTURE),
        (picture(JPEG[:-100]), Trouble.NO_PICTURE),
        (picture(huge_png(60_000, 60_000)), Trouble.NO_PICTURE),
        (picture(b"<svg onload=alert(1)>", name="x.png"), Trouble.NO_PICTURE),
        (picture(b"%PDF-1.7", name="x.jpg"), Trouble.NO_PICTURE),
        (picture(b"\x00", name="x.jpg"), Trouble.NO_PICTURE),
    ],
)
def test_a_refused_photo_is_reported_and_costs_nothing_else(
    client: Client, tenant: Tenant, file: io.BytesIO, trouble: Trouble
) -> None:
    file.seek(0)
    page = thanks(client, send(client, picture(), file, picture(PNG)))
    assert f"Photo 2 {trouble.sentence}" in page and "do not need to send the form again" in page
    assert [position for position, _ in kept(tenant)] == [1, 3]
    assert len(leads(tenant)) == 1


def test_the_largest_photo_is_stored(client: Client, tenant: Tenant) -> None:
    send(client, picture(JPEG.ljust(LARGEST_PHOTO)))
    assert kept(tenant) == [(1, "image/jpeg")]


def test_only_the_pixels_of_a_photo_are_stored(client: Client, tenant: Tenant) -> None:
    """Neither where it was taken nor what follows the picture; it is upright without the mark that said so."""
    send(client, picture(jpeg(exif=exif(orientation=6)) + b"<script>alert(1)</script>"))
    (content,) = stored(tenant)
    assert opened(content).size == (30, 40) and not opened(content).getexif()
    assert b"Maria" not in content and b"script" not in content


@pytest.mark.parametrize("allowance", [Allowance(seconds=0), Allowance(output=100)])
def test_a_child_that_is_ended_costs_the_photos_and_not_the_request(
    client: Client, tenant: Tenant, monkeypatch: pytest.MonkeyPatch, allowance: Allowance
) -> None:
    monkeypatch.setattr(photos, "clean_images", partial(clean_images, allowance=allowance))
    page = thanks(client, send(client, picture(), picture(PNG)))
    assert f"Photo 1 {Trouble.OURS.sentence}" in page and f"Photo 2 {Trouble.OURS.sentence}" in page
    assert len(leads(tenant)) == 1 and kept(tenant) == []


@pytest.mark.django_db(transaction=True)
def test_photos_are_decoded_after_the_commit_and_outside_any_transaction(
    client: Client, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    def clean(contents: Sequence[IO[bytes]]) -> list[CleanImage | None]:
        assert not connection.in_atomic_block and len(leads(tenant)) == 1
        return clean_images(contents)

    monkeypatch.setattr(photos, "clean_images", clean)
    assert "Some details are missing" not in thanks(client, send(client, picture()))


def test_five_photos_are_stored_and_the_sixth_is_reported(client: Client, tenant: Tenant) -> None:
    page = thanks(client, send(client, *(picture() for _ in range(7))))
    assert f"Photo 6 {Trouble.TOO_MANY.sentence}" in page and "Photo 7" in page
    assert len(kept(tenant)) == 5


def test_a_thousand_files_are_no_reason_to_fail(client: Client, tenant: Tenant) -> None:
    assert send(client, *(picture(b"x") for _ in range(99))).status_code == 302
    assert send(client, *(picture(b"x") for _ in range(101))).status_code == 400
    assert len(leads(tenant)) == 1


def test_files_of_other_fields_are_read_past(client: Client, tenant: Tenant) -> None:
    answer = client.post(FORM, filled_in() | {"attachment": picture()})
    assert answer.status_code == 302 and answer.wsgi_request.FILES == {}
    assert kept(tenant) == []


def test_an_empty_file_field_is_no_photo(client: Client, tenant: Tenant) -> None:
    body = b'--b\r\nContent-Disposition: form-data; name="photos"; filename=""\r\n\r\n\r\n'
    for name, value in filled_in().items():
        body += f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
    answer = client.generic("POST", FORM, body + b"--b--\r\n", "multipart/form-data; boundary=b")
    assert "Photo 1" not in thanks(client, answer)


def test_the_same_form_sent_again_keeps_its_photos_once(client: Client, tenant: Tenant) -> None:
    token = str(uuid.uuid4())
    for _ in range(2):
        send(client, picture(), picture(PNG), form_token=token)
    assert len(kept(tenant)) == 2 and len(leads(tenant)) == 1


def test_a_form_whose_photos_were_lost_brings_them_when_it_is_sent_again(client: Client, tenant: Tenant) -> None:
    token = str(uuid.uuid4())
    client.post(FORM, filled_in(form_token=token))
    send(client, picture(), form_token=token)
    assert len(kept(tenant)) == 1 and len(leads(tenant)) == 1


def test_a_flood_of_requests_fills_no_database_with_photos(client: Client, tenant: Tenant, settings: Any) -> None:
    settings.INTAKE_LIMIT = 1
    send(client, picture())
    page = thanks(client, send(client, picture(), picture(GIF)))
    assert f"Photo 1 {Trouble.FLOOD.sentence}" in page and f"Photo 2 {Trouble.NO_PICTURE.sentence}" in page
    assert len(kept(tenant)) == 1 and len(leads(tenant)) == 2


def test_only_a_few_requests_of_an_address_store_photos(client: Client, tenant: Tenant) -> None:
    for _ in range(MOST_POSTS):
        send(client, picture())
    page = thanks(client, send(client, picture()))
    assert f"Photo 1 {Trouble.FLOOD.sentence}" in page
    assert len(kept(tenant)) == MOST_POSTS and len(leads(tenant)) == MOST_POSTS + 1


@pytest.mark.django_db(transaction=True)
def test_the_same_photos_sent_twice_concurrently_are_stored_once(tenant: Tenant, captured: Lead) -> None:
    def keep(_: int) -> dict[int, Trouble]:
        return keep_photos(tenant=tenant, lead=captured, photos=[SentPhoto(1, picture())])

    assert at_once(keep, range(4)) == [{}] * 4
    assert len(kept(tenant)) == 1


@contextmanager
def locked(table: str) -> Generator[None]:
    with psycopg.connect(os.environ["PTJ_TEST_OWNER_URL"]) as owner:
        owner.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        yield


@pytest.mark.django_db(transaction=True)
def test_trouble_with_photos_costs_no_lead(client: Client, tenant: Tenant) -> None:
    with locked("files_filechunk"):
        page = thanks(client, send(client, picture()))
    assert f"Photo 1 {Trouble.OURS.sentence}" in page
    assert len(leads(tenant)) == 1 and kept(tenant) == []


@pytest.mark.django_db(transaction=True)
def test_a_database_that_dies_before_the_photos_costs_no_lead(
    client: Client, tenant: Tenant, database_away: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    from syncqueue.views import intake

    def keep(**kwargs: Any) -> Any:
        database_away()
        return keep_photos(**kwargs)

    monkeypatch.setattr(intake, "keep_photos", keep)
    answer = send(client, picture())
    assert answer.status_code == 302 and "photo=1-fault" in answer.url


def test_a_page_with_errors_asks_for_the_photos_again(client: Client, tenant: Tenant) -> None:
    answer = send(client, picture(), name="")
    assert answer.status_code == 422 and "choose them again" in answer.text
    assert "choose them again" not in send(client, name="").text


@pytest.mark.parametrize(
    "query", ["photo=<script>", "photo=1-", "photo=-big", "photo=999-big", "photo=²-big", "photo=1-x"]
)
def test_the_thank_you_page_shows_only_its_closed_list_of_texts(client: Client, tenant: Tenant, query: str) -> None:
    page = client.get(f"{send(client).url}?{query}")
    assert page.status_code == 200 and "Some details are missing" not in page.text


def test_a_disk_that_takes_no_more_costs_the_photos_and_not_the_request(
    client: Client, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", "/no/such/folder")
    page = thanks(client, send(client, picture(), picture(JPEG.ljust(2_000_000))))
    assert f"Photo 1 {Trouble.OURS.sentence}" in page and f"Photo 2 {Trouble.OURS.sentence}" in page
    assert len(leads(tenant)) == 1 and kept(tenant) == []


class Torn(io.BytesIO):
    """A file on a disk that is full when the buffer must be written."""

    def seek(self, *args: int) -> int:
        raise OSError(28, "No space left on device")


def test_failures_after_the_lead_s_commit_are_reported_and_not_raised(
    tenant: Tenant, captured: Lead, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert keep_photos(tenant=tenant, lead=captured, photos=[SentPhoto(1, Torn(JPEG))]) == {1: Trouble.OURS}

    def cut(**file: object) -> None:
        raise InterfaceError("connection already closed")

    monkeypatch.setattr(photos, "store_file", cut)
    assert keep_photos(tenant=tenant, lead=captured, photos=[SentPhoto(1, picture())]) == {1: Trouble.OURS}


# --- Access ------------------------------------------------------------------------------------------


@pytest.fixture
def url(client: Client, tenant: Tenant) -> str:
    send(client, picture(PNG))
    with scope.worker():
        item = SyncItem.objects.get(kind=Kind.BOOKING_REQUEST)
    return reverse("ops:photo", args=[item.public_id, 1])


def test_an_operator_sees_a_photo_for_a_recorded_reason(url: str, operator: User, signed_in: SignIn) -> None:
    answer = signed_in(operator).post(url, {"unmask_reason": "the visitor asked what we see"})
    assert answer.status_code == 200 and opened(answer.content).format == "PNG"
    assert answer["Content-Type"] == "image/png"
    assert answer["Content-Disposition"] == 'inline; filename="photo-1.png"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert "no-store" in answer["Cache-Control"]
    with scope.operator(operator, "test"):
        line = AuditEntry.objects.get(action="syncqueue.photo_seen")
    assert (line.actor, line.reason) == (operator, "the visitor asked what we see")


def test_without_a_reason_it_is_asked_for_and_nothing_is_shown(url: str, operator: User, signed_in: SignIn) -> None:
    answer = signed_in(operator).post(url, {"unmask_reason": " "})
    assert answer.status_code == 422 and "Enter a reason" in answer.text


def test_a_photo_is_shown_only_by_a_post_and_to_roles_that_unmask(
    url: str, viewer: User, operator: User, signed_in: SignIn
) -> None:
    reason = {"unmask_reason": "curious"}
    assert signed_in(viewer).post(url, reason).status_code == 404
    assert signed_in(operator).get(url).status_code == 405
    assert signed_in(operator).post(url.replace("/photos/1", "/photos/2"), reason).status_code == 404


def test_the_service_refuses_who_may_not_unmask(url: str, tenant: Tenant, viewer: User) -> None:
    (lead,) = leads(tenant)
    with pytest.raises(QueueError), scope.operator(viewer, "test"):
        photos.show_photo(lead=lead, position=1, actor=viewer, reason="curious")
