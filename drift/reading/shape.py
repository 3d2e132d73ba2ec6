"""Check that a page is cheap enough to parse. Pure.

An HTML parser searches its stack of open elements at each tag, and repeats unclosed formatting in each paragraph, as
the standard requires. 100,000 nested elements took 15 s, and unclosed fonts can grow without limit, so both are counted
first, in a single pass over the characters.
"""

import re

from .errors import PageRefused
from .vocabulary import word_set

DEEPEST = 400
MOST_REPEATED = 500_000
_TAG = re.compile(
    r"<!--(?:.*?-->|.*)|<(script|style|textarea|title|xmp)\b(?:.*?</\1|.*)"
    r"|<(/?)([a-z][a-z0-9:-]{0,30})(?:[^>\"']++|\"[^\"]*+\"|'[^']*+')*+",
    re.IGNORECASE | re.DOTALL,
)
#: Elements without a required end tag. They do not add to the nesting depth.
_LIGHT = word_set("shape", "light")
_FORMATTING = word_set("shape", "formatting")


def refuse_costly(html: str) -> None:
    """Raise PageRefused if parsing the page would be disproportionately expensive."""
    depth = open_formatting = repeated = 0
    for tag in _TAG.finditer(html):
        name = (tag[3] or "").lower()
        if not name:
            continue
        step = -1 if tag[2] else 1
        if name in _FORMATTING:
            open_formatting = max(0, open_formatting + step)
        if name not in _LIGHT:
            depth = max(0, depth + step)
        repeated += max(0, open_formatting - 20)
        if depth > DEEPEST or repeated > MOST_REPEATED:
            raise PageRefused("too deep", f"The page nests its elements more than {DEEPEST} levels deep.")
