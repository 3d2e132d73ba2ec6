"""The small readers: dates, phones, services, hours, licences, amounts; each with what people really write."""

from datetime import date

import pytest

from drift.reading import hours, phones
from drift.reading.blocks import Block, Element, Page
from drift.reading.contacts import uncovered
from drift.reading.dates import ends_in
from drift.reading.facts import Kind
from drift.reading.licenses import licenses
from drift.reading.outline import outline
from drift.reading.services import Lexicon, mentions
from drift.reading.structured import structured, tolerant

TODAY = date(2026, 11, 25)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("expires 12/31/26", "2026-12-31"),
        ("Exp. 12-31-2026", "2026-12-31"),
        ("through Dec. 31", "2026-12-31"),
        ("Offer valid through December 31st, 2026", "2026-12-31"),
        ("Valid 10/1/26 - 12/31/26", "2026-12-31"),
        ("Expires: 12/2026", "2026-12-31"),
        ("expires 1 March 2027", "2027-03-01"),
        ("Must be booked by 1/15/2027", "2027-01-15"),
        ("Good through Thursday, December 31, 2026", "2026-12-31"),
        ("priceValidUntil: ends 2026-12-01", "2026-12-01"),
    ],
)
def test_end_of_an_offer(text: str, day: str) -> None:
    end = ends_in(text, TODAY)
    assert end is not None and end.day == date.fromisoformat(day)


@pytest.mark.parametrize(
    "text",
    [
        *("valid until end of month", "Good thru 3/31", "this summer only"),
        *("since 1998", "Expires 02/30/2026", "call 602-555-0142", "open 8/5"),
    ],
)
def test_a_vague_or_missing_end_has_no_day(text: str) -> None:
    """Without a year a day far ahead may be of last year's page."""
    end = ends_in(text, TODAY)
    assert end is None or end.day is None


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("(602) 555-0142", "+16025550142"),
        ("602.555.0142", "+16025550142"),
        ("+1 602 555 0142", "+16025550142"),
        ("1-800-COOL-AIR", "+18002665247"),
        ("602-555-0142 x12", "+16025550142"),
        ("Call today(602) 555-0142", "+16025550142"),
    ],
)
def test_phone_numbers(text: str, number: str) -> None:
    assert [match.number for match in phones.numbers_in(text)] == [number]


@pytest.mark.parametrize(
    "text", ["ROC 123456", "2602-555-01421", "12/31/2026", "$1,602,555", "123-456-7890", "555-123-4567"]
)
def test_other_numbers_are_not_phones(text: str) -> None:
    assert phones.numbers_in(text) == []


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("Call (602) 555-0142 Emergency? (602) 555-0199", ["phone", "emergency_phone"]),
        ("Office: 602-555-0142 | After hours: 602-555-0199", ["phone", "emergency_phone"]),
        ("602-555-0142 (24/7 emergency line)", ["emergency_phone"]),
        ("For non-emergency questions 602-555-0142", ["phone"]),
        ("Fax: 602-555-0142", []),
        ("Website by Acme, 212-555-0188", []),
    ],
)
def test_emergency_line_is_classified(text: str, kinds: list[str]) -> None:
    facts = list(phones.phones(outline(f"<p>{text}</p>")))
    assert [fact.kind.value for fact in facts] == kinds


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("Furnace & AC repair, installation", "furnace/repair furnace/installation ac/repair ac/installation"),
        ("AC Repair Furnace Installation", "ac/repair furnace/installation"),
        ("We repair or replace your old water heater", "water heater/repair water heater/installation"),
        ("Air duct cleaning and sealing", "duct/cleaning duct/sealing"),
        ("A/C tune-ups", "ac/maintenance"),
        ("Tankless Water Heaters", "tankless/"),
        ("Commercial HVAC services", "commercial:hvac/service"),
        ("Whole-home repiping", "repiping/"),
        ("we service all brands", ""),
    ],
)
def test_services_have_a_thing_and_an_act(text: str, keys: str) -> None:
    named = mentions(text, Lexicon())
    assert [f"{mention.key[0]}/{mention.key[1]}" for mention in named] == _split(keys)


def _split(keys: str) -> list[str]:
    """Keys parted by spaces, where a thing may hold one itself."""
    parts: list[str] = []
    for word in keys.split():
        if parts and "/" not in parts[-1]:
            parts[-1] += f" {word}"
        else:
            parts.append(word)
    return parts


