"""Extract the cities and ZIP codes that the shop serves. Pure."""

import re
from collections.abc import Iterable, Iterator

from .area_words import CITY, JOINTS, LIST_HEADING, NO_AREA, NO_CITY, SERVING, STATE, WAYS
from .blocks import BADGE, BLOG, JOBS, TESTIMONIAL, Block, Page
from .facts import Fact, Kind
from .groups import Group
from .listing import is_declined
from .places import is_region, plain, spelled, state_code
from .sentences import is_denied, sentence_around
from .services import Lexicon
from .town_groups import is_place, towns_of
from .town_names import TownNames, home_states
from .vocabulary import phrase_pattern

_CITY_STATE = re.compile(rf"(?<![\w])(?P<city>{CITY}),?\s{{1,2}}(?P<state>{STATE})\b(?!\s{{0,2}}\d{{5}})")
_AREA_WORDS = phrase_pattern("areas", "area_words")
#: "Ascension: Prairieville, Gonzales": the name before the colon labels the line.
_LABEL = re.compile(r"(?m)^[A-Z][A-Za-z .'&-]{2,30}(?<!County)(?<!Counties):\s(?=[A-Z][^\n]*[,&]|[A-Z][^\n]*\band\b)")
#: State codes that are also words: "Show ID", "Open OR".
_WORD_CODES = frozenset({"ID", "OK", "OR", "IN", "ME", "HI", "MA", "PA", "AL", "DE", "LA", "OH", "ON", "PE"})
_RUN_JOINT = re.compile(r"\s{0,2}(?:,\s?(?:and|&|or|plus)\b|,|&|/|\band\b|\bor\b|\bto\b|\bas well as\b)\s{0,2}")
_RUN_LEAD = phrase_pattern("areas", "run_lead")
#: "Maricopa & Pinal Counties" are no towns.
_COUNTIES = re.compile(r"[^.,]{0,60}\s[Cc]ounties\b")
_COUNTY = re.compile(r"\s(?:County|Counties|Parish)\b")
_SENTENCE_END = re.compile(r"(?<=[a-z]{3})[.!?]\s+(?=[A-Z])")
_PLACED = re.compile(r"\b(?:in|across|around)\b(?=\s[A-Z])")
_MAKERS = re.compile(r"\b(?:brands?|makes|makers|manufacturers?|models)\b", re.IGNORECASE)
_TOWN = re.compile(CITY)
_ZIP = re.compile(r"(?<![\d$#.,-])(\d{5})(?![\d]|\s?-\s?\d{3}|\.\d)")
_ZIP_WORDS = phrase_pattern("areas", "zip_words")
#: A line of ZIP codes only needs no context words.
_ONLY_ZIPS = re.compile(r"(?:\d{5}[\s,|•·;&]{0,4}(?:and\s)?){3,400}")
_NO_ZIP = re.compile(rf"\b(?:{STATE})\.?,?\s*$|\b[Ll]ic|ROC|\b[Nn]o\.|[Nn]umber")
_STATE = re.compile(rf",?\s({STATE})\b")
_FEWEST_LISTED, _MOST_WORDS = 3, 3
#: Lengths in characters of structured data that may name states, of a list of towns, and of its heading.
_LONGEST_DATA, _LONGEST_LIST, _LONGEST_HEADING = 20_000, 1500, 90
_BARS = re.compile(r"\s\|\s")
_AND = re.compile(r"\s(?:&|and)\s|,\s")


def areas(page: Page, groups: Iterable[Group], lexicon: Lexicon, own: frozenset[str]) -> Iterator[Fact]:
    """Yield a fact for each city and ZIP code served. `own` are the plain names of places in the tenant's map."""
    home = home_states((*(block.flat for block in page.blocks), *(script[:_LONGEST_DATA] for _, script in page.data)))
    reader = _Reader(TownNames(lexicon, own, home), groups)
    for block in page.blocks:
        if not block.marks & {TESTIMONIAL, BADGE, JOBS} and not is_declined(page, block):
            for fact in reader.of_block(block):
                if plain(fact.value) in own or not is_region(fact.value):
                    yield fact


