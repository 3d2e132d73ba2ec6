"""Extract the cities and ZIP codes that the shop serves. Pure."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice, zip_longest

from .blocks import BADGE, BLOG, FORM, JOBS, TESTIMONIAL, Block, Page
from .facts import PLAIN, Fact, Kind
from .groups import Group
from .listing import is_declined
from .places import is_region, plain, spelled, state_code
from .sentences import is_denied, sentence_around
from .services import THINGS, Lexicon
from .town_names import AND, NO_AREA, PLANNED, RUN, STATE, STATE_LAST, URGENT, TownNames, home_states, is_place
from .vocabulary import topic

_WORDS = topic("areas")
_LEAD = _WORDS.run_lead.pattern
_GAP = re.compile(
    rf"\s{{0,2}}(?:,\s?(?:and|&|or|plus)\b|[,&/·•]|\band\b|\bor\b|\bto\b|\bas well as\b)\s{{0,2}}{_LEAD}",
    re.IGNORECASE,
)
_AHEAD = re.compile(rf"(?:(?P<some>\b(?:from|in|across|around)\b)|{_WORDS.serving.pattern}){_LEAD}$", re.IGNORECASE)
#: "Ascension: Prairieville, Gonzales": the name before the colon labels the line.
_LABEL = re.compile(r"[A-Z][A-Za-z .'&-]{2,30}(?<!County)(?<!Counties):\s(?=[A-Z][^\n]*[,&]|[A-Z][^\n]*\band\b)")
_STATE = re.compile(rf"(,)?\s{{1,2}}\(?({STATE})\b\)?(\s{{0,2}}\d{{5}})?")
#: "Maricopa & Pinal Counties" are no towns.
_COUNTIES = re.compile(r"\s?\b[Cc]ounties\b")
_STREET = re.compile(r"\d+\s(?:[A-Z][\w.]* ){1,4},?\s?$")
_BARS = re.compile(r"\s\|\s")
_SENTENCE_END = re.compile(r"(?<=[a-z]{3})[.!?]\s+(?=[A-Z])")
_ZIP = re.compile(r"(?<![\d$#.,-])(\d{5})(?![\d]|\s?-\s?\d{3}|\.\d)")
#: ZIP codes of a page that are read. A hostile page of ten megabytes has more than a million.
MOST_CODES = 5_000
#: A line of ZIP codes only needs no context words.
_ONLY_ZIPS = re.compile(r"(?:\d{5}[\s,|•·;&]{0,4}(?:and\s)?){3,400}")
_NO_ZIP = re.compile(rf"\b(?:{STATE})\.?,?\s*$|\b[Ll]ic|ROC|\b[Nn]o\.|[Nn]umber")
#: Headings of cards and cells are about anything below "Service areas".
_CARD_TAGS = frozenset({"td", "th", "dt", "dd", "p"})
_FEWEST, _MOST_WORDS, _MOST_SHARED = 3, 3, 0.6
#: Lengths in characters of structured data that may name states, of texts with towns, and of a list.
_LONGEST_DATA, _LONGEST, _LONGEST_LIST, _SHORT, _LONGEST_LEAD = 20_000, 6000, 1500, 60, 120
_LISTED, _GROUPED, _SERVED, _NEW_GROUPED, _NEW_LISTED, _BY_STATE, _NEW = 0.92, 0.9, 0.86, 0.8, 0.7, 0.66, 0.62
_WORKED, _TELLING = 0.72, 0.97


def areas(
    page: Page, groups: Iterable[Group], lexicon: Lexicon, own: frozenset[str], towns: frozenset[str]
) -> Iterator[Fact]:
    """Yield a fact for each city and ZIP code served.

    `own` are the plain names of places in the tenant's map, and `towns` those that are searched everywhere.
    """
    home = home_states((*(block.flat for block in page.blocks), *(script[:_LONGEST_DATA] for _, script in page.data)))
    names = TownNames(lexicon, own | towns, home)
    grouped: dict[int, list[_Spot]] = {}
    for group in groups:
        items = [_Spot(item, 0, len(item.flat)) for item in group.items if FORM not in item.marks]
        for spot in _of_list(items, group.labels, names):
            grouped.setdefault(spot.block.index, []).append(spot)
    others = {TESTIMONIAL, BADGE, JOBS, BLOG}
    blocks = [block for block in page.blocks if not (block.marks & others or is_declined(page, block))]
    for block in blocks:
        for spot in grouped.get(block.index) or _of_text(block, names, towns):
            is_place = names.is_own(spot.name) or not is_region(spot.name)
            if is_place and not is_denied(block.flat, spot.start, spot.end):
                detail = {"state": spot.state} if spot.state else {}
                span = (spot.start, spot.end)
                yield block.fact(Kind.AREA_CITY, spelled(spot.name), spot.sure, span=span, detail=detail)
    yield from islice((fact for block in blocks for fact in _zip_codes(block)), MOST_CODES)


@dataclass(slots=True)
class _Spot:
    """A part of a text that may name a place. `end` is the end of the name, `last` of the state after it."""

    block: Block
    start: int
    end: int
    known: bool = False
    sure: float = 0.0
    name: str = field(init=False)
    last: int = field(init=False)
    state: str = field(init=False)
    placed: bool = field(init=False)  # by a state: "Mesa, AZ", but not "Mesa, AZ 85201"

    def __post_init__(self) -> None:
        self.name, state = self.block.flat[self.start : self.end], _STATE.match(self.block.flat, self.end)
        self.last, self.state = (state.end(), state_code(state[2])) if state else (self.end, "")
        self.placed = state is not None and not state[3] and (self.known or bool(state[1]))  # "Show ID"


def _of_text(block: Block, names: TownNames, towns: frozenset[str]) -> Iterator[_Spot]:
    """Yield the towns of a list in a text, those of its sentences, and those of the tenant's map."""
    text = block.text.translate(PLAIN)
    if len(text) > _LONGEST:
        return
    end = match.start() if (match := _SENTENCE_END.search(text)) else len(text)
    if end < _LONGEST_LIST and not (block.is_heading or block.tag in ("title", "meta")):
        labels = block.labels + (["areas"] if _WORDS.area_words.search(block.holder_words) else [])
        yield from _of_list(list(_parts(block, text[:end])), labels, names)
    own = []
    for chain in _chains(block, text, names):
        yield from _of_chain(chain, names)
        own += [spot for spot in chain if plain(spot.name) in towns]
    if len(own) > 1 or any(map(_is_of_work, own)):
        yield from _of_map(own)


