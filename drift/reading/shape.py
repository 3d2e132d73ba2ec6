"""Is a page cheap enough to parse? Pure.

A parser of HTML keeps a stack of open elements and looks through it at each tag, and repeats unclosed formatting in
each paragraph, as the standard wants. 100,000 nested elements took 15 s and unclosed fonts can grow without limit, so
both are counted first, in one pass that looks at each character once.
"""

import re

from .errors import PageRefused
from .wordset import wordset

DEEPEST = 400
MOST_REPEATED = 500_000
_TAG = re.compile(
    r"<!--(?:.*?-->|.*)|<(script|style|textarea|title|xmp)\b(?:.*?</\1|.*)"
    r"|<(/?)([a-z][a-z0-9:-]{0,30})(?:[^>\"']++|\"[^\"]*+\"|'[^']*+')*+",
    re.IGNORECASE | re.DOTALL,
)
#: No end tag is needed, or none exists; they do not pile up.
_LIGHT = wordset(
    "area base br col embed hr img input link meta param source track wbr p li dt dd option optgroup tr td th "
    "thead tbody tfoot colgroup rp rt html head body path circle rect line polygon polyline ellipse use stop"
)
_FORMATTING = wordset("a b big code em font i nobr s small strike strong tt u")


def refuse_costly(html: str) -> None:
    """Raises PageRefused for a page whose parsing would cost out of all proportion."""
    depth = open_formatting = repeated = 0
    for found in _TAG.finditer(html):
        name = (found[3] or "").lower()
        if not name:
            continue
        step = -1 if found[2] else 1
        if name in _FORMATTING:
            open_formatting = max(0, open_formatting + step)
        if name not in _LIGHT:
            depth = max(0, depth + step)
        repeated += max(0, open_formatting - 20)
        if depth > DEEPEST or repeated > MOST_REPEATED:
            raise PageRefused("too deep", f"The page nests its elements more than {DEEPEST} levels deep.")
