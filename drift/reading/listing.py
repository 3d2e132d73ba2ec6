"""Extract the services that the shop offers: by the common words, and by the form of their names. Pure."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain

from .blocks import BADGE, BLOG, FORM, JOBS, TESTIMONIAL, Block, Page
from .facts import PLAIN, Fact, Kind
from .groups import FEWEST, LONGEST_ITEM, Group
from .places import is_city
from .sentences import denies, is_denied, is_negative, refuses
from .services import Lexicon, Mention, common_parts, is_complete, mentions, own_words, singular
from .vocabulary import topic

_WORDS = topic("listing")
_FEES = topic("prices").fees
#: Endings of words for acts: `mitigation`, `hookup`, `abatement`.
_ACT_FORM = re.compile(r"\w{3}(?:tion|sion|ing|ment|al|up|care)$")
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")
_NO_NAME = re.compile(r"[\d$%?!@:;\"“”]|\.\s?\S|https?")
#: "Fence repair - by the hour": the price in a list of services.
_PRICE = re.compile(r" - (?:(?:from )?\$|by the |call\b).*$", re.IGNORECASE)
_IN = re.compile(r"\s(?:in|near|for|throughout|across|serving)\s(.*)$")
_LEADING = frozenset({"for", "from", "to", "with", "by", "in", "at", "also"})
_ALONE = frozenset({"service", "services", "care", "contractor", "contractors", "support"})
_MOST_WORDS, _MOST_IN_A_SENTENCE, _FEWEST_ALIKE = 6, 5, 2
_LISTED, _LABELED = 0.75, 0.66
_SKIPPED = {TESTIMONIAL, BADGE, JOBS, BLOG, FORM}
#: Alone, these words name the problem and not the service.
_TROUBLES = frozenset({"leak", "slab leak", "pipe", "roof", "bathroom", "appliance"})
_SHORT = 70
#: A longer text explains; headings, lists and short texts offer.
_LONGEST_OFFER = 170
_PLAN = re.compile(r"\s(?:plans?|agreements?|memberships?|programs?|club)\b", re.IGNORECASE)
#: Signs and words between the names of a list in a text.
_JOINTS = re.compile(r"\n|\s?[•·|]\s|,\s(?:and\s|or\s)?|\sand\s")
_LIST_TAGS = frozenset({"li", "a", "td", "th", "dt", "option", "button", "title"})
_MENTIONED, _OFFERED, _NAMED = 0.5, 0.72, 0.9


def services(page: Page, lexicon: Lexicon) -> Iterator[Fact]:
    """Yield a fact for each service named, with the highest confidence in headings, list items and links."""
    for block in page.blocks:
        if TESTIMONIAL in block.marks or is_declined(page, block):
            continue
        is_weak = block.tag in ("meta", "img") or _is_home_link(block)
        is_weak = is_weak or (block.region == "footer" and len(block.flat) > _SHORT)
        for mention in mentions(block.flat, lexicon):
            span = (mention.start, mention.end)
            is_in_passing = is_weak or _PLAN.match(block.flat, mention.end)
            sure = min(_sure(block, mention), _MENTIONED if is_in_passing else 1)
            if sure and not is_denied(block.flat, *span):
                yield block.fact(Kind.SERVICE, mention.name, sure, span=span)


def is_declined(page: Page, block: Block) -> bool:
    """Return whether a block is below a denying heading, or is a question that is answered with no."""
    return denies(block.heading) or (block.flat.endswith("?") and refuses(page.text_after(block)))


def _sure(block: Block, mention: Mention) -> float:
    text, is_question = block.flat, block.flat.rstrip().endswith("?")
    is_title = block.is_heading or (block.tag in _LIST_TAGS and len(text) <= _SHORT)
    if not (is_complete(mention.key) or mention.key[0] == "own"):
        is_alone = len(text) <= mention.end - mention.start + 14 and mention.key[0] not in _TROUBLES
        return 0.66 if is_title and is_alone and not is_question else 0.0
    if is_question or (len(text) > _LONGEST_OFFER and not is_title):
        return _MENTIONED
    return _NAMED if is_title and BLOG not in block.marks else _OFFERED


def _is_home_link(block: Block) -> bool:
    """Return whether a block is the link to the home page, which shows the name of the company."""
    home = ("/", "./", "index.html", "/index.html", "#")
    return block.region in ("header", "nav") and len(block.links) == 1 and block.links[0][0] in home


def normalized(facts: Iterator[Fact], lexicon: Lexicon) -> Iterator[Fact]:
    """Replace service names in facts from structured data with the names of our vocabulary."""
    for fact in facts:
        named = mentions(fact.value, lexicon) if fact.kind is Kind.SERVICE else []
        yield from [replace(fact, value=mention.name) for mention in named] or [fact]


def _lists(blocks: Iterable[Block]) -> Iterator[Group]:
    """Yield the lists in texts: lines, or names between commas or signs below a label or after one."""
    for block in blocks:
        text = block.text.translate(PLAIN)
        label = _WORDS.intro.match(text)
        parts = [part.strip() for part in _JOINTS.split(text[label.end() if label else 0 :].rstrip(". "))]
        is_list = len(parts) >= FEWEST and max(map(len, parts)) <= LONGEST_ITEM and not is_negative(text)
        if is_list and block.region == "main":
            items = [replace(block, text=part[:1].upper() + part[1:]) for part in parts if part]
            yield Group(items, ["services"] if label else block.labels)


def service_names(groups: Iterable[Group], blocks: Iterable[Block], lexicon: Lexicon) -> Iterator[Fact]:
    """Yield a fact for each service whose name the common words do not cover: "Ant Control", "Deck Washing"."""
    listed = (item for group in groups for item in _of_group(group, lexicon))
    # A text also lists parts, so that only a thing with its act is a service there.
    in_texts = (item for group in _lists(blocks) for item in _of_group(group, lexicon))
    for block, name, sure in chain(listed, (item for item in in_texts if " " in item[1] and _ends_with_act(item[1]))):
        if not _is_common(name, lexicon) and not denies(block.heading):
            yield block.fact(Kind.SERVICE, name, sure)


def priced_names(prices: Iterable[Fact], lexicon: Lexicon) -> Iterator[Fact]:
    """Yield the services that names of prices have the form of. A range estimates the price of a part."""
    for fact in (fact for fact in prices if fact.kind is Kind.PRICE and "to" not in fact.detail):
        name = _name(fact.value)
        if name and not _FEES.fullmatch(name) and _ends_with_act(name) and not _is_common(name, lexicon):
            sure = min(fact.confidence, _LISTED)
            yield replace(fact, kind=Kind.SERVICE, value=name, confidence=sure, price=None, detail={})


def _is_common(name: str, lexicon: Lexicon) -> bool:
    return any(is_complete(mention.key) for mention in mentions(name, lexicon)) and not own_words(name)


def _of_group(group: Group, lexicon: Lexicon) -> Iterator[tuple[Block, str, float]]:
    """Yield the items of a group that are services: by their form, or by the label and the other items of the group."""
    items = [item for item in group.items if not item.marks & _SKIPPED]
    names = [(item, _name(item.flat)) for item in items]
    in_menu = items[0].region != "main" or any(item.links for item in items) if items else False
    acts = (bool(name) and _ends_with_act(name, surely=not in_menu) for _, name in names)
    # "Drains" in a menu is a service, as "Bath remodeling" is.
    things = (in_menu and bool(name) and not own_words(name) and bool(mentions(name, lexicon)) for _, name in names)
    alike = sum(map(max, acts, things))
    label = next((words for words in group.labels if _WORDS.label.search(words) or _WORDS.no_label.search(words)), "")
    is_labeled = bool(_WORDS.label.search(label)) and not _WORDS.no_label.search(label)
    is_prose = group.items[0].region == "main" and not any(
        item.links or item.level or item.tag == "dt" for item in items
    )
    are_most = 2 * alike > len(items)
    # Prose lists parts of a service, or benefits of a plan.
    if not is_labeled and (is_prose or alike < _FEWEST_ALIKE or (_WORDS.no_label.search(label) and not are_most)):
        return
    for item, name in names:
        is_named = bool(name) and _ends_with_act(name, surely=not (in_menu or is_labeled))
        if is_named or name.lower() in _WORDS.sectors:
            yield item, name, _LISTED
        elif name and alike and (is_labeled or are_most) and not is_city(name):
            yield item, name, _LABELED


def _name(text: str) -> str:
    """Return the name of a service without praise and place; empty if the text has another form."""
    text = _WORDS.praise.sub("", _PRICE.sub("", " ".join(text.split()).strip(" .•·|→>-✓✔►▪●")))
    if (place := _IN.search(text)) and is_city(place[1]):
        text = text[: place.start()]
    words = _WORD.findall(text.lower())
    if not words or len(words) > _MOST_WORDS or _NO_NAME.search(text) or not text[0].isupper():
        return ""
    if words[0] in _LEADING or (len(words) == 1 and words[0] in _ALONE):
        return ""
    return "" if any(singular(word) in _WORDS.no_service for word in words) or len(text) < 4 else text


def names_act(text: str) -> bool:
    """Return whether a text has the form of the name of a service: an act, and no verb or word of another part."""
    name = _name(text[:1].upper() + text[1:])
    return bool(name) and len(name.split()) <= _MOST_IN_A_SENTENCE and _ends_with_act(name)


def _ends_with_act(name: str, *, surely: bool = True) -> bool:
    """Return whether a name has an act or a trade: "Fan Repair", "Repair of locks"; "Conditions" has only its form."""
    parts = common_parts(name)
    last, part = _WORD.findall(name.lower())[-1], parts[-1]
    is_first = parts[0].sign in "AS" and [part.word for part in parts[1:2]] == ["of"]
    is_sure = last.endswith("ing") or singular(last) in _WORDS.acts or part.sign in "AS" or is_first
    return is_sure or (not surely and last not in _WORDS.sectors and bool(_ACT_FORM.search(part.word or part.key[0])))
