"""Forms in which websites write places, addresses, prices, offers and emergency lines; read without a map."""

import json
from datetime import date
from typing import Any

import pytest

from drift.reading.calibration import OPENS_AT
from drift.reading.facts import Fact, Kind
from drift.reading.read import read_page

TODAY = date(2026, 11, 25)


def read(body: str, kind: Kind, title: str = "Acme Services") -> list[Fact]:
    html = f"<html><head><title>{title}</title></head><body><main>{body}</main></body></html>"
    facts = read_page(html.encode(), today=TODAY, page="/")
    return [fact for fact in facts if fact.kind is kind and fact.confidence >= OPENS_AT]


def data(**properties: Any) -> str:
    business = {"@context": "https://schema.org", "@type": "Plumber", "name": "Acme"} | properties
    return f'<script type="application/ld+json">{json.dumps(business)}</script>'


@pytest.mark.parametrize(
    ("area", "towns"),
    [
        ("Mesa, AZ", "Mesa"),
        (["Mesa", "Gilbert, AZ", "Queen Creek AZ"], "Mesa Gilbert Queen-Creek"),
        ("Mesa, Tempe and Gilbert", "Mesa Tempe Gilbert"),
        ("Mesa, AZ 85201", "Mesa"),
        ("Greater Phoenix area", "Phoenix"),
        ("Phoenix and surrounding areas", "Phoenix"),
        ([{"@type": "City", "name": "Tempe, Arizona"}, {"@type": "State", "name": "Arizona"}], "Tempe"),
        ({"@type": "AdministrativeArea", "name": "Maricopa County, AZ"}, "Maricopa-County"),
        ({"@type": "Place", "address": {"addressLocality": "Mesa", "addressRegion": "AZ"}}, "Mesa"),
        ({"@type": "Place", "containsPlace": [{"@type": "City", "name": "Mesa"}]}, "Mesa"),
        ({"@type": "GeoCircle", "geoRadius": "50"}, ""),
        ("Buffalo, New York", "Buffalo"),
        (["Buffalo", "New York"], "Buffalo New-York"),
        ({"@type": "State", "name": "New York"}, ""),
    ],
)
def test_area_of_structured_data(area: Any, towns: str) -> None:
    names = {fact.value.replace(" ", "-") for fact in read(data(areaServed=area), Kind.AREA_CITY)}
    assert names == set(towns.split())


@pytest.mark.parametrize(
    ("area", "towns"),
    [
        ("Mesa, AZ", {("Mesa", "AZ")}),
        ("Mesa, AZ, Tempe, AZ 85281 and Gilbert", {("Mesa", "AZ"), ("Tempe", "AZ"), ("Gilbert", "")}),
        ("Portland, OR; Vancouver, WA", {("Portland", "OR"), ("Vancouver", "WA")}),
        ("Central Coast, CA", {("Central Coast", "CA")}),
        ("West Michigan", {("West Michigan", "")}),
    ],
)
def test_state_of_a_town_in_structured_data(area: str, towns: set[tuple[str, str]]) -> None:
    facts = read(data(areaServed=area), Kind.AREA_CITY)
    assert {(fact.value, fact.detail.get("state", "")) for fact in facts} == towns


@pytest.mark.parametrize(
    ("typed", "hours"),
    [
        ("Mo-Tu 08:00-17:00", "mon 08:00-17:00|tue 08:00-17:00"),
        ("mo,we 8-5", "mon 08:00-17:00|wed 08:00-17:00"),
        ("We closed", "wed closed"),
        ("Mo 8-5, we are closed Su", "mon 08:00-17:00"),
        ("Open 8-5, we close Sundays", "sun closed"),
    ],
)
def test_hours_of_structured_data(typed: str, hours: str) -> None:
    assert "|".join(fact.value for fact in read(data(openingHours=typed), Kind.HOURS)) == hours


