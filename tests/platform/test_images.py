"""Photos of strangers: only their pixels are stored, and nothing that is no image passes."""

import io
import subprocess
import sys
import time
from typing import Any

import pytest
from PIL import ExifTags, Image, PngImagePlugin

from pagetojob.platform.files import images
from pagetojob.platform.files.images import MOST_BYTES, MOST_PIXELS, MOST_SIDE, CleanImage, ImagesNotRead, clean_images
from pagetojob.platform.limited_process import Allowance, Slots
from tests.support.pictures import encoded, exif, huge_png, jpeg, opened, png


def clean(content: bytes) -> CleanImage | None:
    (image,) = clean_images([io.BytesIO(content)])
    return image


def cleaned(content: bytes) -> Image.Image:
    image = clean(content)
    assert image is not None
    return opened(image.content)


def test_each_file_is_answered_in_order() -> None:
    files = [jpeg(), b"", png(), b"GIF89a...", jpeg((1, 1)), png((1, 1))]
    result = clean_images([io.BytesIO(content) for content in files])
    assert [image and image.extension for image in result] == ["jpg", None, "png", None, "jpg", "png"]
    assert [opened(image.content).size for image in result if image] == [(40, 30), (40, 30), (1, 1), (1, 1)]
    assert clean_images([]) == []


def test_place_maker_comment_and_profile_are_gone() -> None:
    sent = jpeg(exif=exif(), comment=b"our kitchen", icc_profile=b"a profile", dpi=(72, 72))
    assert opened(sent).getexif().get_ifd(ExifTags.IFD.GPSInfo)[1] == "N" and b"Maria" in sent
    image = clean(sent)
    assert image is not None
    assert not opened(image.content).getexif()
    for part in (b"Maria", b"kitchen", b"profile", b"Exif"):
        assert part in sent and part not in image.content
    assert not {"comment", "icc_profile", "dpi", "exif"} & set(opened(image.content).info)


def test_texts_of_a_png_are_gone() -> None:
    text = PngImagePlugin.PngInfo()
    text.add_text("Author", "Maria")
    text.add_itxt("XML:com.adobe.xmp", "<x:xmpmeta/>")
    sent = png(pnginfo=text, exif=exif(), icc_profile=b"a profile", dpi=(72, 72))
    assert b"Maria" in sent
    image = clean(sent)
    assert image is not None and opened(image.content).info == {}
    assert not {b"tEXt", b"iTXt", b"eXIf", b"iCCP", b"pHYs"} & {image.content[at : at + 4] for at in range(200)}


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_photo_is_stored_upright(kind: str, orientation: int) -> None:
    """The top left corner of the scene is white, wherever the camera has put it."""
    corner = {1: (0, 0), 2: (1, 0), 3: (1, 1), 4: (0, 1), 5: (0, 0), 6: (0, 1), 7: (1, 1), 8: (1, 0)}[orientation]
    sides = (32, 64) if orientation >= 5 else (64, 32)
    sent = Image.new("RGB", sides)
    left, top = corner[0] * (sides[0] - 16), corner[1] * (sides[1] - 16)
    sent.paste("white", (left, top, left + 16, top + 16))
    image = cleaned(encoded(sent, kind, exif=exif(orientation=orientation))).convert("L")
    assert image.size == (64, 32)
    bright = [image.getpixel(point) > 128 for point in ((4, 4), (60, 4), (4, 28), (60, 28))]  # type: ignore[operator]
    assert bright == [True, False, False, False]


def test_damaged_exif_data_costs_no_photo() -> None:
    assert cleaned(jpeg(exif=b"Exif\x00\x00MM\x00*\xff\xff\xff\xff" + b"\xff" * 90)).size == (40, 30)


def test_long_sides_are_scaled_down() -> None:
    assert cleaned(jpeg((5000, 2500))).size == (MOST_SIDE, MOST_SIDE // 2)
    assert cleaned(png((1, 9000))).size == (1, MOST_SIDE)


MARKUP = b"<html><script>alert(1)</script>"


@pytest.mark.parametrize("content", [jpeg() + MARKUP, png() + MARKUP, jpeg() + b"PK\x03\x04" + MARKUP])
def test_bytes_after_the_image_are_gone(content: bytes) -> None:
    image = clean(content)
    assert image is not None and b"script" not in image.content


@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xd8\xff\xe0" + MARKUP,
        b"\x89PNG\r\n\x1a\n" + MARKUP,
        jpeg()[:-200],
        png((300, 300))[:100],
        encoded(Image.new("RGB", (9, 9)), "GIF"),
        encoded(Image.new("RGB", (9, 9)), "TIFF"),
        encoded(Image.new("RGB", (9, 9)), "BMP"),
        b"%!PS-Adobe-3.0 EPSF-3.0\n",
        huge_png(0, 10),
        huge_png(5000, 5000),
    ],
    ids=["jpeg magic", "png magic", "cut jpeg", "cut png", "gif", "tiff", "bmp", "eps", "no pixels", "missing rows"],
)
def test_a_file_that_is_no_image_is_refused(content: bytes) -> None:
    assert clean(content) is None


