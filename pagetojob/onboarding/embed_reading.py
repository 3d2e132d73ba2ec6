"""Find our form and its script in a page. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser


@dataclass(frozen=True)
class Reading:
    """The parts of our form on a page: the form, our script, and if one of the scripts has the expected key."""

    has_form: bool
    has_script: bool
    has_key: bool

    @property
    def is_complete(self) -> bool:
        return self.has_form and self.has_key

    @property
    def lack(self) -> str:
        """Return what is missing and what to do; empty for a complete form."""
        if self.is_complete:
            return ""
        if self.has_form and self.has_script:
            return "The page has the form, but with another site key. Copy the form of this page again."
        if self.has_form:
            return "The page has the form without its script. Copy the last line of the HTML into the page, too."
        if self.has_script:
            return "The page has the script without the form. Copy the whole HTML into the page."
        return "The page has neither the form nor its script. Copy the HTML into the page and publish it."


def read_embed(html: str, *, is_expected: Callable[[str], bool]) -> Reading:
    """Return the parts of our form on a page. `is_expected` tells if a site key is the one of the embed."""
    parsed = LexborHTMLParser(html)
    scripts = [
        node.attributes.get("data-site-key") or ""
        for node in parsed.css("script[data-site-key][src]")
        if _is_ours(node.attributes.get("src") or "")
    ]
    has_form = parsed.css_first("form[data-pagetojob]") is not None
    return Reading(has_form, bool(scripts), any(is_expected(key) for key in scripts))


def _is_ours(src: str) -> bool:
    """Return whether an address is that of our script, whose name can contain a hash."""
    try:
        name = urlsplit(src).path.rpartition("/")[2]
    except ValueError:
        return False
    return name.startswith("embed.") and name.endswith(".js")