@pytest.mark.parametrize(
    ("body", "towns"),
    [
        ("<h2>Areas</h2><p>Mesa, Tempe, Gilbert, Chandler</p>", "Mesa Tempe Gilbert Chandler"),
        ("<h2>Where do you work?</h2><p>We cover the whole county</p>", ""),
        ("<h3>Reviews from our communities</h3><ul><li>Ann Walker</li><li>Bob Stone</li><li>Dee Park</li></ul>", ""),
        ("<p>Proudly serving the Valley since 1990.</p><p>We work in Superior conditions.</p>", ""),
        ("<p>We cover Naperville, Aurora, Joliet and Plainfield.</p>", "Naperville Aurora Joliet Plainfield"),
        ("<h3>Where We Work</h3><p>Plano - Frisco - Allen - McKinney</p>", "Plano Frisco Allen McKinney"),
        ("<p>Based in Barrie, we serve Springwater, Orillia, and Innisfil.</p>", "Springwater Orillia Innisfil"),
        (
            "<h2>Cities we serve</h2><ul><li>Plano, TX 75023</li><li>Allen 75002</li><li>Frisco</li></ul>",
            "Plano Allen Frisco",
        ),
        ("<h3>Cities we cover</h3><p>Plano – Frisco – Allen</p>", "Plano Frisco Allen"),
        (
            "<h2>Service area</h2><p>Pinal County (Apache Junction, Florence)</p>",
            "Pinal-County Apache-Junction Florence",
        ),
        ("<h1>Plumber in Plano, TX</h1>", "Plano"),
        ("<p>We service Trane, Lennox, and Carrier.</p>", ""),
        ("<p>Serving Residential, Commercial and Industrial Clients</p>", ""),
        ('<blockquote>"Great job" - Dana, Plano TX</blockquote>', ""),
        (
            "<p>Ready? We charge no trip in Tacoma, University Place, or Lakewood.</p>",
            "Tacoma University-Place Lakewood",
        ),
        ("<p>$45 trip charge for Gilbert and Chandler.</p>", "Gilbert Chandler"),
        ("<p>Mesa and Gilbert add a $20 travel fee.</p>", "Mesa Gilbert"),
        ("<p>Permit fees for Dallas and Austin differ.</p>", ""),
        ("<h2>Meet the team</h2><p>Austin · Madison · Jackson · Carson</p>", ""),
        ("<p>Our college visits from Mesa and Gilbert are over.</p>", ""),
        ("<p>Trip charges for Carrier and Lennox parts</p>", ""),
        ("<p>On every job: care. Mesa · Gilbert · Tempe · Queen Creek. (AZ)</p>", "Mesa Gilbert Tempe Queen-Creek"),
        ("<h2>Where</h2><p>Mesa, Gilbert and Tempe at no extra cost</p>", "Mesa Gilbert Tempe"),
    ],
)
def test_towns_of_a_text(body: str, towns: str) -> None:
    assert {fact.value.replace(" ", "-") for fact in read(body, Kind.AREA_CITY)} == set(towns.split())


def test_town_in_the_title_of_a_location_page() -> None:
    (fact,) = read(
        "<h1>Water Heater Repair</h1>", Kind.AREA_CITY, title="Water Heater Repair Frisco TX - Acme Plumbing"
    )
    assert fact.value == "Frisco"


