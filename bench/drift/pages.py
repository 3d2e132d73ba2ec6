"""The pages of a made-up shop: seven a site, each with what it says written beside it as labels."""

import json
from dataclasses import dataclass, field
from datetime import date

from . import phrases
from .builders import BUILDERS, Builder
from .phrases import Voice
from .shops import REGIONS, SERVICES, Deal, Shop

Label = tuple[str, str]


@dataclass
class Written:
    """A page and its labels: kind and value. `bystanders` are kinds not judged here, since noise may state them."""

    path: str
    html: str
    labels: set[Label] = field(default_factory=set)


class Site:
    def __init__(self, shop: Shop, *, held_back: bool) -> None:
        self.shop = shop
        self.random = shop.random
        self.say = Voice(shop.random, held_back=held_back)
        self.held_back = held_back
        self.build: Builder = BUILDERS[shop.seed % len(BUILDERS)](shop.random)
        self.labels: set[Label] = set()
        self.words = {name: self._variant(said) for name, said in SERVICES}

    def _variant(self, said: list[str]) -> str:
        return said[2] if self.held_back else said[self.random.randrange(2)]

    def pages(self) -> list[Written]:
        writers = {
            "/": self._home, "/ac-repair": self._service, "/specials": self._specials, "/service-areas": self._areas,
            "/membership": self._membership, "/contact": self._contact, "/summer-rush": self._campaign, "/blog/tips": self._blog,
        }  # fmt: skip
        written = []
        for path, write in writers.items():
            self.labels = set()
            title, parts = write()
            html = self._page(title, parts)
            written.append(Written(path, html, self.labels))
        return written

    def label(self, kind: str, value: str) -> None:
        self.labels.add((kind, value))

    # the frame of every page

    def _page(self, title: str, parts: list[str]) -> str:
        build, shop = self.build, self.shop
        home = shop.served[0]
        self.label("area_city", home)
        head = build.header(self._phone(), self._emergency(), build.nav(self._links()))
        foot = build.footer(
            self._license(), build.para("© 2026 " + shop.name + ". All rights reserved."), self._noise_foot()
        )
        body = head + build.main(*parts) + foot
        return build.document(
            f"{title} | {shop.name}", f"{shop.name} in {home}, {shop.state}.", body + self._scripts(), self._data()
        )

    def _links(self) -> list[tuple[str, str]]:
        links = [("Home", "/"), ("Specials", "/specials"), ("About Us", "/about"), ("Contact", "/contact")]
        for name in self.shop.shown_services[:3]:
            self.label("service", name)
            links.insert(1, (self.words[name], "/" + name.lower().replace(" ", "-")))
        return links

    def _phone(self) -> str:
        shown = _spoken(self.shop.phone, self.random.randrange(3))
        self.label("phone", "+1" + self.shop.phone)
        return self.build.phone(self.say(phrases.PHONE_LABEL).format(n=shown), self.shop.phone, shown)

    def _emergency(self) -> str:
        shown = _spoken(self.shop.shown_emergency, self.random.randrange(3))
        self.label("emergency_phone", "+1" + self.shop.shown_emergency)
        return self.build.phone(self.say(phrases.EMERGENCY_LABEL).format(n=shown), self.shop.shown_emergency, shown)

    def _license(self) -> str:
        self.label("license", _bare(self.shop.shown_license))
        return self.build.para(self.say(phrases.LICENSE_LABEL).format(n=self._license_words()))

    def _license_words(self) -> str:
        number = self.shop.shown_license
        return number.replace("ROC ", "ROC #") if self.random.random() < 0.5 else number

    def _noise_foot(self) -> str:
        noise = [
            '<div style="display:none">Call (999) 555-0003 for $500 off</div>',
            "<!-- Old coupon: $99 Furnace Special expires 01/01/2020 -->",
            '<div class="badges"><img src="b.png" alt="BBB accredited business since 1999"></div>',
            "<noscript>Please enable JavaScript. $1 off.</noscript>",
        ]
        return "".join(self.random.sample(noise, 2))

    def _scripts(self) -> str:
        return '<script>window.dataLayer=[{"phone":"(999) 555-0004","offer":"$5 OFF"}];</script>'

    def _data(self) -> str:
        if self.random.random() < 0.5:
            return ""
        shop = self.shop
        node = {
            "@context": "https://schema.org", "@type": "HVACBusiness", "name": shop.name, "telephone": _spoken(shop.phone, 0),
            "review": {"@type": "Review", "reviewBody": "They fixed our boiler", "author": {"@type": "Person", "telephone": "999-555-0005"}},
        }  # fmt: skip
        return f'<script type="application/ld+json">{json.dumps(node)}</script>'

    # pages

    def _home(self) -> tuple[str, list[str]]:
        shop, build = self.shop, self.build
        self._named(shop.shown_services)
        cards = build.cards([self.words[name] for name in shop.shown_services])
        line = self._serve(shop.served[:4])
        parts = [
            build.section(build.heading(self.say(phrases.HERO).format(name=shop.name), 1), build.para(line)),
            build.section(build.heading("Our Services"), cards),
            build.section(build.heading("What Our Customers Say"), self._testimonial()),
            build.section(
                build.heading("Why Choose Us"), *[build.para(text) for text in self.random.sample(phrases.FILL, 3)]
            ),
            build.section(
                build.para("24/7 emergency service is available."),
                build.para("Financing available with approved credit."),
            ),
        ]
        self.label("emergency_promise", "24/7 emergency service")
        self.label("financing", "financing")
        return f"Home in {shop.served[0]}, {shop.state}", parts

    def _serve(self, cities: list[str]) -> str:
        for city in cities:
            self.label("area_city", city)
        joined = ", ".join(cities[:-1]) + f", and {cities[-1]}"
        return self.say(phrases.SERVE_LINE).format(list=joined, name=self.shop.name)

    def _named(self, services: list[str]) -> None:
        for name in services:
            self.label("service", name)

    def _testimonial(self) -> str:
        text, who = self.say(phrases.TESTIMONIAL)
        values = {"c": self.random.choice(self.shop.strange[1:]), "st": self.shop.state, "s": "boiler repair"}
        return self.build.quote(text.format(**values), who.format(**values))

    def _service(self) -> tuple[str, list[str]]:
        shop, build = self.shop, self.build
        name = shop.active[0] if shop.active[0] in shop.shown_services else shop.shown_services[0]
        self.label("service", name)
        self.label("price", f"{shop.shown_diagnostic}")
        heading = f"{self.words[name]} in {shop.served[1]}, {shop.state}"
        self.label("area_city", shop.served[1])
        gone = self.say(phrases.NEGATED).format(s="boiler repair")
        parts = [
            build.section(build.heading(heading, 1), build.para(self.random.choice(phrases.FILL))),
            build.section(
                build.heading("What to expect"),
                build.para(self.say(phrases.DIAGNOSTIC).format(a=shop.shown_diagnostic)),
                build.para(gone),
            ),
            build.section(build.bullets(["Upfront pricing", "Licensed technicians", "Clean trucks"])),
        ]
        return heading, parts

    def _specials(self) -> tuple[str, list[str]]:
        build = self.build
        coupons = [self._coupon(deal) for deal in self.shop.deals]
        return "Specials", [build.section(build.heading(self.say(phrases.OFFER_HEADING), 1), *coupons)]

    def _coupon(self, deal: Deal) -> str:
        bank = {"amount off": phrases.AMOUNT_OFF, "percent off": phrases.PERCENT_OFF, "price": phrases.PRICE_OFFER}[
            deal.form
        ]
        headline, what = self.say(bank)
        said = {"a": f"{deal.shown:,}", "p": deal.shown, "s": self.words[deal.service]}
        ends = deal.shown_ends
        fine = (
            self.say(phrases.EXPIRES).format(d=_day(ends, self.say(phrases.DATE_FORMS)))
            if ends
            else "Cannot be combined with other offers."
        )
        number = f"{deal.shown}%" if deal.form == "percent off" else f"${deal.shown}"
        self.label("service", deal.service)
        self.label("offer", f"{deal.form} {number} {ends or ''}".strip())
        return self.build.coupon(headline.format(**said), what.format(**said), fine)

    def _areas(self) -> tuple[str, list[str]]:
        shop, build = self.shop, self.build
        cities = list(shop.served)
        if "paused_area" in shop.drift:
            cities.insert(3, shop.paused[0])
        if "unserved_area" in shop.drift:
            cities.insert(5, shop.strange[0])
        for city in cities:
            self.label("area_city", city)
        form = self.random.randrange(3)
        said = [city if form == 0 else f"{city}, {shop.state}" if form == 1 else city for city in cities]
        listed = build.para(" | ".join(said)) if form == 2 else build.bullets(said)
        denied = build.para(self.say(phrases.NOT_SERVED).format(c=shop.paused[1]))
        return "Service Areas", [
            build.section(build.heading(self.say(phrases.AREA_HEADING), 1), listed),
            build.section(denied),
        ]

    def _membership(self) -> tuple[str, list[str]]:
        shop, build = self.shop, self.build
        self.label("membership", f"{shop.plan} {shop.shown_plan_price}")
        benefits = [
            self.say(phrases.VISITS).format(v="two" if self.random.random() < 0.5 else "2"),
            self.say(phrases.DISCOUNT).format(p=shop.shown_plan_percent),
        ]
        benefits += [self.say(phrases.BENEFITS) for _ in range(2)]
        card = build.plan(shop.plan, self.say(phrases.PLAN_PRICE).format(a=shop.shown_plan_price), benefits)
        parts = [build.section(build.heading(f"Join the {shop.plan}", 1), build.para("Members rest easy."), card)]
        return "Membership", parts

    def _contact(self) -> tuple[str, list[str]]:
        shop, build = self.shop, self.build
        opens, closes = shop.shown_open_close
        span = [
            f"{opens}am - {closes - 12}pm",
            f"{opens}:00 AM – {closes - 12}:00 PM",
            f"{opens:02}:00 a.m. to {closes - 12:02}:00 p.m.",
        ][2 if self.held_back else self.random.randrange(2)]
        days = self.random.choice(["Mon-Fri", "Monday - Friday", "Monday – Friday", "Mon–Fri"])
        for day in ("mon", "tue", "wed", "thu", "fri"):
            self.label("hours", f"{day} {opens:02}:00-{closes:02}:00")
        self.label("hours", "sat closed")
        street, city = (
            f"{self.random.randrange(100, 9999)} {self.random.choice(['W Main St', 'Commerce Blvd', 'N 7th Ave', 'Industrial Pkwy Suite 4'])}",
            shop.served[0],
        )
        zip_code = {"AZ": "85004", "TX": "75074", "FL": "33602", "OH": "43215", "NC": "27601"}[shop.state]
        self.label("address", f"{street}, {city}, {shop.state} {zip_code}")
        email = f"office@{''.join(filter(str.isalpha, shop.name.lower()))}.com"
        self.label("email", email)
        parts = [
            build.section(
                build.heading("Contact Us", 1),
                build.para(f"{street}, {city}, {shop.state} {zip_code}"),
                build.para(f"Email: {email}"),
            ),
            build.section(
                build.heading("Office Hours"), build.hours([(days, span), ("Sat", "Closed"), ("Sunday", "Closed")])
            ),
        ]
        self.label("hours", "sun closed")
        if "wrong_phone" in shop.drift:
            shown = _spoken(shop.shown_phone, 1)
            self.label("phone", "+1" + shop.shown_phone)
            parts.append(build.section(build.para(f"Questions about billing? Office {shown}")))
        parts.append(build.section(build.para(f"Fax: {REGIONS[shop.state][2]}-555-0009")))
        return "Contact", parts

    def _campaign(self) -> tuple[str, list[str]]:
        build = self.build
        return "Summer Rush", [
            build.section(build.heading("Beat the summer rush", 1), build.para("Book early and skip the line."))
        ]

    def _blog(self) -> tuple[str, list[str]]:
        build, other = self.build, self.shop.strange[2]
        parts = [
            build.heading("How much does a boiler repair cost?", 1),
            build.para(f"A homeowner in {other} told us she paid $640 for boiler repair last winter."),
            build.para("Last year we ran a $99 tune-up special, which ended on 03/31/2024."),
        ]
        return "Tips from our blog", [f'<article class="blog-post single-post">{"".join(parts)}</article>']


def _spoken(number: str, form: int) -> str:
    area, middle, last = number[:3], number[3:6], number[6:]
    return (f"({area}) {middle}-{last}", f"{area}-{middle}-{last}", f"{area}.{middle}.{last}")[form]


def _day(day: date, form: str) -> str:
    return day.strftime(form)


def _bare(number: str) -> str:
    return "".join(filter(str.isalnum, number.upper()))
