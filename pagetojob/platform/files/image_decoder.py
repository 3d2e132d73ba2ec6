"""Decode the images on standard input and encode them again, without metadata. Pure; runs only as a child process.

The pixels are all that is taken over: no EXIF data, color profile, comment, text, further frame or trailing byte.
"""

import json
import sys
from io import BytesIO

from PIL import ExifTags, Image

from pagetojob.platform.files.images import MOST_BYTES, MOST_PIXELS, Order
from pagetojob.platform.limited_process import read_order

_JPEG_QUALITY = 85
#: A fifth of the time of the default level, for a fifth more bytes.
_PNG_LEVEL = 2
_TURN = Image.Transpose
#: Undo the values of the EXIF tag Orientation.
_UPRIGHT = {
    2: _TURN.FLIP_LEFT_RIGHT,
    3: _TURN.ROTATE_180,
    4: _TURN.FLIP_TOP_BOTTOM,
    5: _TURN.TRANSPOSE,
    6: _TURN.ROTATE_270,
    7: _TURN.TRANSVERSE,
    8: _TURN.ROTATE_90,
}


def main() -> None:
    """Read images of the ordered sizes. For each, write a line of JSON with type and size, and then its bytes."""
    order: Order = read_order()
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    for size in order.sizes:
        content_type, cleaned = _clean(sys.stdin.buffer.read(size), order.most_side)
        heading = json.dumps({"type": content_type, "size": len(cleaned)})
        sys.stdout.buffer.write(heading.encode() + b"\n" + cleaned)
    sys.stdout.flush()


def _clean(content: bytes, most_side: int) -> tuple[str, bytes]:
    """Return the content type and the new bytes; both are empty for a file that is refused."""
    try:
        with Image.open(BytesIO(content), formats=("JPEG", "PNG")) as image:
            if image.width * image.height > MOST_PIXELS:
                return "", b""
            return _encode(_fit(image, most_side), as_png=image.format == "PNG")
    except Exception:  # a decoder raises many types for a damaged file, and one photo must not cost the others
        return "", b""


def _fit(image: Image.Image, most_side: int) -> Image.Image:
    """Return a gray, RGB or RGBA image: upright, 8 bits per channel, its longer side at most `most_side`."""
    if image.mode.startswith("I"):
        image = image.convert("I").point(lambda level: level / 256).convert("L")
    if image.has_transparency_data:
        image = image.convert("RGBA")
    elif image.mode not in {"L", "RGB", "CMYK"}:
        image = image.convert("RGB")
    # With this gap a JPEG is decoded at a fraction of its size where that suffices, which saves most of the memory.
    image.thumbnail((most_side, most_side), Image.Resampling.LANCZOS, reducing_gap=1.0)
    turn = _UPRIGHT.get(_orientation(image))
    if turn is not None:
        image = image.transpose(turn)
    return image.convert("RGB") if image.mode == "CMYK" else image


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # damaged EXIF data is no reason to refuse the photo
        return 1


def _encode(image: Image.Image, *, as_png: bool) -> tuple[str, bytes]:
    """Encode the pixels; a PNG that would be larger than `MOST_BYTES` becomes a JPEG on white."""
    pixels = image.copy()
    pixels.info = {}  # else comments, profiles and resolutions would be written again
    encoded = BytesIO()
    if as_png:
        pixels.save(encoded, "PNG", compress_level=_PNG_LEVEL)
        if encoded.tell() <= MOST_BYTES:
            return "image/png", encoded.getvalue()
        if pixels.mode == "RGBA":
            white = Image.new("RGBA", pixels.size, "white")
            pixels = Image.alpha_composite(white, pixels).convert("RGB")
        encoded = BytesIO()
    pixels.save(encoded, "JPEG", quality=_JPEG_QUALITY)
    return "image/jpeg", encoded.getvalue()


if __name__ == "__main__":
    main()