@pytest.mark.parametrize(
    ("body", "address"),
    [
        ("<p>123 Main St<br>Suite 200<br>Phoenix, AZ 85004</p>", "123 Main St Suite 200, Phoenix, AZ 85004"),
        ("<p>123 Main St</p><p>Suite 200</p><p>Phoenix, AZ 85004</p>", "123 Main St, Suite 200, Phoenix, AZ 85004"),
        ("<p>51 Ward Ave</p><p>Oro-Medonte, ON</p>", "51 Ward Ave, Oro-Medonte, ON"),
        ("<p>2100 Highway 90 West, Mobile, AL 36608</p>", "2100 Highway 90 West, Mobile, AL 36608"),
        ("<p>4520 County Road 12, Elk Creek, MO 65464</p>", "4520 County Road 12, Elk Creek, MO 65464"),
        ("<p>400 Industrial Pkwy, Unit B, Reno, Nevada 89502</p>", "400 Industrial Pkwy, Unit B, Reno, NV 89502"),
        ("<p>27 Wharf Lane, Laconia, New Hampshire 03246</p>", "27 Wharf Lane, Laconia, NH 03246"),
        ("<p>Over 20 years of service, Phoenix, AZ</p>", ""),
    ],
)
def test_address(body: str, address: str) -> None:
    assert [fact.value for fact in read(body, Kind.ADDRESS)] == ([address] if address else [])


@pytest.mark.parametrize(
    ("body", "amounts"),
    [
        ("<p>Water heater installation starting at $1,200.</p>", "1200"),
        ("<ul><li>Toilet repair - $125 per visit</li><li>Faucet replacement - $175+</li></ul>", "125 175"),
        (
            "<table><tr><th>Service</th><th>Price</th></tr><tr><td>Rekey</td><td>$75 up to $120</td></tr></table>",
            "75",
        ),
        ("<p>New AC systems: $5k-$12k installed</p>", ""),
        ("<h2>Gutter painting</h2><div><p>$89</p><p>$ave today!</p></div>", "89"),
        ("<h2>Gutter painting</h2><div><p>$89</p><p>$2M insured</p></div>", "89"),
        ("<h2>Gutter painting</h2><div><p>$89</p><p>$$$</p></div>", "89"),
        ("<h2>Gutter painting</h2><div><p>$89</p><p>$79</p></div>", "79"),
        ("<div><h3>Gutter painting</h3><p><s>$124</s> $89 a foot</p></div>", "89"),
        ("<div><h3>Gutter painting</h3><p><del>$124</del> $89 a foot</p></div>", "89"),
        ("<h3>Termite control</h3><ul><li>Termite bond up to $250,000</li></ul>", ""),
        ("<p>The initial service is $149.</p>", "149"),
        ("<h3>Service call</h3><p>We charge $79 for the service call, which is waved off if you proceed.</p>", "79"),
        ("<p>The deposit for panel upgrades is $500. We ask $300 down for a panel upgrade.</p>", ""),
        ("<p>Drain cleaning $149 by bonded plumbers.</p>", "149"),
        ("<p>Drain cleaning: a deposit of $100.</p><p>Deposits start at $50 for drain cleaning.</p>", ""),
        ("<p>A $150 refundable deposit, or $500 down on a furnace installation</p>", ""),
        ("<table><tr><td>Deposit</td><td>$90</td></tr><tr><td>Drain cleaning</td><td>$149</td></tr></table>", "149"),
        ("<p>Drain cleaning $99, no deposit required.</p><p>No deposit: lawn mowing is $45.</p>", "99 45"),
        ("<p>License 387412. Bonded up to $10,000.</p>", ""),
        ("<dl><dt>Toilet rental</dt><dd>$40 for a weekend, $165 per month.</dd></dl>", "40 165"),
    ],
)
def test_prices(body: str, amounts: str) -> None:
    assert {f"{fact.price:f}" for fact in read(body, Kind.PRICE)} == set(amounts.split())


ROW = "<div class=row><div>{}</div><p>{}</p><div>{}</div></div>"


