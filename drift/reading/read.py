"""Read a page and return its facts. Pure: `today` is passed in, and nothing is fetched, run or stored."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache, cached_property

from .areas import areas
from .blocks import BLOG, JOBS, TESTIMONIAL, Block, Page
from .contacts import addresses, emails
from .decoding import decode
from .facts import Fact, Kind, distinct
from .groups import groups_of
from .guide import NO_NAMES, Names, words_on_page
from .hours import hours
from .licenses import licenses
from .listing import normalized, priced_names, service_names, services
from .memberships import memberships
from .offers import offers
from .outline import outline
from .phones import phones
from .prices import prices
from .promises import promises
from .services import Lexicon
from .spanish import in_english, is_spanish, translated
from .structured import structured
from .vocabulary import topic

_WORDS = topic("read")
_ARTICLE_PATH = re.compile(r"/(?:blog|news|articles?|posts?|tips)/|/20\d\d/\d\d/", re.IGNORECASE)
_ARTICLE_DATA = re.compile(r"\"@type\"\s{0,5}:\s{0,5}\"(?:BlogPosting|NewsArticle)\"")
#: Text in quotation marks, followed by a name at most.
_QUOTED = re.compile(r"[\W_]{0,8}\"[^\"]{20,600}\"[^\"]{0,60}")
#: A customer's story: "I called, and they fixed my heater".
_FIRST_PERSON = re.compile(r"\b(?:I|my|me)\b(?!\.)")


@dataclass
class Known:
    """The tenant's own names for its items, so that a page's mentions are found. All fields may be empty."""

    services: Mapping[str, str] = field(default_factory=dict)  # phrase -> name to report
    places: frozenset[str] = frozenset()  # plain names of its zones and their towns
    memberships: tuple[str, ...] = ()
    words: frozenset[str] = frozenset()  # stems of words in names of active services
    towns: frozenset[str] = frozenset()  # the places that are searched everywhere
    priced: Names = NO_NAMES  # items of the pricebook
    lexicon: Lexicon = field(init=False)

    def __post_init__(self) -> None:
        self.lexicon = Lexicon(self.services)

    @cached_property
    def on_spanish_pages(self) -> "Known":
        """Return the same names, and the English that a Spanish name of a service becomes on a translated page."""
        return replace(
            self, services={in_english(text): name for text, name in self.services.items()} | dict(self.services)
        )


NOTHING_KNOWN = Known()


def read_page(
    data: bytes, *, today: date, page: str = "", charset: str = "", known: Known = NOTHING_KNOWN
) -> list[Fact]:
    """Return the facts of one page, each once. `page` is its address or path. Raises PageRefused."""
    outlined = outline(decode(data, charset=charset))
    if _translate(outlined):
        known = known.on_spanish_pages
    is_article = bool(_ARTICLE_PATH.search(page)) or _reads_as_article(outlined)
    for block in outlined.blocks:
        if block.region == "main":
            block.element.marks |= _marks(block, is_article=is_article)
    return distinct(_facts(outlined, today, known))


def _facts(page: Page, today: date, known: Known) -> Iterable[Fact]:
    groups = list(groups_of(page.blocks))
    yield from normalized(structured(page), known.lexicon)
    yield from phones(page)
    yield from emails(page)
    yield from addresses(page)
    yield from services(page, known.lexicon)
    yield from service_names(groups, page.blocks, known.lexicon)
    yield from words_on_page(page, known.words)
    yield from areas(page, groups, known.lexicon, known.places, known.towns)
    money = list(money_facts(page, today, known))
    yield from money
    yield from priced_names(money, known.lexicon)
    yield from hours(page)
    yield from licenses(page)
    yield from promises(page)


def money_facts(page: Page, today: date, known: Known) -> Iterable[Fact]:
    """Yield offers, plans and prices. An amount of a plan is no other price."""
    taken = [*offers(page, known.lexicon, today), *memberships(page, known.memberships)]
    amounts = {(fact.selector, fact.price) for fact in taken if fact.kind is Kind.MEMBERSHIP}
    yield from taken
    for fact in prices(page, known.lexicon, today, known.priced):
        # A row of a table begins with the name of a plan.
        if (fact.selector, fact.price) not in amounts and not fact.quote.startswith(known.memberships):
            yield fact


def _translate(page: Page) -> bool:
    """Replace the Spanish phrases of a page that has several. Its blocks keep their printed text for quotes."""
    if not is_spanish(block.text for block in page.blocks):
        return False
    page.unseen += [block.text for block in page.blocks]  # a map may have names in Spanish
    english = cache(translated)  # many blocks share their headings
    for block in page.blocks:
        block.printed, block.text = block.text, translated(block.text)
        block.headings, block.menu = tuple(map(english, block.headings)), english(block.menu)
    return True


def _reads_as_article(page: Page) -> bool:
    """Return whether a byline follows the first heading, or structured data marks the page as a post."""
    lines = [block.flat for block in page.blocks if block.region == "main"][:12]
    is_signed = any(len(line) < 100 and _WORDS.byline.match(line) for line in lines)
    return is_signed or any(_ARTICLE_DATA.search(script[:20_000]) for _, script in page.data)


def _marks(block: Block, *, is_article: bool) -> frozenset[str]:
    """Return the marks of text about the past (testimonials), not for customers (job ads), or maybe outdated."""
    is_personal = len(block.flat) > 100 and len(_FIRST_PERSON.findall(block.flat)) >= 3
    is_quote = is_personal or _WORDS.praise.search(block.heading) or _QUOTED.fullmatch(block.flat)
    is_hiring = _WORDS.hiring.search(block.heading) or _WORDS.hiring.search(block.flat[:300])
    marks = {TESTIMONIAL: is_quote and not block.is_heading, JOBS: is_hiring, BLOG: is_article}
    return frozenset(mark for mark, applies in marks.items() if applies)
