"""Pages made to hurt: each is read or refused by name, and its cost grows with its size and no faster."""

import encodings
import gc
import pkgutil
import time
from datetime import date
from encodings import aliases

import pytest

from drift.crawl.links import links
from drift.reading import promises
from drift.reading.areas import MOST_CODES
from drift.reading.decoding import MOST_BYTES, decode
from drift.reading.errors import PageRefused
from drift.reading.facts import Kind
from drift.reading.prices import MOST_AMOUNTS
from drift.reading.read import read_page
from tests.support.nightly import sampled

TODAY = date(2026, 11, 25)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"", "empty"),
        (b" \n\t", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"%PDF-1.7 ...", "binary"),
        (b"\x89PNG\r\n\x1a\n", "binary"),
        (b"\x1f\x8b\x08\x00", "binary"),
        (bytes(range(32)) * 40, "binary"),
        (b"<p>" + b"x" * MOST_BYTES, "too big"),
        (b"<div>" * 100_000, "too deep"),
        (b"".join(b"<font size=%d>" % n for n in range(300)) + b"<p>x" * 5000, "too deep"),
        (b"<p " + b" ".join(b"a%d=1" % n for n in range(10_001)) + b">", "too wide"),
        ((b"<p " + b" ".join(b"a%d=1" % n for n in range(1_000)) + b">") * 101, "too wide"),
        (b"<!-->" + b"<div>" * 1_000 + b"-->", "too deep"),
        (b"<!--->" + b"<div>" * 1_000 + b"-->", "too deep"),
        (b"<!-- --!>" + b"<div>" * 1_000 + b"-->", "too deep"),
        (b'<p ="><p>' + b"<div>" * 1_000 + b'"', "too deep"),
    ],
)
def test_page_is_refused_by_name(data: bytes, name: str) -> None:
    with pytest.raises(PageRefused) as refused:
        read_page(data, today=TODAY)
    assert refused.value.name == name and str(refused.value).endswith(".")


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("caf\u00e9 \u2013".encode(), "caf\u00e9 \u2013"),
        ("caf\u00e9 \u2013".encode("cp1252"), "caf\u00e9 \u2013"),
        (b"\xef\xbb\xbfcaf\xc3\xa9", "caf\u00e9"),
        ("caf\u00e9".encode("utf-16"), "caf\u00e9"),
        (b"<meta charset=iso-8859-1>\x93hi\x94", "<meta charset=iso-8859-1>\u201chi\u201d"),
        (b"<meta charset=iso-8859-1>caf\xc3\xa9", "<meta charset=iso-8859-1>caf\u00e9"),
        (b"<meta charset=nonsense>caf\xc3\xa9", "<meta charset=nonsense>caf\u00e9"),
        (b"<meta charset=idna>caf\xc3\xa9", "<meta charset=idna>caf\u00e9"),
        (b"caf\xc3\xa9 and caf\xe9", "caf\u00e9 and caf\u00e9"),
        ("8am \u00e2\u20ac\u201c 5pm".encode(), "8am \u2013 5pm"),
        (b"all of this is text, a\x00b", "all of this is text, ab"),
    ],
)
def test_common_encodings_are_decoded(data: bytes, text: str) -> None:
    assert decode(data) == text


ENCODINGS = sorted({*aliases.aliases.values(), *(module.name for module in pkgutil.iter_modules(encodings.__path__))})


@pytest.mark.parametrize("charset", ENCODINGS)
def test_every_encoding_of_python_is_decoded_or_refused(charset: str) -> None:
    """A website may name any, also those that are no encodings of text."""
    data = b"<p>Call 602-555-0142 \\ud800 \\N{x} +2AA- xn--a-9a \xff\xfe</p>"
    for page in (data, b"<meta charset=" + charset.encode() + b">" + data):
        try:
            text = decode(page, charset=charset)
        except PageRefused:
            continue
        assert links(text, "https://shop.example/") == []
        read_page(page, today=TODAY, charset=charset)


@pytest.mark.parametrize(
    "html",
    [
        f"<a {'x' * 3_000_000}=1>602-555-0142</a>",
        f'<p title="{"y" * 3_000_000}">602-555-0142</p>',
        "<p>602-555-0142</p>" + "&amp;" * 300_000,
        "<p>602-555-0142</p><!-- never closed " + "<" * 200_000,
        "<p>602-555-0142</p><script>never closed " + "<" * 200_000,
        "<p>602-555-0142</p>" + "<li>" * 30_000,
        "<p>602-555-0142</p>" + "<b><i>" * 8 + "<p>x" * 5_000,
        '<p>602-555-0142</p><script type="application/ld+json">' + '{"a":' * 100_000 + "</script>",
        '<p>602-555-0142</p><script type="application/ld+json">[' + '{"@type":"Offer"},' * 20_000 + "{}]</script>",
    ],
    ids=range(9),
)
def test_hostile_page_is_still_read(html: str) -> None:
    assert "+16025550142" in {fact.value for fact in read_page(html.encode(), today=TODAY)}


