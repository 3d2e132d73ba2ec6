"""Extract email addresses and postal addresses. Pure."""

import re
from collections.abc import Iterator
from urllib.parse import unquote

from .blocks import Page
from .facts import Fact, Kind
from .places import CODES, state_code
from .vocabulary import phrase_pattern

_EMAIL = re.compile(
    r"(?<![\w.+-])([A-Za-z0-9][\w.+-]{0,60})\s?(?:@|\[at\]|\(at\))\s?([A-Za-z0-9][A-Za-z0-9-]{0,60}(?:\.[A-Za-z0-9-]{1,30}){1,3})(?![\w-])"
)
#: A phone number that the markup glues to an address.
_PHONE_AHEAD = re.compile(r"^(?:\d{3}[-.]){2}\d{4}(?=[a-z])", re.IGNORECASE)
_NO_EMAIL = phrase_pattern("contacts", "no_email")
_STREET_END = (
    r"(?:st|street|ave|avenue|rd|road|blvd|boulevard|dr|drive|ln|lane|way|ct|court|pl|place|pkwy|parkway|hwy|highway|cir|circle|ter|terrace|trl|trail|"
    r"loop|sq|square|pike|fwy|freeway|expy|row|run|route|rte|broadway)"
)
_ADDRESS = re.compile(
    r"(?<![\w$#-])(?<!\d\)\s)(?!\d{3}-\d{4}\s)"
    r"(?P<street>\d{1,6}(?:-\d{1,4})?[A-Z]?\s(?:[NSEW]{1,2}\.?\s|North |South |East |West "
    r")?(?:[A-Za-z0-9'.-]{1,25}\s){0,4}?"
    rf"{_STREET_END}\b\.?(?:\s[NSEW]{{1,2}}\b\.?)?(?:\s\d{{1,4}}\b)?)"
    r"(?P<unit>,?\s{0,2}(?:suite|ste|unit|bldg|building|apt|#)\.?\s{0,2}#?\s?[\w-]{1,8})?"
    r"[\s,|·•-]{1,4}(?P<city>[A-Z][A-Za-z.'-]{1,20}(?:\s[A-Z][A-Za-z.'-]{1,20}){0,3}),?\s{1,2}(?P<state>[A-Z]{2}|[A-Z][a-z]{3,13}(?:\s[A-Z][a-z]{3,10})?)\.?,?\s{1,2}(?P<zip>\d{5}(?:-\d{4})?|[A-Z]\d[A-Z]\s?\d[A-Z]\d)\b",
    re.IGNORECASE,
)


_PROVINCES = frozenset(["AB", "BC", "MB", "NB", "NL", "NS", "NT", "NU", "ON", "PE", "QC", "SK", "YT"])


def emails(page: Page) -> Iterator[Fact]:
    """Yield a fact for each email address, including links and addresses obfuscated against harvesting."""
    for block in page.blocks:
        if "@" in block.flat or "at]" in block.flat or "(at)" in block.flat:
            for match in _EMAIL.finditer(block.flat):
                name = _PHONE_AHEAD.sub("", match[1])
                address = f"{name}@{match[2]}".lower().rstrip(".")
                if not _NO_EMAIL.search(address):
                    yield block.fact(Kind.EMAIL, address, 0.95, span=match.span())
        for link, _ in block.links:
            address = _linked(link)
            if (
                address
                and _EMAIL.fullmatch(address)
                and not _NO_EMAIL.search(address)
                and address not in block.flat.lower()
            ):
                yield block.fact(Kind.EMAIL, address, 0.93)


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
    """Yield a fact for each postal address with its city, state and ZIP code."""
    blocks = page.blocks
    for at, block in enumerate(blocks):
        if len(block.flat) > 3000 or not any(map(str.isdigit, block.flat)) or block.tag in ("title",):
            continue
        matches = list(_ADDRESS.finditer(block.flat))
        text = block.flat
        if (
            not matches
            and len(text) < 60
            and at + 1 < len(blocks)
            and text[:1].isdigit()
            and len(blocks[at + 1].flat) < 60
        ):
            text = f"{text}, {blocks[at + 1].flat}"
            matches = list(_ADDRESS.finditer(text))
        for match in matches:
            code = match["state"].upper() if len(match["state"]) == 2 else match["state"]
            state = state_code(code) or code
            if state in CODES or (match["zip"][:1].isalpha() and match["state"].upper() in _PROVINCES):
                yield block.fact(
                    Kind.ADDRESS,
                    address_text(match["street"] + (match["unit"] or ""), match["city"], state, match["zip"]),
                    0.92,
                    span=match.span(),
                )


def address_text(street: str, city: str, state: str, zip_code: str) -> str:
    """Format an address on one line: `123 Main St, Phoenix, AZ 85004`."""
    street = " ".join(street.replace("|", " ").split()).strip(" ,")
    rest = f"{' '.join(city.split()).strip(' ,')}, {state} {zip_code}".strip(" ,")
    return f"{street}, {rest}".strip(" ,")