def city(block: Block, name: str, sure: float, span: tuple[int, int] = (0, 0), state: str = "") -> Fact:
    """Return the fact of a place, with its state if the page names it."""
    return block.fact(Kind.AREA_CITY, spelled(name), sure, span=span, detail={"state": state} if state else {})


def _may_be_town(name: str) -> bool:
    """Return whether an unlisted name may be a town: at most three words, none of them a menu word."""
    words = name.split()
    own = words[1:] if words[:1] == ["The"] or WAYS.match(name) else words
    return len(words) <= _MOST_WORDS and not any(word.lower() in NO_CITY for word in own)


def _is_labeled_list(block: Block) -> bool:
    """Return whether a block is only a list of names, below a heading for areas."""
    if not any(map(LIST_HEADING.search, block.headings[-2:])):
        return False
    parts = [part.strip(" .") for item in _parts(block.flat) for part in _AND.split(item) if part.strip(" .")]
    return len(parts) > _FEWEST_LISTED and sum(map(is_place, parts)) >= 0.8 * len(parts)


def _parts(text: str) -> list[str]:
    """Split a list at its bars, else at all signs and words between names."""
    text = _LABEL.sub("", text)
    return (_BARS if _BARS.search(text) else JOINTS).split(text)


def _zip_codes(block: Block) -> Iterator[Fact]:
    """Yield a fact for each ZIP code. A code after a state is an address, one after "Lic." a license number."""
    text, headings = block.flat, " ".join(block.headings[-2:])
    about = f"{headings} {text[:200]} {block.holder_words}"
    if not (_ZIP_WORDS.search(about) or _ONLY_ZIPS.fullmatch(text)):
        return
    for match in _ZIP.finditer(text):
        ahead = text[max(0, match.start() - 25) : match.start()]
        if not _NO_ZIP.search(ahead) and not is_denied(text, *match.span()) and 501 <= int(match[1]) <= 99950:
            yield block.fact(Kind.AREA_ZIP, match[1], 0.88, span=match.span())


def _state_after(text: str, end: int) -> str:
    """Return the code of the state that follows a name: "Mesa, AZ"."""
    state = _STATE.match(text, end)
    return state_code(state[1]) if state else ""


