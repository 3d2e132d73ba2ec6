"""Match printed prices with items of the tenant's pricebook. Pure."""

import re

from .guide import Names, Sought, telling
from .money import Amount, amounts_in

_CLOSES = re.compile(r"\s{0,2}(?:$|[,;.|)\n]|\w{0,3}\s?(?:[,;.)]|$))")
_CLAUSE = re.compile(r"[,;]\s")
_AND = re.compile(r"\s(?:and|&|plus|\+)\s")
_OPENS = re.compile(r"(?:^|[,;:(|\n])\s{0,2}(?:only |just |for )?$")


def own_name(text: str, one: Amount, span: tuple[int, int], above: str, among: Names) -> str:
    """Return the name of the pricebook item that the words around an amount mean; empty if uncertain.

    `span` is its sentence, `above` the words above it. If several items match, the one with exactly that price is
    meant.
    """
    if not among:
        return ""
    first, last = span
    amounts = amounts_in(text)
    first = max([first, *(other.end for other in amounts if other.end <= one.start)])
    last = min([last, *(other.start for other in amounts if other.start >= one.end)])
    ahead, behind = text[first : one.start], text[one.end : last]
    if last < span[1] or telling(ahead):
        behind = _CLAUSE.split(behind)[0]
    if re.match(r"\.\s(?!(?:That|This|It|The)\b)[A-Z]", behind) and re.search(r"[A-Za-z]{3}", ahead):
        behind = ""  # "Service call $89. Main line drain cleaning $225."
    near = [_without_more(among.named(telling(words)), words) for words in (ahead, behind)]
    if not any(near):
        whole = among.named(telling(f"{ahead} {behind}"))
        near = [whole or _with_heading(f"{ahead} {behind}", above, among), []]
    if same := [each for found in near for each in found if each.price == one.value]:
        return same[0].name
    if all(near) and near[0] != near[1]:
        is_ahead = bool(_CLOSES.match(text[one.end :])) and not _OPENS.search(text[: one.start])
        near = [near[0]] if is_ahead else [near[1]]
    found = next((each for each in near if each), [])
    return found[0].name if len(found) == 1 else ""


def _without_more(found: list[Sought], words: str) -> list[Sought]:
    """Drop items that cover only a part of the words: "Water heater flush and anode" is more than the flush."""
    more = [telling(part) for part in _AND.split(words)[1:]]
    return [one for one in found if all(not part or any(way & part for way in one.ways) for part in more)]


def _with_heading(words: str, above: str, among: Names) -> list[Sought]:
    """Return items named by a line together with its heading. The line itself must name a part, or nothing at all."""
    own = telling(words)
    found = among.named(own | telling(above))
    return [one for one in found if not own or any(way & own for way in one.ways)]
