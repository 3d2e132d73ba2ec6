"""How shops say things. Every third wording of each list is kept for the sites held back from tuning. Data."""

from random import Random

HERO = [
    "When your system quits, {name} is one call away.",
    "Honest work, upfront pricing, and technicians who clean up after themselves.",
    "Comfort you can count on, from people who live here too.",
    "Don't wait for a small rattle to become a big bill.",
    "Family owned since 1987. We treat your home like our own.",
    "Straight answers and clean work boots: that's how we do it at {name}.",
    "No heat? No cool? No problem.",
    "We answer the phone. Every time.",
    "Licensed, bonded, and insured for your peace of mind.",
]
SERVE_LINE = [
    "Proudly serving {list} and the surrounding communities.",
    "We provide service to homeowners in {list}.",
    "Our technicians cover {list}.",
    "{name} serves {list}, and nearby neighborhoods.",
    "Serving residents of {list} for over 30 years.",
    "Homeowners throughout {list} trust {name}.",
    "We're proud to be the go-to team in {list}.",
    "Now serving {list}!",
    "From {list}, neighbors call us first.",
]
AREA_HEADING = [
    "Areas We Serve", "Service Area", "Cities We Serve",
    "Our Service Areas", "Where We Work", "Proudly Serving These Communities",
    "Communities We Serve", "We Serve", "Locations We Serve",
]  # fmt: skip
EMERGENCY_LABEL = [
    "24/7 Emergency: {n}", "Emergency? Call {n}", "After-Hours Emergency Line {n}",
    "Emergency Service: {n}", "For emergencies call {n}", "24 Hour Emergency Service {n}",
    "Emergency line: {n}", "AFTER HOURS? {n}", "No-cool emergency? Dial {n}",
]  # fmt: skip
PHONE_LABEL = [
    "Call {n}", "Call Us Today {n}", "{n}", "Office: {n}", "Call Now: {n}", "Questions? {n}",
    "Phone: {n}", "Give us a ring at {n}", "Tel. {n}",
]  # fmt: skip
AMOUNT_OFF = [
    ("${a} OFF", "Any {s}"), ("Save ${a}", "on your next {s}"), ("${a} Off {s}", ""),
    ("${a} Off", "Your {s}"), ("SAVE ${a} ON {s}", ""), ("Take ${a} off any {s}", ""),
    ("${a} Savings", "{s}"), ("Get ${a} off {s}", ""), ("${a} discount", "when you schedule {s}"),
]  # fmt: skip
PERCENT_OFF = [
    ("{p}% OFF", "{s}"), ("Save {p}%", "on any {s}"), ("{p}% Off {s}", ""),
    ("{p}% off {s}", ""), ("{p} Percent Off", "{s}"), ("{p}% Discount on {s}", ""),
    ("{p}% savings", "on {s}"), ("Take {p}% Off", "{s}"), ("Enjoy {p}% off {s}", ""),
]  # fmt: skip
PRICE_OFFER = [
    ("${a} {s}", ""), ("{s} Special", "${a}"), ("{s} - Only ${a}", ""),
    ("{s}", "Just ${a}"), ("${a}", "{s}"), ("{s} for ${a}", ""),
    ("{s} Now ${a}", ""), ("{s}", "Special price: ${a}"), ("Seasonal {s}: ${a}", ""),
]  # fmt: skip
EXPIRES = [
    "Expires {d}", "Exp. {d}", "Offer valid through {d}.", "Valid until {d}", "Offer expires {d}. Cannot be combined with other offers.",
    "Must present coupon. Ends {d}.", "Good thru {d}", "Expiration date: {d}", "Limited time offer, book by {d}.",
]  # fmt: skip
DATE_FORMS = [
    "%m/%d/%Y",
    "%m/%d/%y",
    "%B %d, %Y",
    "%b %d, %Y",
    "%m-%d-%Y",
    "%b. %d, %Y",
    "%-m/%-d/%y",
    "%d %B %Y",
    "%A, %B %d, %Y",
]
OFFER_HEADING = [
    "Current Specials",
    "Coupons",
    "Special Offers",
    "Savings & Promotions",
    "Money-Saving Offers",
    "Deals",
    "Our Promotions",
    "This Season's Specials",
    "Discounts",
]
DIAGNOSTIC = [
    "Our diagnostic fee is ${a}.", "Every visit starts with a ${a} diagnostic fee, waived if you approve the repair.",
    "The diagnostic charge is ${a} and we tell you the price before we start.", "Diagnostic fee: ${a}",
    "How much is a diagnostic? A flat ${a}, credited toward the work.", "We charge a ${a} diagnostic fee during business hours.",
    "Diagnostic visit - ${a}", "You pay a ${a} diagnostic fee, nothing more, unless you say yes.", "Flat ${a} diagnostic.",
]  # fmt: skip
PLAN_PRICE = [
    "${a}/month",
    "${a} per month",
    "${a} a month",
    "Only ${a}/mo",
    "${a} monthly",
    "just ${a} / month",
    "For ${a} each month",
    "${a}/mo.",
    "from your checking account: ${a} per month",
]
VISITS = [
    "{v} tune-ups a year",
    "{v} precision tune-ups per year",
    "{v} annual maintenance visits",
    "{v} seasonal inspections",
    "{v} visits every year",
    "{v} tune-ups included",
    "{v} yearly check-ups",
    "{v} scheduled tune-ups",
    "{v} system inspections each year",
]
DISCOUNT = [
    "{p}% off repairs",
    "{p}% discount on all repairs",
    "Save {p}% on repairs",
    "{p}% off parts and labor",
    "{p}% off any service",
    "{p}% repair discount",
    "{p}% savings on parts",
    "A {p}% discount on service calls",
    "{p}% off all work",
]
BENEFITS = [
    "Priority scheduling",
    "No overtime charges",
    "Transferable to a new homeowner",
    "Waived trip fee",
    "Front-of-the-line service",
    "Extended parts warranty",
    "Cancel anytime",
    "Reminder calls",
    "Member-only pricing",
]
LICENSE_LABEL = [
    "{n}",
    "License #{n}",
    "Lic. {n}",
    "Licensed & Insured | {n}",
    "Lic# {n}",
    "State License: {n}",
    "Contractor license {n}",
    "Lic No. {n}",
    "{n} | Bonded and insured",
]
TESTIMONIAL = [
    ("They came out to {c} the same day and fixed everything. Paid $350 and it was worth it.", "Maria T., {c}"),
    ("Best {s} ever! Their old number 480-555-0000 still worked.", "Dan, {c}, {st}"),
    ("I moved here from {c}, {st} and was nervous. 20% off made my week.", "P. Okafor"),
    ("Our water heater burst on a Sunday and they replaced it. They even came to {c}.", "The Lewis family"),
    ("Saved me $1,200 over the other quote.", "Jill in {c}"),
    ("They serve {c} now, right? Anyway: five stars.", "Sam"),
    ("Great price on {s}!", "Tony R. - {c}"),
    ("Honest techs. My mom in {c}, {st} uses them too.", "Keisha"),
    ("Done in an hour for $89.", "anonymous, {c}"),
]  # fmt: skip
NEGATED = [
    "We do not offer {s} at this time.", "Please note that we no longer provide {s}.", "We don't do {s}, but we can recommend someone.",
    "{s} is not something we do.", "Sorry, no {s}.", "We have discontinued {s}.",
    "We stopped doing {s} last year.", "{s} is no longer available.", "We are unable to take on {s}.",
]  # fmt: skip
NOT_SERVED = [
    "We are not taking new work in {c} for now.", "Unfortunately we don't serve {c}.", "We no longer travel to {c}.",
    "We cannot currently cover {c}.", "Service in {c} is paused.", "Sorry, we do not service {c}.",
    "{c} is not in our service area.", "We've paused new appointments in {c}.", "We don't go as far as {c}.",
]  # fmt: skip
FILL = [
    "Most breakdowns give a warning first: short cycling, a new smell, or a bill that jumped.",
    "Filters should be changed every one to three months, depending on pets and dust.",
    "We carry common parts on the truck, so most visits end with the job done.",
    "Homes built before 1995 often need a second look at the ductwork.",
    "Upfront pricing means the price we say is the price you pay.",
    "A system past 12 years old deserves an honest conversation.",
    "High-efficiency equipment can save up to 30% on energy bills.",
    "Ask about the $2,000 federal tax credit for heat pumps.",
    "According to national averages homeowners spend $4,500 to $8,000 on a new system.",
    "Rated 4.9 out of 5 by 1,200 neighbors.",
    "100% satisfaction guaranteed.",
    "Our team has completed 15,000 jobs since 1987.",
]


class Voice:
    """Picks wordings: the third third of each list only for sites held back, the others only for the rest."""

    def __init__(self, random: Random, *, held_back: bool) -> None:
        self.random = random
        self.held_back = held_back

    def __call__[T](self, bank: list[T]) -> T:
        return self.random.choice([one for place, one in enumerate(bank) if (place % 3 == 2) == self.held_back])
