"""Parse robots.txt according to RFC 9309. Pure."""

from dataclasses import dataclass
from functools import lru_cache

from protego import Protego

from pagetojob.platform.outbound.fetching import USER_AGENT

MOST_BYTES = 500_000
#: Limit in seconds. A site that asks for longer pauses is read manually, because a reading must end.
LONGEST_PAUSE = 30.0


@dataclass(frozen=True)
class Rules:
    """The rules of one robots.txt. `text` is empty when the site has none; everything is allowed then."""

    text: str

    def allows(self, url: str) -> bool:
        return bool(self._parsed().can_fetch(url, USER_AGENT))

    @property
    def pause(self) -> float:
        """Return the seconds between requests that the site asks for; 0 if it does not ask."""
        parsed = self._parsed()
        delay, rate = parsed.crawl_delay(USER_AGENT) or 0.0, parsed.request_rate(USER_AGENT)
        return max(float(delay), rate.seconds / rate.requests if rate and rate.requests else 0.0)

    @property
    def sitemaps(self) -> list[str]:
        return list(self._parsed().sitemaps)

    def _parsed(self) -> Protego:
        return _parse(self.text)


@lru_cache(maxsize=4)
def _parse(text: str) -> Protego:
    """Parse rules once: a site chooses their size, and each of its links asks them."""
    return Protego.parse(text)


def text_of(body: bytes) -> str:
    """Decode a robots.txt, cut at 500 kB as RFC 9309 allows."""
    return body[:MOST_BYTES].decode("utf-8", "replace").replace("\x00", "")
