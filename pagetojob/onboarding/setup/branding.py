"""The color and the logo of a business."""

import re
from typing import IO

from pagetojob.platform.files.images import ImagesNotRead, clean_images

#: WCAG AA for text: white labels on buttons of the color.
LEAST_CONTRAST = 4.5
LARGEST_LOGO = 5 * 1024**2
#: Pixels of its longer side; websites show it at most a quarter as large.
LOGO_SIDE = 512
LARGEST_STORED = 600_000
_COLOR = re.compile(r"#[0-9a-f]{6}")


class BadBranding(ValueError):
    """Raised for a color or a logo that cannot be used; the message is for people."""


def checked_color(typed: str) -> str:
    """Return a color in lower case; empty for none. Raises BadBranding if white text on it is hard to read."""
    color = typed.strip().lower()
    if not color:
        return ""
    if not _COLOR.fullmatch(color):
        raise BadBranding("Enter a color as # and six digits or letters from A to F, such as #0b5cad.")
    contrast = contrast_with_white(color)
    if contrast < LEAST_CONTRAST:
        raise BadBranding(
            f"White text on this color has a contrast of {contrast:.1f} to 1 and needs {LEAST_CONTRAST} to 1. "
            f"A darker shade of it works: {darkened(color)}."
        )
    return color


def contrast_with_white(color: str) -> float:
    """Return the WCAG contrast ratio of a color and white."""
    return 1.05 / (_luminance(_channels(color)) + 0.05)


def darkened(color: str) -> str:
    """Return the lightest shade of a color on which white text is readable."""
    channels = _channels(color)
    for percent in range(100, -1, -1):
        shade = [channel * percent // 100 for channel in channels]
        if 1.05 / (_luminance(shade) + 0.05) >= LEAST_CONTRAST:
            break
    return "#" + "".join(f"{channel:02x}" for channel in shade)


def _channels(color: str) -> list[int]:
    return [int(color[place : place + 2], 16) for place in (1, 3, 5)]


def _luminance(channels: list[int]) -> float:
    linear = [_linear(channel / 255) for channel in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _linear(share: float) -> float:
    return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4


def clean_logo(content: IO[bytes], size: int) -> tuple[str, bytes]:
    """Return the content type and the bytes of a logo that contain only the pixels of a file. Raises BadBranding.

    Starts a child process: call it outside any transaction.
    """
    if size > LARGEST_LOGO:
        raise BadBranding("The logo is larger than 5 MB. Upload a smaller file.")
    try:
        (image,) = clean_images([content], most_side=LOGO_SIDE)
    except (ImagesNotRead, OSError) as error:
        raise BadBranding("The logo could not be read right now. Try again, or upload a smaller file.") from error
    if image is None or len(image.content) > LARGEST_STORED:
        raise BadBranding("Upload the logo as a PNG or JPEG image. Other formats, such as SVG, cannot be used.")
    return image.content_type, image.content