def test_tenant_names_take_precedence() -> None:
    lexicon = Lexicon({"Cool Check Plus": "Cool Check"})
    assert [mention.name for mention in mentions("Ask for our Cool Check Plus today", lexicon)] == ["Cool Check"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mon-Fri 8am-5pm", {"mon": "08:00-17:00", "fri": "08:00-17:00"}),
        ("Monday – Friday: 7:30 AM – 6:00 PM", {"wed": "07:30-18:00"}),
        ("M-F 8-5", {"tue": "08:00-17:00"}),
        ("Mo-Fr 09:00-11:00", {"mon": "09:00-11:00", "fri": "09:00-11:00"}),
        ("Sat 9 to noon; Sun closed", {"sat": "09:00-12:00", "sun": "closed"}),
        ("Open daily 7 a.m. to 10 p.m.", {"sun": "07:00-22:00"}),
        ("8:00AM-5:00PM Monday through Friday. Emergency service available 24/7.", {"mon": "08:00-17:00"}),
        ("Saturday & Sunday: Open 24 hours", {"sat": "00:00-24:00", "sun": "00:00-24:00"}),
    ],
)
def test_hours_day_by_day(text: str, expected: dict[str, str]) -> None:
    actual = dict(fact.value.split(" ", 1) for fact in hours.hours(outline(f"<p>Hours: {text}</p>")))
    assert expected.items() <= actual.items()


def test_emergency_hours_are_not_office_hours() -> None:
    assert list(hours.hours(outline("<p>Emergency service: Sat-Sun 8-8</p>"))) == []


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("TACLA12345C", ["TACLA12345C"]),
        ("CAC1819283", ["CAC1819283"]),
        ("CSLB #1012345", ["CSLB 1012345"]),
        ("License: RMP-41234", ["RMP-41234"]),
        ("Lic. # 2705123456", ["2705123456"]),
        ("NH Septage Hauler, registered, DES-H-2214", ["DES-H-2214"]),
        ("Commercial applicator 58812. W6120 County Road V", ["58812"]),
        ("Licensed since 1998, call 602-555-0142", []),
        ("Licensed and insured. General liability policy #GL-4471203, workers' compensation policy WC-883120", []),
        ("Licensed contractor. Your invoice shows PO# 31710, order # 4471203 and account no. 7730124", []),
        ("A licensed panel upgrade in Tempe, building permit #20231148", []),
        ("Licensed. PO# 31710", []),
        ("Licensed. STE# 12001", []),
        ("A licensed contractor on every job. ROC 318842", ["ROC 318842"]),
        ("A master plumber, 2710-068811, in Fairfax", ["2710-068811"]),
        ("Call 2705123456, or order part 2714-123456", []),
        ("Licensed electricians. We pull every permit. ROC #318842", ["ROC 318842"]),
        ("Licensed, bonded and full liability insurance. ROC 318842", ["ROC 318842"]),
        ("Licensed. We stock every part. CCB 203948", ["CCB 203948"]),
        ("Licensed. We leave your attic in order. MDA31710", ["MDA31710"]),
        ("Licensed, 1 Main St, Suite 4. ROC 318842", ["ROC 318842"]),
        ("NJ Electrical Contractor Business Permit #138420", ["138420"]),
        ("Registered: FL Pest control permit #JB298112", ["JB298112"]),
        ("Licensed. TCEQ permit OS0012345", ["OS0012345"]),
        ("MN Mechanical Contractor Bond 755123", ["755123"]),
        ("MN Mechanical Bond MB004512", ["MB004512"]),
    ],
)
def test_license_numbers(text: str, numbers: list[str]) -> None:
    assert [fact.value for fact in licenses(outline(f"<p>{text}</p>"))] == numbers


def test_obfuscated_email_address_is_read() -> None:
    code = bytes([0x2A, *(byte ^ 0x2A for byte in b"office@peak.com")]).hex()
    assert uncovered(code) == "office@peak.com"
    assert uncovered("zz") == "" == uncovered("")


@pytest.mark.parametrize(
    "script",
    [
        '{"a": [1, 2,],}',
        '<!-- {"a": 1} -->',
        '//<![CDATA[\n{"a": 1}\n//]]>',
        '{"a": "line\nbreak"}',
        '{"a": 1}{"a": 2}',
    ],
)
def test_common_json_ld_mistakes_are_tolerated(script: str) -> None:
    assert tolerant(script) is not None


@pytest.mark.parametrize(
    "script",
    [
        *("", "{", "nonsense", "[" * 100_000, '{"a":' * 50_000, '{"a": 1' + "0" * 500_000 + "}"),
        '{"a": ' + "[" * 60 + '{"email": "a@peak.com"}' + "]" * 60 + "}",
        '{"areaServed": {"containsPlace": ' * 500 + "1" + "}}" * 500,
    ],
)
def test_invalid_huge_or_deep_json_ld_is_ignored(script: str) -> None:
    page = Page(data=[(Element("script", None, 0, 1), script)])
    assert list(structured(page)) == []


def test_quote_has_at_most_200_characters_around_its_position() -> None:
    block = Block("x " * 300 + "HERE" + " y" * 300, Element("p", None, 0, 1), 0)
    fact = block.fact(Kind.EMAIL, "a", 0.9, span=(600, 604))
    assert len(fact.quote) <= 200 and "HERE" in fact.quote