class _Reader:
    """Reads cities, using the names of the tenant's map and of the gazetteer."""

    def __init__(self, names: TownNames, groups: Iterable[Group]) -> None:
        self.names = names
        self.towns = towns_of(groups, names)

    def of_block(self, block: Block) -> Iterator[Fact]:
        if BLOG in block.marks and block.region == "main" and not block.is_heading:
            return
        if block.index in self.towns:
            yield from self._in_group(block)
        else:
            yield from self._listed(block) if self._is_list(block) else self._serving(block)
            yield from self._with_state(block)
        yield from _zip_codes(block)

    def _in_group(self, block: Block) -> Iterator[Fact]:
        for name, sure in self.towns[block.index]:
            at = max(0, block.flat.find(name))
            end = at + len(name)
            if not is_denied(block.flat, at, end):
                yield city(block, name, sure, (at, end), _state_after(block.flat, end))

    def _is_list(self, block: Block) -> bool:
        if len(block.flat) > _LONGEST_LIST or block.is_heading or block.tag in ("title", "meta"):
            return False
        labels = [words for words in (*block.headings[-2:], block.menu) if len(words) < _LONGEST_HEADING]
        if any(LIST_HEADING.search(words) and not _MAKERS.search(words) for words in labels):
            return True
        is_row = _is_labeled_list(block) or self.names.is_row_of_towns(_SENTENCE_END.split(block.text)[0])
        return is_row or bool(_AREA_WORDS.search(block.holder_words))

    def _listed(self, block: Block) -> Iterator[Fact]:
        """Yield the items of a list under "Areas we serve", or names separated by commas or bars."""
        text, at, is_labeled = block.text, 0, _is_labeled_list(block)
        if end := _SENTENCE_END.search(text):
            yield from self._serving(block)
            text = text[: end.start()]
        for name, state in map(self.names.named, _parts(text)):
            at = max(at, text.find(name, at))
            known = self.names.knows(name) or name.endswith(" County")
            may_be = is_labeled and (known or _may_be_town(name))
            if name and (may_be or (known and (self.names.surely(name) or name.endswith(" County")))):
                span = (at, at + len(name))
                if not is_denied(block.flat, *span):
                    yield city(block, name, 0.92 if known else 0.7, span, state or _state_after(text, span[1]))

    def _with_state(self, block: Block) -> Iterator[Fact]:
        """Yield cities with a state, such as "Phoenix, AZ", unless they are a person's home."""
        text = block.flat
        for match in _CITY_STATE.finditer(text):
            state = state_code(match["state"])
            name = self.names.longest_known(match["city"], state)
            is_known = self.names.knows(name)
            is_word = "," not in match.group() and (match["state"] in _WORD_CODES or len(match["state"]) > 2)
            first, last = sentence_around(text, *match.span())
            # "Show ID", "Middle Georgia"
            is_none = not name or (is_word and not is_known) or NO_AREA.search(text[first:last])
            if not is_none and not is_denied(text, *match.span()):
                is_listed = block.is_heading or block.tag in ("title", "li", "a", "td")
                is_served = is_listed or SERVING.search(text[max(0, match.start() - 80) : match.start() + 1])
                sure = (0.9 if is_known else 0.7) if is_served else 0.66
                yield city(block, name, sure, match.span(), state)

    def _serving(self, block: Block) -> Iterator[Fact]:
        """Yield places after phrases such as "Serving Phoenix, Mesa and Queen Creek" or "AC repair in Tempe"."""
        text = block.flat
        for match in (*SERVING.finditer(text), *_PLACED.finditer(text)):
            if is_denied(text, *match.span()) or NO_AREA.search(text[max(0, match.start() - 60) : match.end()]):
                continue
            places = list(self._run(block, match.end()))
            is_phrase = match.re is SERVING and match.group().lower() != "from"
            if is_phrase or len(places) > 1:
                yield from places

    def _run(self, block: Block, at: int) -> Iterator[Fact]:
        """Yield consecutive towns from a position. The first must be known."""
        text, has_towns = block.flat, False
        while has_towns or not _COUNTIES.match(text, at):
            at = lead.end() if (lead := _RUN_LEAD.match(text, at)) else at
            match = _TOWN.match(text, at)
            name, end = self.names.first_known(match.group(), at) if match else ("", at)
            if not name or self.names.is_no_town(name, text[end : end + 24]):
                return
            if not has_towns and (not self.names.knows(name) or self.names.is_brand(name)):
                return
            if lead and lead.group().endswith("the ") and not self.names.surely(name):
                return  # "the Valley"
            has_towns = True
            fact, end = self._place(block, name, at, end)
            if not is_denied(text, at, end):
                yield fact
            joint = _RUN_JOINT.match(text, end)
            if joint is None and not fact.value.endswith(" County"):
                return
            at = joint.end() if joint else end

    def _place(self, block: Block, name: str, at: int, end: int) -> tuple[Fact, int]:
        """Return the fact of a name with its state or "County" suffix, and the position after it."""
        text = block.flat
        if county := _COUNTY.match(text, end):
            return city(block, f"{spelled(name)} County", 0.62, (at, county.end())), county.end()
        state = _STATE.match(text, end)
        sure = 0.86 if self.names.knows(name) else 0.62
        return city(block, name, sure, (at, end), _state_after(text, end)), state.end() if state else end