@pytest.mark.parametrize(
    ("body", "names"),
    [
        (ROW.format("Mailbox Install", "New post and box.", "$149"), "Mailbox Install"),
        (
            ROW.format("Standard tank pump-out", "", "$350") + ROW.format("Camera inspection", "", "$225"),
            "Standard tank pump-out|Inspection",
        ),
        ("<div><div>From <b>$249</b><h3>General Pest Control</h3></div></div>", "General Pest Control"),
        ("<ul><li>Toilet repair $125</li><li>Shelf hanging $85</li></ul>", "Toilet Repair|Shelf hanging"),
        ("<p>Two-man crew: $150 per hour</p><p>Minimum charge $99</p>", "Two-man crew|Minimum Charge"),
        ("<p>Call us today. Leaf removal begins at $150.</p>", "Leaf removal"),
        (
            "<p>Ceiling fan, up to 40 ft: $185<br>Trip fee: $69, waived with repair</p>",
            "Ceiling fan, up to 40 ft|Trip Fee",
        ),
        ("<div><h3>Siding painting</h3><p>Between $2,000 and $3,000</p></div>", "Siding painting"),
        ("<h1>Weekly Lawn Mowing</h1><p>We edge, too. Work starting at $45.</p>", "Weekly Lawn Mowing"),
        (
            "<dl><dt>Shelf hanging</dt><dd>Four shelves</dd><dd>$85</dd><dt>Pool opening</dt><dd>$300</dd></dl>",
            "Shelf hanging|Pool opening",
        ),
        ("<h2>About</h2><p>The part costs $200. Some crews send a man who finds $900 of things wrong.</p>", ""),
        (
            "<table><tr><th></th><th>Small</th><th>Large</th></tr><tr><th>Felling</th><td>$400</td><td>$900</td></tr></table>",
            "Felling, Small|Felling, Large",
        ),
        (
            (
                "<table><tr><td><ul><li>Shelf hanging - $85</li><li>Faucet replacement - $135</li></ul></td>"
                "<td><ul><li>Door hanging - $180</li></ul></td></tr></table>"
            ),
            "Shelf hanging|Faucet Installation|Door hanging",
        ),
        (
            "<p>We bring parts for nearly all doors on each of our trucks. Two-spring replacement $349 complete.</p>",
            "Two-spring replacement",
        ),
        ("<p>A new training $99 for our people.</p><p>Our founder bought his first van cleaning $500 of snow.</p>", ""),
        ("<p>He has no idea about any of the parts on your old garage door. He wanted $900.</p>", ""),
        ("<p>Shelf hanging $85 each · folding table $10 each</p>", "Shelf hanging|folding table"),
        ("<p>Every chimney is seen twice. A standard cleaning is $159.</p>", "standard cleaning"),
        ("<p>Driveways from $150, patios from $295, $20 per extra car.</p>", "Driveways|patios"),
        (
            "<p>LiftMaster belt-drive opener, installed with two remotes: $589. It is quiet and lasts.</p>",
            "LiftMaster belt-drive opener, installed with two remotes",
        ),
    ],
)
def test_names_of_prices(body: str, names: str) -> None:
    facts = read(f"<h2>Pool cleaning</h2>{body}", Kind.PRICE)
    assert "|".join(fact.value for fact in facts) == names


@pytest.mark.parametrize(
    ("body", "percent"),
    [
        ("<p>10% off for seniors and military</p>", 10),
        ("<p>10% for seniors</p>", 10),
        ("<p>Senior discount of 10 percent.</p>", 10),
        ("<p>Seniors: 10%</p>", 10),
        ("<p>A 10% senior and military discount</p>", 10),
    ],
)
def test_discount_for_a_group(body: str, percent: int) -> None:
    assert [fact.percent for fact in read(body, Kind.OFFER)] == [percent]


def test_plan_with_a_lower_case_last_word() -> None:
    (plan,) = read("<p>Our Bug Shield program is $45 a month.</p>", Kind.MEMBERSHIP)
    assert plan.value == "Bug Shield program"


@pytest.mark.parametrize(
    ("heading", "plan"),
    [("Quarterly plan", "Quarterly plan"), ("Planters", ""), ("Floor plan", ""), ("Can I cancel my plan", "")],
)
def test_price_of_a_period_below_the_name_of_a_plan(heading: str, plan: str) -> None:
    facts = read(f"<h3>{heading}</h3><p>$119 every quarter, with ants and spiders.</p>", Kind.MEMBERSHIP)
    assert [fact.value for fact in facts] == [plan] * bool(plan)


