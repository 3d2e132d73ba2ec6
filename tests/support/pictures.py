"""Real images for tests, made with Pillow."""

import io
import struct
import zlib
from typing import Any

from PIL import ExifTags, Image


def encoded(image: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    content = io.BytesIO()
    image.save(content, kind, **options)
    return content.getvalue()


def jpeg(size: tuple[int, int] = (40, 30), **options: Any) -> bytes:
    return encoded(Image.new("RGB", size, "orange"), **options)


def png(size: tuple[int, int] = (40, 30), **options: Any) -> bytes:
    return encoded(Image.new("RGB", size, "navy"), "PNG", **options)


def opened(content: bytes) -> Image.Image:
    """Return the decoded image; raises for a file that is none."""
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


def exif(*, orientation: int = 1) -> Image.Exif:
    """Return the EXIF data of a phone: its place, its maker, and how it was held."""
    data = Image.Exif()
    data[ExifTags.Base.Orientation] = orientation
    data[ExifTags.Base.Make] = "Phone of Maria"
    data.get_ifd(ExifTags.IFD.GPSInfo).update({1: "N", 2: (33.0, 26.0, 54.0), 3: "W", 4: (112.0, 4.0, 26.0)})
    return data


def huge_png(width: int, height: int) -> bytes:
    """Return a small PNG that declares the size and ends after a few rows."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(100_000))) + chunk(b"IEND", b"")