def _is_of_work(spot: _Spot) -> bool:
    """Return whether a name is the only name of a short text, or in a sentence about work."""
    text = spot.block.flat
    others = re.sub(rf"\b(?:{STATE})\b", "", text[: spot.start] + text[spot.end :])
    is_alone = len(text) <= _SHORT and not re.search(r"[A-Z]", others) and spot.name.lower() not in THINGS
    return is_alone or bool(_WORDS.work.search(text, *sentence_around(text, spot.start, spot.end)))


def _of_map(own: Iterable[_Spot]) -> Iterator[_Spot]:
    """Yield towns of the tenant's map that are neither a person's home nor in an address."""
    for spot in own:
        text, bounds = spot.block.flat, sentence_around(spot.block.flat, spot.start, spot.end)
        # A sentence about emergencies only, or about planned work, is the page's most specific statement.
        is_telling = URGENT.search(text, *bounds) or PLANNED.search(text, *bounds)
        if not (NO_AREA.search(text, *bounds) or _STREET.search(text, 0, spot.start)):
            yield replace(spot, sure=_TELLING if is_telling else _WORKED)


def _chains(block: Block, text: str, names: TownNames) -> Iterator[list[_Spot]]:
    """Yield runs of capitalized words with joints between them, each cut to the town that it contains."""
    chain: list[_Spot] = []
    for run in RUN.finditer(text):
        state = _STATE.match(text, run.end())
        *bounds, is_known = names.bounds(run.group(), state_code(state[2]) if state else "")
        start, end = (run.start() + place for place in bounds)
        if start == end or _WORDS.no_town_tail.match(text, end):
            continue
        if chain and not _GAP.fullmatch(text, chain[-1].last, start):
            yield chain
            chain = []
        chain.append(_Spot(block, start, end, is_known))
    if chain:
        yield chain


def _of_chain(chain: list[_Spot], names: TownNames) -> Iterator[_Spot]:
    """Yield the towns of a chain that words such as "serving" precede, that has three known towns, or with a state."""
    block, first, last = chain[0].block, chain[0], chain[-1]
    text, is_placed = block.flat, any(spot.placed for spot in chain)
    if not (first.known or is_placed or len(chain) >= _FEWEST):
        return  # most names of a page
    bounds = sentence_around(text, first.start, last.last)
    ahead = _AHEAD.search(text[max(0, first.start - _LONGEST_LEAD) : first.start])
    sure = sum(names.is_sure(spot.name) for spot in chain)
    is_served = bool(sure and ahead and first.known and (len(chain) > 1 or not ahead["some"]))
    is_served = is_served or (sure > 1 and bool(_WORDS.travel.search(text, *bounds)))
    is_served = is_served and not names.is_brand(first.name)
    is_row = sure >= max(_FEWEST, 0.8 * len(chain)) and not _WORDS.people.match(block.heading)
    is_counties = bool(_COUNTIES.search(text, last.start, last.end + len(" counties")))
    is_item = block.is_heading or block.tag in ("title", "li", "a", "td") or bool(ahead)
    if not (is_placed or is_served or is_row) or NO_AREA.search(text, *bounds):
        return
    for spot, after in zip_longest(chain, chain[1:]):
        is_county = after is not None and after.name.endswith("County") and "," not in text[spot.last : after.start]
        is_named = not is_county and (spot.known or names.may_be_new(spot.name))  # "Hillsborough and Pinellas County"
        if spot.placed and is_named:
            yield replace(spot, sure=(_GROUPED if spot.known else _NEW_LISTED) if is_item else _BY_STATE)
        elif is_named and not is_counties and (is_served or (is_row and spot.known)):
            yield replace(spot, sure=_SERVED if spot.known and not spot.name.endswith("County") else _NEW)