CARD = "<div class=card><div>{}</div><div>{}</div><a href=/book>Claim this offer</a></div>"


@pytest.mark.parametrize(
    ("body", "terms"),
    [
        (
            "<div>" + "".join(CARD.format(*row) for row in (("$98", "Super Tune-Up"), ("$45", "Flush"))) + "</div>",
            "98 45",
        ),
        ("<div>" + CARD.format("$1,500", "Off a New High-Efficiency System") + "</div>", "1500"),
        ("<p>Clean parts last. <a href=/faq>$129 tune-up special</a></p>", "129"),
        ("<p>Limited time: $59 furnace tune-up (reg. $129)</p>", "59"),
        ("<p>A specialist checks your furnace for $59.</p>", ""),
        ("<p>Special-order filters: $45</p>", ""),
        ("<p>Special - furnace filters: $45</p>", "45"),
        ("<p>Refer a neighbor and get a $50 gift card.</p>", "50"),
        ("<p>No-charge second opinions on any furnace quote.</p>", "0"),
        ("<p>Free filter with any tune-up</p><p>Free inspection with repair</p>", "0 0"),
        ('<div class="promo-badge">$25 off your first visit</div>', "25"),
        ('<div class="badges"><blockquote>They gave me $25 off!</blockquote></div>', ""),
    ],
)
def test_terms_of_offers(body: str, terms: str) -> None:
    facts = read(f"<h2>Coupons</h2>{body}" if "card" in body else body, Kind.OFFER)
    assert [f"{fact.price:f}" for fact in facts] == terms.split()


def test_waived_fee_is_an_offer() -> None:
    (fact,) = read("<p>We waive the diagnostic fee when you approve the repair.</p>", Kind.OFFER)
    assert fact.detail["form"] == "free"


@pytest.mark.parametrize(
    ("body", "plans"),
    [
        (
            "<div><p>Home Basic</p><h3>The Essentials</h3><div>$179/yr</div><ul><li>10% off</li></ul></div>",
            "Home Basic",
        ),
        (
            "<h2>What You Get as a Member</h2><p>The Sunny Family Plan has it all.</p><p>Members pay $19 a month.</p>",
            "Sunny Family Plan",
        ),
        ("<p>The Sunny Family Plan is for members.</p><p>Our Family Plan costs $19 a month.</p>", "Sunny Family Plan"),
    ],
)
def test_names_of_plans(body: str, plans: str) -> None:
    facts = read(f"<h2>Maintenance plans</h2>{body}", Kind.MEMBERSHIP)
    assert [fact.value for fact in facts if fact.price] == [plans]


CARD = "<div class=card><h3>{}</h3><div><span>$</span><span>{}</span><span>/mo</span></div><p>billed yearly</p></div>"


@pytest.mark.parametrize(
    ("heading", "plans"),
    [("Pick your plan", {"Seawall", "Lighthouse"}), ("Rental tools", set()), ("Payment plans", set())],
)
def test_cards_below_a_choice_of_plans(heading: str, plans: set[str]) -> None:
    body = f"<h2>{heading}</h2><div>{CARD.format('Seawall', 64)}{CARD.format('Lighthouse', 92)}</div>"
    assert {fact.value for fact in read(body, Kind.MEMBERSHIP) if fact.price} == plans


@pytest.mark.parametrize(
    ("body", "services"),
    [
        ("<table><tr><td>Roof snow removal</td><td>$95</td></tr></table>", {"Roof snow removal"}),
        ("<ul><li>Vent boot replacement ..... $140</li></ul>", {"Vent boot replacement"}),
        ("<table><tr><td>Valve replacement</td><td>$300 - $500</td></tr></table>", set()),  # an estimate of a part
        ("<p>The initial service is $149.</p>", set()),
    ],
)
def test_service_named_by_its_price(body: str, services: set[str]) -> None:
    assert {fact.value for fact in read(body, Kind.SERVICE)} == services


