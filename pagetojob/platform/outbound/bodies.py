"""Reading a body that may be packed, with an end to what it may become. Pure."""

import zlib

from .errors import RefusedError

_WAYS = {"gzip": 16 + zlib.MAX_WBITS, "x-gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}


class BodyRefused(RefusedError):
    """The body is larger than we read, or packed in a way we do not unpack."""


class Unpacker:
    """Takes a body piece by piece and gives at most `limit` bytes of what was packed in it.

    A bomb of a kilobyte costs no more memory than `limit`: the unpacking itself is stopped there.
    """

    def __init__(self, encoding: str, *, limit: int) -> None:
        """`encoding` is the Content-Encoding header; raises BodyRefused for one we did not ask for."""
        encoding = encoding.strip().lower()
        self.limit = limit
        self.size = 0
        self._packed = zlib.decompressobj(_WAYS[encoding]) if encoding in _WAYS else None
        if encoding not in {"", "identity", *_WAYS}:
            raise BodyRefused("body-encoding", "The answer is packed in a way that we do not unpack.")

    def feed(self, piece: bytes) -> bytes:
        """The next plain bytes. Raises BodyRefused past the limit, and for what cannot be unpacked."""
        if self._packed is not None and piece:
            try:
                piece = self._packed.decompress(piece, self.limit - self.size + 1)
            except zlib.error:
                raise BodyRefused("body-broken", "The answer could not be unpacked.") from None
        self.size += len(piece)
        if self.size > self.limit:
            raise BodyRefused("body-size", "The answer is larger than we read.")
        return piece

    def is_whole(self) -> bool:
        """Whether a packed body has reached its end; one that is not packed has no end of its own."""
        return self._packed is None or self._packed.eof
