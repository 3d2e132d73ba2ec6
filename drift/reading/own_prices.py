"""Match printed prices with items of the tenant's pricebook. Pure."""

import re

from .guide import NamedItem, Names, telling
from .money import Amount, amounts_in

_CLOSES = re.compile(r"\s{0,2}(?:$|[,;.|)\n]|\w{0,3}\s?(?:[,;.)]|$))")
_CLAUSE = re.compile(r"[,;]\s")
_AND = re.compile(r"\s(?:and|&|plus|\+)\s")
_OPENS = re.compile(r"(?:^|[,;:(|\n])\s{0,2}(?:only |just |for )?$")


def own_name(text: str, amount: Amount, span: tuple[int, int], above: str, among: Names) -> str:
    """Return the name of the pricebook item that the words around an amount mean; empty if uncertain.

    `span` is its sentence, `above` the words above it. If several items match, the one with exactly that price is
    meant.
    """
    if not among:
        return ""
    first, last = span
    amounts = amounts_in(text)
    first = max([first, *(other.end for other in amounts if other.end <= amount.start)])
    last = min([last, *(other.start for other in amounts if other.start >= amount.end)])
    ahead, after = text[first : amount.start], text[amount.end : last]
    if last < span[1] or telling(ahead):
        after = _CLAUSE.split(after)[0]
    if re.match(r"\.\s(?!(?:That|This|It|The)\b)[A-Z]", after) and re.search(r"[A-Za-z]{3}", ahead):
        after = ""  # "Service call $89. Main line drain cleaning $225."
    near = [_without_more(among.named(telling(words)), words) for words in (ahead, after)]
    if not any(near):
        whole = among.named(telling(f"{ahead} {after}"))
        near = [whole or _with_heading(f"{ahead} {after}", above, among), []]
    if same := [each for matches in near for each in matches if each.price == amount.value]:
        return same[0].name
    if all(near) and near[0] != near[1]:
        is_ahead = bool(_CLOSES.match(text[amount.end :])) and not _OPENS.search(text[: amount.start])
        near = [near[0]] if is_ahead else [near[1]]
    matches = next((each for each in near if each), [])
    return matches[0].name if len(matches) == 1 else ""


def _without_more(items: list[NamedItem], words: str) -> list[NamedItem]:
    """Drop items that cover only a part of the words: "Water heater flush and anode" is more than the flush."""
    more = [telling(part) for part in _AND.split(words)[1:]]
    return [item for item in items if all(not part or any(way & part for way in item.ways) for part in more)]


def _with_heading(words: str, above: str, among: Names) -> list[NamedItem]:
    """Return items named by a line together with its heading. The line itself must name a part, or nothing at all."""
    own = telling(words)
    items = among.named(own | telling(above))
    return [item for item in items if not own or any(way & own for way in item.ways)]
