"""Decompression of response bodies with a size limit. No I/O."""

import zlib

from .errors import RefusedError

_WAYS = {"gzip": 16 + zlib.MAX_WBITS, "x-gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}


class BodyRefused(RefusedError):
    """The body is over the size limit, or its encoding is unsupported or broken."""


class Decompressor:
    """Incremental decompressor that produces at most `limit` bytes.

    Decompression stops at the limit, so a zip bomb uses no more memory than that.
    """

    def __init__(self, encoding: str, *, limit: int) -> None:
        """Accept a Content-Encoding header. Raises BodyRefused for an encoding we do not support."""
        encoding = encoding.strip().lower()
        self.limit = limit
        self.size = 0
        self._packed = zlib.decompressobj(_WAYS[encoding]) if encoding in _WAYS else None
        if encoding not in {"", "identity", *_WAYS}:
            raise BodyRefused("body-encoding", "The response uses an unsupported compression.")

    def feed(self, piece: bytes) -> bytes:
        """Return the next decompressed bytes. Raises BodyRefused over the limit or for broken data."""
        if self._packed is not None and piece:
            try:
                piece = self._packed.decompress(piece, self.limit - self.size + 1)
            except zlib.error:
                raise BodyRefused("body-broken", "The response could not be decompressed.") from None
        self.size += len(piece)
        if self.size > self.limit:
            raise BodyRefused("body-size", "The response is too large.")
        return piece

    def is_whole(self) -> bool:
        """Return True if a compressed body is complete. Always True for an uncompressed body."""
        return self._packed is None or self._packed.eof
