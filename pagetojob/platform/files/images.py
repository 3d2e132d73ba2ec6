"""Clean the photos of strangers: a child process decodes them and encodes their pixels again. Pure.

This module never touches a decoder, so neither does a process that imports it.
"""

import json
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO

from pagetojob.platform.limited_process import Allowance, ChildFailed, Slots, run_limited

#: The accepted formats, and the extensions of their file names.
EXTENSIONS = {"image/jpeg": "jpg", "image/png": "png"}
#: Declared pixels; cameras of 50 megapixels have up to 8,192 x 6,144.
MOST_PIXELS = 52_000_000
#: Pixels of the longer side after cleaning: enough to read a type plate.
MOST_SIDE = 2560
#: Bytes of a cleaned image.
MOST_BYTES = 8 * 1024**2
#: Limits for all photos of one form, while a person waits for the page.
WAITING = Allowance(seconds=10, output=5 * (MOST_BYTES + 100))
#: Children of this process at a time, so that many forms at once cannot take the memory of the machine.
_SLOTS = Slots(running=2, waiting=6, wait_seconds=5)


class ImagesNotRead(Exception):
    """Raised when the child exceeds its allowance, or too many others are running."""


@dataclass(frozen=True, slots=True)
class CleanImage:
    """An image that contains nothing of the sent file except its pixels."""

    content_type: str
    content: bytes

    @property
    def extension(self) -> str:
        return EXTENSIONS[self.content_type]


@dataclass(frozen=True, slots=True)
class Order:
    """The child's order: bytes of each image on its standard input, and pixels of the longer side after cleaning."""

    sizes: tuple[int, ...]
    most_side: int


def clean_images(
    contents: Sequence[IO[bytes]], *, allowance: Allowance = WAITING, most_side: int = MOST_SIDE
) -> list[CleanImage | None]:
    """Return each file cleaned, in order; None for a file that is not a readable JPEG or PNG, or has too many pixels.

    Starts a single child process: call it outside any transaction. Raises ImagesNotRead, or OSError if a file
    cannot be copied.
    """
    with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as answer:
        sizes = []
        for content in contents:
            start = source.tell()
            content.seek(0)
            shutil.copyfileobj(content, source)
            sizes.append(source.tell() - start)
        module = "pagetojob.platform.files.image_decoder"
        try:
            with _SLOTS.taken():
                run_limited(module, Order(tuple(sizes), most_side), source=source, answer=answer, allowance=allowance)
        except ChildFailed as error:
            raise ImagesNotRead from error
        return [_read(answer) for _ in sizes]


def _read(answer: IO[bytes]) -> CleanImage | None:
    try:
        heading = json.loads(answer.readline())
        content_type, content = str(heading["type"]), answer.read(int(heading["size"]))
    except (ValueError, TypeError, KeyError) as error:  # no decoder of ours wrote this
        raise ImagesNotRead from error
    if content_type not in EXTENSIONS or len(content) > MOST_BYTES:
        return None
    return CleanImage(content_type, content)