def test_titles_of_cards_are_alike_with_and_without_a_link() -> None:
    titles = ("<a href=/a>Deck Staining</a>", "<a href=/b>Fence Painting</a>", "Crawl Space Encapsulation")
    body = "".join(f"<div><div><h3>{title}</h3><p>Done well.</p></div></div>" for title in titles)
    assert "Crawl Space Encapsulation" in {fact.value for fact in read(f"<section>{body}</section>", Kind.SERVICE)}


def test_names_of_services_may_begin_with_their_act() -> None:
    body = "<h2>Our services</h2><ul><li>Replacement of locks</li><li>Repair of blinds</li><li>Fan repair</li></ul>"
    assert {fact.value for fact in read(body, Kind.SERVICE)} == {
        "Replacement of locks",
        "Repair of blinds",
        "Fan repair",
    }


def test_payments_by_the_month_are_financing() -> None:
    assert read("<p>Payments from $99/mo. with approved credit.</p>", Kind.FINANCING)


@pytest.mark.parametrize(
    "body",
    [
        "<div><h3>Phone</h3><a href='tel:6025550142'>(602) 555-0142</a><p>24/7 emergency service</p></div>",
        "<div><p>Our emergency crew is standing by.</p><p>(602) 555-0142</p></div>",
        "<p>For no heat, call dispatch—(602) 555-0142 answers around the clock.</p>",
        data(contactPoint={"@type": "ContactPoint", "telephone": "+1-602-555-0142", "contactType": "24/7 service"}),
    ],
)
def test_emergency_line(body: str) -> None:
    assert [fact.value for fact in read(body, Kind.EMERGENCY_PHONE)] == ["+16025550142"]


@pytest.mark.parametrize(
    ("body", "promises"),
    [
        ("<p>No after-hours surcharge. Real plumbers around the clock, always on call.</p>", "no emergency surcharge"),
        ("<p>We do not charge extra for after-hours work.</p>", "no emergency surcharge"),
        ("<p>Emergency response within 2 hours</p>", "fast arrival"),
        ("<p>Call before noon and we'll be there the same day.</p>", "same-day service"),
        ("<p>We add a surcharge after hours.</p>", ""),
        ("<p>We can be there in an hour.</p>", "fast arrival"),
        ("<p>There was a leak in two hours. The paint dries there in an hour.</p>", ""),
        ("<p>Our average response: 45 minutes to emails</p>", ""),
        ("<p>We pick up trash day and night.</p>", ""),
        ("<p>Average response: 45 minutes</p>", "fast arrival"),
        ("<p>Call us any time, day or night.</p>", "24/7 emergency service"),
        ("<p>Our crews pick up day and night.</p>", "24/7 emergency service"),
    ],
)
def test_terms_of_emergency_help(body: str, promises: str) -> None:
    values = {fact.value for fact in read(body, Kind.EMERGENCY_PROMISE)}
    assert promises in values if promises else not values


TITLE = "<div><p class=card-title>{}</p><b>Soon</b></div>"