@pytest.mark.parametrize(
    "tag", ['<p class="a"">', "<p title=Joe's>", "<p><img alt='Bob's shop'>", '<p><img alt="5" pipe">']
)
def test_page_with_a_stray_quote_is_read(tag: str) -> None:
    """A quote is part of a name or a value where no value begins, so it does not make the page one element."""
    html = f"{tag}Call 602-555-0142</p>" + "<p>word word word</p>" * 5_000 + "<p class=\"b\" title='b'></p>"
    assert "+16025550142" in {fact.value for fact in read_page(html.encode(), today=TODAY)}


def test_element_with_thousands_of_attributes_is_read() -> None:
    html = "<p " + " ".join(f"a{n}=1" for n in range(9_000)) + ">602-555-0142</p>"
    assert "+16025550142" in {fact.value for fact in read_page(html.encode(), today=TODAY)}


_PIECES = [
    "Phoenix, ", "Mesa and ", "602-", "$1,", "1/1/26 - ", "Mon-Fri, ", "8-", "Lic # ", "AC repair, ", "install a new ",
    "10% off ", "The Club of ", "24/7 ", "a@a.", "1 N A ", "not ", "<!--", "85001 ", "COOL-",
    "Plan Condado de ",
]  # fmt: skip


_PAGES = [("<h2>Service areas, hours, specials, membership</h2><p>", piece, "", 64_000) for piece in _PIECES]
_SPANISH = "<h2>Llámenos. Nuestros servicios, precios y ofertas; horario: lunes a viernes</h2><p>"
_FORMS = ("Plan Condado de ", "reparación de ", "de 8 a ", "12 de la noche ")
_PAGES += [(_SPANISH, piece, "", 64_000) for piece in _FORMS]
_PAGES += [("<p>See our plans.</p>", "<p>Only $19/month for members, you save a lot.</p>", "", 192_000)]
_PAGES += [("<pre>$1", piece, "", 400_000) for piece in (".", "$1")]
_PAGES += [("<h2>Gutter painting</h2><p>", "*", " $99", 9_600)]  # prices are read in blocks of up to 10,000 characters


@pytest.mark.parametrize(("head", "piece", "tail", "size"), sampled(_PAGES, keep=3))
def test_reading_time_grows_linearly(head: str, piece: str, tail: str, size: int) -> None:
    """A pattern that looks back would cost 64 times. The ratio of the process's own seconds is judged, the better of
    two, without the collection of garbage (0.7 s in a process full of tests); small costs count as 20 ms."""
    pages = [f"{head}{piece * (length // len(piece))}{tail}".encode() for length in (size // 8, size)]
    single, eight = (min(_cost(page) for _ in range(2)) for page in pages)
    assert eight < 24 * max(single, 0.02)


@pytest.mark.parametrize("piece", ["<a '", '<a b="'])
def test_unclosed_quotes_are_too_many_attributes(piece: str) -> None:
    with pytest.raises(PageRefused, match="attributes"):
        read_page(f"<p>{piece * 16_000}".encode(), today=TODAY)


def test_no_more_zip_codes_of_a_page_are_read_than_regions_have() -> None:
    lines = "".join(f"<p>ZIP codes {' '.join(map(str, range(n, n + 100)))}</p>" for n in range(10_000, 16_000, 100))
    codes = [fact for fact in read_page(lines.encode(), today=TODAY) if fact.kind == Kind.AREA_ZIP]
    assert len(codes) == MOST_CODES


def test_no_more_promises_of_a_page_are_judged_than_pages_have(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is judged by the text around it: two megabytes of "0% APR" took 44 seconds."""
    assert promises.MOST_JUDGED == 20_000
    monkeypatch.setattr(promises, "MOST_JUDGED", 1_000)
    filler = "0% APR. " * 1_000
    last = "<p>Emergency repairs around the clock.</p>"
    facts = read_page(f"<p>{filler}</p>{last}".encode(), today=TODAY)
    assert not [fact for fact in facts if fact.kind == Kind.EMERGENCY_PROMISE]
    facts = read_page(f"<p>{filler[:800]}</p>{last}".encode(), today=TODAY)
    assert [fact for fact in facts if fact.kind == Kind.EMERGENCY_PROMISE]


def test_no_more_prices_of_a_page_are_judged_than_a_price_list_has() -> None:
    """Each is judged by the text around it, in milliseconds: 40 kB of `$1$1` took a worker more than 40 seconds."""
    rows = "".join(f"<li>Drain cleaning ${price}</li>" for price in range(1, MOST_AMOUNTS + 21))
    prices = [fact for fact in read_page(f"<ul>{rows}</ul>".encode(), today=TODAY) if fact.kind == Kind.PRICE]
    assert len(prices) == MOST_AMOUNTS


def _cost(html: bytes) -> float:
    gc.disable()
    try:
        began = time.process_time()
        read_page(html, today=TODAY)
        return time.process_time() - began
    finally:
        gc.enable()