def test_too_many_declared_pixels_are_refused_before_they_are_decoded() -> None:
    started = time.monotonic()
    assert clean(huge_png(60_000, 60_000)) is None
    assert time.monotonic() - started < images.WAITING.seconds
    complete = encoded(Image.new("1", (8000, 1 + MOST_PIXELS // 8000)), "PNG")
    too_many, other = clean_images([io.BytesIO(complete), io.BytesIO(png())])
    assert too_many is None and other is not None


def _palette() -> Image.Image:
    image = Image.new("P", (20, 20), 1)
    image.putpalette([255, 0, 0, 0, 255, 0])
    return image


@pytest.mark.parametrize(
    ("content", "mode", "pixel"),
    [
        (encoded(Image.new("L", (20, 20), 200)), "L", 200),
        (encoded(Image.new("CMYK", (20, 20), (0, 0, 0, 255))), "RGB", (0, 0, 0)),
        (encoded(Image.new("1", (20, 20), 1), "PNG"), "RGB", (255, 255, 255)),
        (encoded(Image.new("I;16", (20, 20), 40_000), "PNG"), "L", 156),
        (encoded(Image.new("RGBA", (20, 20), (9, 8, 7, 6)), "PNG"), "RGBA", (9, 8, 7, 6)),
        (encoded(Image.new("LA", (20, 20), (9, 8)), "PNG"), "RGBA", (9, 9, 9, 8)),
        (encoded(_palette(), "PNG"), "RGB", (0, 255, 0)),
        (encoded(_palette(), "PNG", transparency=1), "RGBA", (0, 255, 0, 0)),
        (png((20, 20), save_all=True, append_images=[Image.new("RGB", (20, 20), "red")]), "RGB", (0, 0, 128)),
    ],
    ids=["gray", "cmyk", "bits", "16 bits", "rgba", "gray and alpha", "palette", "clear palette", "animated"],
)
def test_every_kind_of_pixels_is_converted(content: bytes, mode: str, pixel: Any) -> None:
    image = cleaned(content)
    assert (image.mode, image.getpixel((10, 10))) == (mode, pixel)
    assert getattr(image, "n_frames", 1) == 1


def test_a_photo_with_a_second_picture_is_its_first() -> None:
    """Phones add a preview or a depth map to a JPEG, as a second frame."""
    two = encoded(Image.new("RGB", (20, 20), "white"), "MPO", save_all=True, append_images=[Image.new("RGB", (9, 9))])
    image = clean(two)
    assert image is not None and image.content_type == "image/jpeg"
    assert opened(image.content).size == (20, 20) and len(image.content) < len(two)


@pytest.mark.nightly
def test_a_png_that_would_be_too_large_becomes_a_jpeg_on_white() -> None:
    noise = Image.effect_noise((2500, 2500), 100)
    clear = Image.merge("RGBA", [noise, noise, noise.rotate(90), Image.new("L", noise.size, 0)])
    image = clean(encoded(clear, "PNG", compress_level=1))
    assert image is not None and image.content_type == "image/jpeg" and len(image.content) < MOST_BYTES
    assert opened(image.content).getpixel((100, 100)) == (255, 255, 255)


@pytest.mark.parametrize("allowance", [Allowance(seconds=0), Allowance(output=100)])
def test_a_child_that_needs_too_much_is_ended(allowance: Allowance) -> None:
    with pytest.raises(ImagesNotRead):
        clean_images([io.BytesIO(jpeg((2000, 2000)))], allowance=allowance)


def test_a_photo_that_needs_too_much_memory_is_refused_alone() -> None:
    files = [io.BytesIO(png((5000, 5000))), io.BytesIO(jpeg())]
    large, small = clean_images(files, allowance=Allowance(memory=40_000_000))
    assert large is None and small is not None


@pytest.mark.parametrize("answer", [b"", b"text\n", b"[]\n", b'{"type": "image/png"}\n', b'{"type": "", "size": []}'])
def test_a_malformed_answer_of_the_child_stores_nothing(answer: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    def write(*args: object, **how: Any) -> None:
        how["answer"].write(answer)
        how["answer"].seek(0)

    monkeypatch.setattr(images, "run_limited", write)
    with pytest.raises(ImagesNotRead):
        clean_images([io.BytesIO(jpeg())])


def test_markup_in_an_answer_is_no_image(monkeypatch: pytest.MonkeyPatch) -> None:
    def write(*args: object, **how: Any) -> None:
        how["answer"].write(b'{"type": "text/html", "size": 9}\n<script>\n')
        how["answer"].seek(0)

    monkeypatch.setattr(images, "run_limited", write)
    assert clean(jpeg()) is None


def test_an_answer_that_is_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "MOST_BYTES", 100)
    assert clean(jpeg()) is None


def test_many_forms_at_once_do_not_start_a_child_each(monkeypatch: pytest.MonkeyPatch) -> None:
    slots = Slots(running=1, waiting=0, wait_seconds=0.01)
    monkeypatch.setattr(images, "_SLOTS", slots)
    with slots.taken(), pytest.raises(ImagesNotRead):
        clean(jpeg())
    with pytest.raises(ImagesNotRead):
        clean_images([io.BytesIO(jpeg())], allowance=Allowance(seconds=0))
    assert clean(jpeg()) is not None  # a failed child gives its slot back


def test_the_process_that_asks_loads_no_decoder() -> None:
    code = "import sys, pagetojob.platform.files.images; sys.exit('PIL' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