@pytest.mark.parametrize(
    ("body", "names"),
    [
        (
            (
                "<dl><dt>Baffle replacement</dt><dd>Outlet, too.</dd><dt>Trap pumping</dt><dd>Soon.</dd>"
                "<dt>Toilet rental</dt><dd>For sites.</dd></dl>"
            ),
            "Baffle replacement|Toilet|Toilet rental|Trap pumping",
        ),
        (
            (
                "<h2>Popular jobs</h2><ul><li>Shelf hanging - $85</li><li>Fence repair - by the hour</li>"
                "<li>Furniture assembly</li></ul>"
            ),
            "Fence repair|Furniture assembly|Shelf hanging",
        ),
        ("<h2>Jobs</h2><ul><li>Office cleaning</li><li>Fence repair</li><li>Crew training</li></ul>", ""),
        ("<h2>Services</h2><p>Shelf hanging, fence repair and attic fans</p>", "Fence repair|Shelf hanging"),
        ("<h2>Services</h2><p>Shelf hanging<br>Fence repair<br>Attic fans</p>", "Fence repair|Shelf hanging"),
        (
            "<p>Services include shelf hanging, fence repair and deck staining.</p>",
            "Deck staining|Fence repair|Shelf hanging",
        ),
        (
            "<p>Repairs we do: shelf hanging, fence repair, and deck staining.</p>",
            "Deck staining|Fence repair|Shelf hanging",
        ),
        ("<p><b>Services</b><br>Shelf hanging<br>Attic fans<br>Fence repair</p>", "Fence repair|Shelf hanging"),
        ("<div><p>Shelf hanging</p><p>$85</p></div><div><p>Any part</p><p>$9</p></div>", "Shelf hanging"),
        ("<p>Services we do not offer: roof patching, gutter painting and tree felling.</p>", ""),
        ("<p>Repairs we never do: roof patching, gutter painting and tree felling.</p>", ""),
        ("<p>We offer peace of mind, careful listening and honest billing.</p>", ""),
        ("<p>Our projects include Fort Building, City Hall and the Sears Building.</p>", ""),
        ("<h2>Common jobs</h2><ul><li>Receptionist</li><li>Dispatching</li><li>Attic work</li></ul>", ""),
        ("<h2>About us</h2><p>Shelf hanging, fence repair and deck staining</p>", ""),
        (
            "".join(TITLE.format(name) for name in ("Shelf hanging", "Fence repair", "Pergolas")),
            "Fence repair|Pergolas|Shelf hanging",
        ),
    ],
)
def test_services_of_a_list(body: str, names: str) -> None:
    facts = read(f"<section>{body}</section>", Kind.SERVICE)
    assert "|".join(sorted(fact.value for fact in facts)) == names


@pytest.mark.parametrize(
    "body",
    [
        "<p>Summer hours (June–August): Mon–Fri 6 am – 2 pm</p>",
        "<p>Winter schedule: Mon-Fri 9am-3pm</p>",
        "<h3>Fall &amp; winter hours</h3><p>Mon-Fri 9am-3pm</p>",
        "<p>During the summer we open Mon-Fri 6am-2pm</p>",
        "<p>May 1 – Sept 30: Mon-Fri 7am-4pm</p>",
        "<h3>Summer</h3><p>Mon-Fri 6am-2pm</p>",
        "<p>Mon-Fri 6am-2pm in the summer</p>",
        "<p>April - October: Mon-Sat 7am-7pm. November - March: Mon-Fri 8am-5pm</p>",
    ],
)
def test_hours_of_a_season_are_not_regular_hours(body: str) -> None:
    assert read(body, Kind.HOURS) == []


@pytest.mark.parametrize(
    "ahead",
    [
        "Spring hours:", "Winter Park office:", "Summerville:", "Open all winter", "May we help?",
        "We no longer keep summer hours:", "Here for you this winter -", "In the summer heat, call us",
        "Open January through December:", "Ask for Jan to Mary.", "Decatur to Marion:", "Open winter and summer:",
        "</p><h2>Get ready for winter</h2><p>",
    ],
)  # fmt: skip
def test_hours_after_a_name_that_only_resembles_a_season(ahead: str) -> None:
    assert len(read(f"<p>{ahead} Mon-Fri 8am-5pm</p>", Kind.HOURS)) == 5


@pytest.mark.parametrize(
    "season", ["(summer: 6am-2pm)", ", summer 6am-2pm", "(Mon-Fri 6am-2pm in the summer)", ". Summer: Mon-Fri 6am-2pm"]
)
def test_hours_of_a_season_after_regular_hours(season: str) -> None:
    facts = read(f"<p>Mon-Fri 8am-5pm {season}</p>", Kind.HOURS)
    assert [fact.value[4:] for fact in facts] == ["08:00-17:00"] * 5
