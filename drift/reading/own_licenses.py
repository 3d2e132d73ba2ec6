"""Find license numbers in the format of those in the tenant's map: the same letters, and as many digits. Pure."""

import re
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache

from .blocks import TESTIMONIAL, Block, Page
from .facts import Fact, Kind
from .licenses import normal
from .vocabulary import phrase_pattern

_RUNS = re.compile(r"[A-Z]+|\d+")
_SIGN = r"[\s.#:-]{0,2}"
_NEAR = phrase_pattern("own_licenses", "near")
#: "Certified inspector #11824", "at the board under number 0079314". This is enough for a number with the tenant's
#: digits in another order, if the text is about licenses.
_SIGNED = re.compile(r"(?:#|\bno\.?|\bnumber)[\s:#]{0,3}$", re.IGNORECASE)
_ADDRESS = phrase_pattern("own_licenses", "address")
_ABOUT = re.compile(r"licen[cs]e|certif|inspector|contractor|\bboard\b|regist", re.IGNORECASE)
_FEWEST_LETTERS, _FEWEST_DIGITS = 2, 5
_LONG = 8
#: Two digits may be wrong or swapped.
_MOST_WRONG = 2
_SURE = 0.85
_CLOSE = 24


def own_licenses(page: Page, own: Collection[str], known_facts: Iterable[Fact]) -> Iterator[Fact]:
    """Yield a fact for each number in the format of one of `own` that `known_facts` does not contain."""
    if not own:
        return
    seen = {normal(fact.value) for fact in known_facts}
    for block in page.blocks:
        if any(map(str.isdigit, block.flat)) and TESTIMONIAL not in block.marks and len(block.flat) < 3000:
            yield from _of_block(block, own, seen)


def _of_block(block: Block, own: Collection[str], seen: set[str]) -> Iterator[Fact]:
    text = block.flat
    for printed in sorted(own):
        words = [word for word in printed.upper().split() if word.isalpha() and len(word) > _FEWEST_LETTERS]
        for known in _ways(printed):
            for match in _form(known.upper()).finditer(text):
                number, ahead = normal(match.group()), text[: match.start()]
                is_near = bool(_NEAR.search(ahead)) or any(word in ahead[-_CLOSE:].upper() for word in words)
                if sorted(number) == sorted(normal(known)) and _ABOUT.search(f"{block.heading} {text}"):
                    is_near = is_near or bool(_SIGNED.search(ahead))
                is_reported = any(number in other or other in number for other in seen)
                if (
                    is_reported
                    or _ADDRESS.match(text, match.end())
                    or not _matches_number(number, known, is_near=is_near)
                ):
                    continue
                seen.add(number)
                yield block.fact(Kind.LICENSE, " ".join(match.group().split()), _SURE, span=match.span())


def _ways(printed: str) -> Iterator[str]:
    """Yield the formats of a number, first with its single leading letter: "A 47712" may be printed as A47712."""
    number, joined = _number(printed), "".join(printed.split())
    if joined != number and len(joined) <= len(number) + 1:
        yield joined
    yield number


def _number(known: str) -> str:
    """Return the part with the most digits: "M110822" of "SC M110822"; the whole number if only letters precede it."""
    parts = known.split()
    best = max(parts, key=lambda part: sum(map(str.isdigit, part)), default="")
    return best if sum(map(str.isdigit, best)) >= _FEWEST_DIGITS else known


@lru_cache(maxsize=1000)
def _form(known: str) -> re.Pattern[str]:
    parts = [
        _digits(len(run)) if run.isdigit() else re.escape(run) if len(run) >= _FEWEST_LETTERS else "[A-Z]"
        for run in _RUNS.findall(known)
    ]
    return re.compile(rf"(?<![\w$.,-]){_SIGN.join(parts)}(?![\w%]|[-.,]\d)")


def _digits(number: int) -> str:
    """Return a pattern for that many digits. A long number may be printed in two parts, as 2705-118842."""
    return rf"\d(?:-?\d){{{number - 1}}}" if number >= _LONG else rf"\d{{{number}}}"


def _matches_number(number: str, known: str, *, is_near: bool) -> bool:
    wrong = sum(digit != expected for digit, expected in zip(number, normal(known), strict=True))
    letters = "".join(char for char in number if char.isalpha())
    if len(letters) >= _FEWEST_LETTERS and len(number) - len(letters) > _FEWEST_LETTERS:
        return True
    if number.isdigit() and len(number) >= _FEWEST_DIGITS:
        return wrong <= _MOST_WRONG and (is_near or not wrong)
    return is_near and wrong <= 1 + (len(number) >= _FEWEST_DIGITS)
