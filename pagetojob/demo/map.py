"""Titan Map of the demo tenant: its services, areas, pages and capacity rules.

All of it is fictional, worded like a real shop. No prices, reviews or licenses.
"""

from dataclasses import dataclass, field

from pagetojob.titanmap.models import CallToAction, Family, Hours, PageKind, Urgency, ZoneState

_WEEKDAY, _SATURDAY = [["07:00", "18:00"]], [["08:00", "14:00"]]
HOURS = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), _WEEKDAY) | {"sat": _SATURDAY}


@dataclass(frozen=True)
class Item:
    family: Family
    name: str
    detail: str = ""
    active: bool = True
    zone_state: str = ""


ITEMS = (
    Item(Family.JOB_TYPE, "AC Repair", "demand service"),
    Item(Family.JOB_TYPE, "Maintenance Tune-Up", "recurring visit"),
    Item(Family.JOB_TYPE, "Water Heater Repair", "retired plumbing type", active=False),
    Item(Family.BUSINESS_UNIT, "Residential HVAC"),
    Item(Family.CAMPAIGN, "Summer AC Demand"),
    Item(Family.ZONE, "Phoenix Metro", "Phoenix, Tempe, Glendale and Scottsdale", zone_state=ZoneState.ACTIVE),
    Item(Family.ZONE, "Apache Junction", "Apache Junction and Gold Canyon", zone_state=ZoneState.EMERGENCY_ONLY),
    Item(Family.ZONE, "Queen Creek", "Queen Creek and San Tan Valley", zone_state=ZoneState.EXPANSION),
    Item(Family.ZONE, "Buckeye", "Buckeye and Verrado", zone_state=ZoneState.PAUSED),
    Item(Family.PRICEBOOK_SERVICE, "AC Diagnostic"),
    Item(Family.BOOKING_PROVIDER, "PageToJob appointment request"),
    Item(
        Family.OFFER,
        "Cooling Check With Every AC Repair",
        "For homes in the Phoenix Metro area that ask for an AC repair. No end date has been set.",
    ),
)


@dataclass(frozen=True)
class Page:
    """A page and the names of its bound items, by role."""

    slug: str
    page_path: str
    label: str
    headline: str
    intro: str
    kind: PageKind = PageKind.SERVICE
    mapped: dict[str, str] = field(default_factory=dict)


_SHOP = {"business_unit": "Residential HVAC", "booking_provider": "PageToJob appointment request"}
_REPAIR = _SHOP | {"job_type": "AC Repair"}
_SUMMER = _REPAIR | {
    "campaign": "Summer AC Demand",
    "zone": "Phoenix Metro",
    "pricebook_service": "AC Diagnostic",
}

PAGES = (
    Page(
        "home",
        "/",
        "Home page",
        "When the cooling stops, start here",
        "We repair and look after air conditioning in Phoenix-area homes. Call us, or tell us what's wrong and "
        "we call you back.",
        mapped=_SHOP,
    ),
    Page(
        "ac-repair-phoenix",
        "/ac-repair-phoenix",
        "Phoenix AC repair landing page",
        "AC repair in Phoenix that starts with the cause",
        "An air conditioner that stops in a Phoenix summer has a reason, and finding it comes first. We begin with a "
        "diagnostic visit, tell you in plain words what we found, and you decide what happens next.\n\n"
        "We work on central air conditioners and heat pumps in homes. Helpful to know when we call: how old the "
        "system is, what it does now, and when it last worked well.",
        mapped=_SUMMER,
    ),
    Page(
        "emergency-ac-repair",
        "/emergency-ac-repair",
        "Emergency AC repair page",
        "No cooling right now? Call first",
        "If the house is getting hot and someone in it is very young, old or ill, do not wait for a form: call. "
        "After hours, dispatch checks each emergency request before it gets a time.\n\n"
        "If you smell burning or see smoke, leave the house and call 911.",
        mapped=_SUMMER,
    ),
    Page(
        "maintenance-tune-up",
        "/maintenance-tune-up",
        "Maintenance tune-up page",
        "A tune-up before the heat, on a day that suits you",
        "A maintenance visit can be planned: choose a day and a time of day, and we'll call to confirm.\n\n"
        "We check the cooling side before summer and the heating side before winter, and leave you a list of "
        "what we checked.",
        mapped=_SHOP | {"job_type": "Maintenance Tune-Up", "zone": "Phoenix Metro"},
    ),
    Page(
        "summer-ac-demand",
        "/offers/summer-cooling-check",
        "Summer offer page",
        "A cooling check comes with every AC repair",
        "Request an AC repair this summer, and we check the rest of the cooling system on the same visit: "
        "filter, drain, airflow and outdoor unit. You get a list of what we checked.",
        PageKind.OFFER,
        _SUMMER | {"offer": "Cooling Check With Every AC Repair"},
    ),
    Page(
        "area-phoenix-metro",
        "/areas/phoenix-metro",
        "Phoenix Metro area page",
        "AC repair and tune-ups across Phoenix Metro",
        "This is home ground: repairs, tune-ups and emergencies, in and after office hours.",
        PageKind.AREA,
        _REPAIR | {"zone": "Phoenix Metro"},
    ),
    Page(
        "area-apache-junction",
        "/areas/apache-junction",
        "Apache Junction area page",
        "Emergency AC help in Apache Junction",
        "We drive out to Apache Junction and Gold Canyon when a home has no cooling. Tune-ups and other planned "
        "visits are not on our calendar here for now.",
        PageKind.AREA,
        _REPAIR | {"zone": "Apache Junction"},
    ),
    Page(
        "area-queen-creek",
        "/areas/queen-creek",
        "Queen Creek area page",
        "We are starting out in Queen Creek",
        "Our first visits in Queen Creek and San Tan Valley are being planned. Ask us: we check each request and "
        "tell you honestly whether we can come.",
        PageKind.AREA,
        _REPAIR | {"zone": "Queen Creek"},
    ),
    Page(
        "area-buckeye",
        "/areas/buckeye",
        "Buckeye area page",
        "Buckeye: we are not taking new work for now",
        "We would rather say so than keep you waiting. When we take work in Buckeye and Verrado again, this page "
        "will say so.",
        PageKind.AREA,
        _REPAIR | {"zone": "Buckeye"},
    ),
)


