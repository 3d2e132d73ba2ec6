"""Extract email addresses and postal addresses. Pure."""

import re
from collections.abc import Iterator
from urllib.parse import unquote

from .blocks import Page
from .facts import Fact, Kind
from .phones import FAR, OTHERS_AHEAD
from .places import CODES, state_code
from .vocabulary import topic

_WORDS = topic("contacts")
_EMAIL = re.compile(
    r"(?<![\w.+-])([A-Za-z0-9][\w.+-]{0,60})\s?(?:@|\[at\]|\(at\))\s?([A-Za-z0-9][A-Za-z0-9-]{0,60}(?:\.[A-Za-z0-9-]{1,30}){1,3})(?![\w-])"
)
_AT = ("@", "[at]", "(at)")
#: A phone number that the markup glues to an address.
_PHONE_AHEAD = re.compile(r"^(?:\d{3}[-.]){2}\d{4}(?=[a-z])", re.IGNORECASE)
_STREET_END = (
    r"(?:st|street|ave|avenue|rd|road|blvd|boulevard|dr|drive|ln|lane|way|ct|court|pl|place|pkwy|parkway|hwy|highway|cir|circle|ter|terrace|trl|trail|"
    r"loop|sq|square|pike|fwy|freeway|expy|row|run|route|rte|broadway|plaza|plz|path|pass|point|pt|crossing|xing|bend|"
    r"cove|cv|crescent|cres|turnpike|tpke|alley|walk|trace|ridge|hill|line|view|parade|causeway|bypass|commons)"
)
#: Streets with a number or a letter: "County Road 12", "US-41", "Avenue B".
_NUMBERED = r"(?:road|rd|highway|hwy|route|rte|avenue|ave|fm|rr|cr|us|sr)[\s-]{1,2}(?:\d{1,4}|[A-Z])\b(?:\s[NSEW]\b)?"
#: Without a ZIP code, the state must be written like a code.
_ADDRESS = re.compile(
    r"(?<![\w$#-])(?<!\d\)\s)(?!\d{3}-\d{4}\s)"
    r"(?P<street>p\.?\s?o\.?\s(?:box|drawer)\s\d{1,6}|\d{1,6}(?:-\d{1,4})?[A-Z]?\s"
    r"(?:[NSEW]{1,2}\.?\s|North |South |East |West )?(?:[A-Za-z0-9'.-]{1,25}\s){0,4}?"
    rf"(?:{_NUMBERED}|{_STREET_END}\b)\.?(?:\s(?:[NSEW]{{1,2}}|North|South|East|West)\b\.?)?(?:\s\d{{1,4}}\b)?)"
    r"(?P<unit>,?\s{0,2}(?:suite|ste|unit|bldg|building|apt|floor|#)\.?\s{0,2}#?\s?[\w-]{1,8})?"
    r"[\s,|·•-]{1,4}(?P<city>[A-Z][A-Za-z.'-]{1,20}(?:\s[A-Z][A-Za-z.'-]{1,20}){0,3})"
    r"(?:,?\s{1,2}(?P<state>[A-Z]{2}|[A-Z][a-z]{2,13}(?:\s[A-Z][a-z]{3,10})?)\.?,?\s{1,2}"
    r"(?P<zip>\d{5}(?:-\d{4})?|[A-Z]\d[A-Z]\s?\d[A-Z]\d)|,\s{1,2}(?P<code>(?-i:[A-Z]{2})))\b",
    re.IGNORECASE,
)
#: The street of an address, if its town is in one of the next blocks.
_FIRST_PIECE = re.compile(rf"(?:^|:\s?)(?:\d|p\.?\s?o\.?\sbox).*(?:{_STREET_END}|\d)\b", re.IGNORECASE)
_LONGEST_PIECE = 60


def emails(page: Page) -> Iterator[Fact]:
    """Yield a fact for each email address, including links and addresses obfuscated against harvesting."""
    for block in page.blocks:
        for text in (block.flat, *(_linked(link) for link, _ in block.links)):
            for match in _EMAIL.finditer(text) if any(at in text for at in _AT) else ():
                address = f"{_PHONE_AHEAD.sub('', match[1])}@{match[2]}".lower().rstrip(".")
                if not _WORDS.no_email.search(address):
                    yield block.fact(Kind.EMAIL, address, 0.95, span=match.span())


def _linked(link: str) -> str:
    if link[:7].lower() == "mailto:":
        return unquote(link[7:].split("?", maxsplit=1)[0]).strip().lower()
    if "/cdn-cgi/l/email-protection#" in link:
        return uncovered(link.rpartition("#")[2])
    return ""


def uncovered(code: str) -> str:
    """Decode an address obfuscated by Cloudflare: each byte is XORed with the first."""
    try:
        data = bytes.fromhex(code[:200])
        return bytes(byte ^ data[0] for byte in data[1:]).decode("ascii").lower()
    except (ValueError, IndexError):
        return ""


def addresses(page: Page) -> Iterator[Fact]:
    """Yield a fact for each postal address with its city and state, also in up to three blocks."""
    for block in page.blocks:
        text = block.flat
        if len(text) > 3000 or not any(map(str.isdigit, text)) or block.tag == "title":
            continue
        matches = list(addresses_in(text))
        if not matches and len(text) < _LONGEST_PIECE and _FIRST_PIECE.search(text):
            matches = list(addresses_in(", ".join((text, *page.below(block)))))
        for value, sure, span in matches:
            # "Regulated by the Texas State Board of Plumbing Examiners, PO Box 4200, Austin, TX 78765"
            if not OTHERS_AHEAD.search(text[max(0, span[0] - FAR) : span[0]]):
                yield block.fact(Kind.ADDRESS, value, sure, span=span)


def addresses_in(text: str) -> Iterator[tuple[str, float, tuple[int, int]]]:
    """Yield each postal address of a text with the confidence and the span. Without a ZIP code it is less certain."""
    for match in _ADDRESS.finditer(text):
        typed, zip_code = match["code"] or match["state"], match["zip"] or ""
        state = state_code(typed.upper() if len(typed) == 2 else typed)
        is_domestic = state in CODES or (state and not zip_code[:1].isdigit())
        if is_domestic and (zip_code or match["city"][0].isupper()):
            value = address_text(match["street"] + (match["unit"] or ""), match["city"], state, zip_code)
            yield value, 0.92 if zip_code else 0.8, match.span()


def address_text(street: str, city: str, state: str, zip_code: str) -> str:
    """Format an address on one line: `123 Main St, Phoenix, AZ 85004`."""
    street = " ".join(street.replace("|", " ").split()).strip(" ,")
    rest = f"{' '.join(city.split()).strip(' ,')}, {state} {zip_code}".strip(" ,")
    return f"{street}, {rest}".strip(" ,")