def _parts(block: Block, text: str) -> Iterator[_Spot]:
    """Yield the parts of a text between its bars, else between all signs and words that separate names."""
    at = match.end() if (match := _LABEL.match(text)) else 0
    for joint in (*(_BARS if _BARS.search(text) else _WORDS.joints).finditer(text, at), None):
        end = joint.start() if joint else len(text)
        if text[at:end].strip(" ."):
            yield _Spot(block, at, end)
        at = joint.end() if joint else end


def _of_list(items: Sequence[_Spot], labels: Sequence[str], names: TownNames) -> Iterator[_Spot]:
    """Yield the towns of alike blocks, or of the parts of a text, if they are labeled as towns or most are known."""
    is_text = bool(items) and items[0].block is items[-1].block
    is_labeled = any(_WORDS.list_heading.search(words) for words in labels)
    if not items or (len(items) < _FEWEST and not is_labeled):
        return  # most texts of a page
    typed = _without_shared([STATE_LAST.sub("", " ".join(item.name.split())) for item in items], names)
    texts = list(map(names.named, typed))
    if any(map(_WORDS.people.search, labels[:1])) or sum(map(names.is_brand, texts)) > 1:
        return
    is_row = _is_row(items[0].block, texts, names, is_text=is_text)
    is_card = not is_text and (items[0].block.is_heading or items[0].block.tag in _CARD_TAGS)
    may_be_new = not is_card and ((is_labeled and _has_new(typed, is_text=is_text)) or (is_row and not is_text))
    if not (is_row or (is_labeled and is_text) or may_be_new):
        return
    for item, text, whole in zip(items, texts, typed, strict=True):
        is_town = names.knows(text) if may_be_new or not is_text else names.is_sure(text)
        is_new = may_be_new and is_place(whole) and (not is_text or names.may_be_new(whole, _MOST_WORDS))
        several = [] if is_text else names.several(whole)
        for name in [text] if is_town else several or [whole] * is_new:
            start, is_known = item.start + max(0, item.name.find(name)), names.knows(name)
            sure = (_NEW_LISTED, _LISTED) if is_text else (_NEW_GROUPED, _GROUPED)
            yield _Spot(item.block, start, start + len(name), is_known, sure[is_known])


def _is_row(block: Block, texts: Sequence[str], names: TownNames, *, is_text: bool) -> bool:
    """Return whether most items are known towns, or half of them towns of the tenant."""
    is_sure = sum(map(names.is_sure, texts)) >= max(_FEWEST, (0.8 if is_text else 0.6) * len(texts))
    is_own = sum(map(names.is_own, texts)) >= max(_FEWEST, 0.5 * len(texts))
    return (is_sure or is_own) and not (is_text and _WORDS.serving.search(block.flat))


def _has_new(typed: Sequence[str], *, is_text: bool) -> bool:
    """Return whether most items have the form of a town's name."""
    parts = [part for text in typed for part in AND.split(text)] if is_text else typed
    enough = 0.8 * max(len(parts), _FEWEST + 2) if is_text else 0.6 * len(parts)
    return sum(map(is_place, parts)) >= enough


def _without_shared(texts: list[str], names: TownNames) -> list[str]:
    """Remove words that most items share at one end: "Mesa Locksmith", "Plumber in Mesa", but not "North Las Vegas"."""
    for at, form in ((-1, r"\s+{}$"), (0, r"^{}\s+")):
        for _ in range(3):
            ends = Counter(text.split()[at].lower() for text in texts if " " in text)
            shared, times = ends.most_common(1)[0] if len(texts) >= _FEWEST and ends else ("", 0)
            if times < _MOST_SHARED * len(texts) or not shared or shared.strip(".,") in _WORDS.of_places:
                break
            end = re.compile(form.format(re.escape(shared)), re.IGNORECASE)
            texts = [text if names.knows(text) else end.sub("", text).strip(" ,") for text in texts]
    return texts


def _zip_codes(block: Block) -> Iterator[Fact]:
    """Yield a fact for each ZIP code. A code after a state is an address, one after "Lic." a license number."""
    text, headings = block.flat, " ".join(block.headings[-2:])
    about = f"{headings} {text[:200]} {block.holder_words}"
    if not (_WORDS.zip_words.search(about) or _ONLY_ZIPS.fullmatch(text)):
        return
    for match in _ZIP.finditer(text):
        ahead = text[max(0, match.start() - 25) : match.start()]
        if not _NO_ZIP.search(ahead) and not is_denied(text, *match.span()) and 501 <= int(match[1]) <= 99950:
            yield block.fact(Kind.AREA_ZIP, match[1], 0.88, span=match.span())