@dataclass(frozen=True)
class Rule:
    """A capacity rule. Rules are evaluated from top to bottom."""

    name: str
    primary: CallToAction
    secondary: str
    sentence: str
    needs_review: bool = False
    page_slug: str = ""
    urgency: str = ""
    hours: str = ""
    zone_state: str = ""
    day_kind: str = ""
    season_from: str = ""
    season_to: str = ""


_CALL, _REQUEST = CallToAction.CALL, CallToAction.REQUEST

RULES = (
    Rule(
        "Paused area",
        _CALL,
        "",
        "We take no new requests in this area for now. Call us if you are already a customer here.",
        needs_review=True,
        zone_state=ZoneState.PAUSED,
    ),
    Rule(
        "After-hours emergency HVAC",
        _CALL,
        _REQUEST,
        "It is after hours: call for an emergency, or request the next available appointment.",
        needs_review=True,
        urgency=Urgency.EMERGENCY,
        hours=Hours.AFTER,
    ),
    Rule(
        "Emergency page after hours",
        _CALL,
        _REQUEST,
        "It is after hours: call for an emergency, or request the next available appointment.",
        needs_review=True,
        page_slug="emergency-ac-repair",
        hours=Hours.AFTER,
    ),
    Rule(
        "Emergency in an emergency-only area",
        _CALL,
        _REQUEST,
        "We come here for emergencies. Calling is the fastest way to reach us.",
        urgency=Urgency.EMERGENCY,
        hours=Hours.OPEN,
        zone_state=ZoneState.EMERGENCY_ONLY,
    ),
    Rule(
        "Emergency-only area",
        _CALL,
        _REQUEST,
        "We come to this area for emergencies only. Call us, or send a request that dispatch checks first.",
        needs_review=True,
        zone_state=ZoneState.EMERGENCY_ONLY,
    ),
    Rule(
        "Expansion area",
        _REQUEST,
        _CALL,
        "We are new in this area: send a request, and we check if we can come before we promise a time.",
        needs_review=True,
        zone_state=ZoneState.EXPANSION,
    ),
    Rule(
        "Emergency in office hours",
        _CALL,
        _REQUEST,
        "The office is open: calling is the fastest way. You can also send a request.",
        urgency=Urgency.EMERGENCY,
        hours=Hours.OPEN,
    ),
    Rule(
        "Emergency at an unknown hour",
        _CALL,
        _REQUEST,
        "Call for an emergency. You can also send a request.",
        needs_review=True,
        urgency=Urgency.EMERGENCY,
    ),
    Rule(
        "Emergency page in office hours",
        _CALL,
        _REQUEST,
        "The office is open: calling is the fastest way. You can also send a request.",
        page_slug="emergency-ac-repair",
    ),
    Rule(
        "Planned maintenance",
        CallToAction.SCHEDULER,
        _CALL,
        "A tune-up can be planned: choose a day, and we'll call to confirm a time.",
        page_slug="maintenance-tune-up",
    ),
    Rule(
        "After hours",
        _REQUEST,
        _CALL,
        "The office is closed right now. Send a request and we see it when we open; for an emergency, call.",
        hours=Hours.AFTER,
    ),
    Rule(
        "Office hours",
        _REQUEST,
        _CALL,
        "The office is open: send a request and we call you back, or call us now.",
        hours=Hours.OPEN,
    ),
)
