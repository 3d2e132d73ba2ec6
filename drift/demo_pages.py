"""The demo tenant's fictional website, with at least one disagreement for each rule. Pure."""

from datetime import date, timedelta
from typing import Any

EMERGENCY, OLD_EMERGENCY = "(602) 555-0100", "(602) 555-0119"


def more(today: date) -> dict[str, Any]:
    """Return the parts of the demo map that its tables do not hold (docs/reference/titan-map-json.md).

    Offers end some days after `today`.
    """
    return {
        "emergency_phone": EMERGENCY,
        "licenses": ["ROC 318842"],
        "emergency_service": True,
        "financing": False,
        "job_types": [{"name": "Attic Insulation", "advertised": True}],
        "pricebook_services": [{"name": "AC Diagnostic", "price": 89}],
        "campaigns": [{"name": "Duct Cleaning Sale", "active": False}],
        "memberships": [
            {"name": "Cool Home Plan", "price": 19, "period": "month", "benefits": {"discount_percent": 15}},
            {"name": "Gold Shield Club", "active": False},
        ],
        "offers": [
            {"name": "Furnace Safety Check", "price": 69, "ends": _iso(today, 90)},
            {"name": "Heat Pump Installation", "amount_off": 500, "ends": _iso(today, 60)},
            {"name": "Thermostat Installation", "amount_off": 40, "ends": _iso(today, 4)},
        ],
        "page_bindings": [{"page_path": "/duct-cleaning-sale", "campaign": "Duct Cleaning Sale"}],
    }


def pages(today: date) -> dict[str, str]:
    """Return every page by its path below the site."""
    return {path: _page(path, title, body) for path, (title, body) in _bodies(today).items()}


def _bodies(today: date) -> dict[str, tuple[str, str]]:
    return {
        "": (
            "Heating and cooling in Phoenix",
            (
                "<h1>Heating and cooling in Phoenix</h1>"
                "<p>We repair and look after air conditioning in Phoenix-area homes.</p><h2>Our services</h2>"
                "<ul><li>AC Repair</li><li>Maintenance Tune-Up</li><li>Water Heater Repair</li></ul>"
                f"<h2>24/7 emergency service</h2><p>No cooling at night? Call our emergency line {OLD_EMERGENCY}.</p>"
                "<p>0% financing available on new systems.</p>"
            ),
        ),
        "ac-repair-phoenix": (
            "AC repair in Phoenix",
            (
                "<h1>AC Repair in Phoenix</h1><p>An air conditioner that stops has a reason. We look for it first.</p>"
                "<h2>What it costs</h2><p>AC diagnostic: $79</p>"
                "<p>Questions? Call us at (602) 555-0188.</p>"
            ),
        ),
        "areas": (
            "Areas we serve",
            (
                "<h1>Areas we serve</h1><p>We come to these cities with every service.</p>"
                "<ul><li>Phoenix</li><li>Tempe</li><li>Glendale</li><li>Scottsdale</li><li>Buckeye</li><li>Flagstaff</li></ul>"
            ),
        ),
        "areas/apache-junction": (
            "Apache Junction",
            (
                "<h1>AC tune-ups in Apache Junction</h1>"
                "<p>Serving Apache Junction, AZ with maintenance and AC installation.</p>"
            ),
        ),
        "specials": (
            "Specials",
            (
                "<h1>Specials</h1>"
                f'<div class="coupon"><h3>$40 Off Thermostat Installation</h3><p>Expires {_us(today, 4)}</p></div>'
                f'<div class="coupon"><h3>$300 Off Heat Pump Installation</h3><p>Expires {_us(today, 60)}</p></div>'
                f'<div class="coupon"><h3>$69 Furnace Safety Check</h3><p>Expires {_us(today, 30)}</p></div>'
                '<div class="coupon"><h3>$25 Off Duct Cleaning</h3><p>Expires 3/31/2025</p></div>'
            ),
        ),
        "duct-cleaning-sale": ("Duct cleaning sale", "<h1>Duct cleaning sale</h1><p>Breathe easier.</p>"),
        "plans": (
            "Maintenance plans",
            (
                "<h1>Maintenance plans</h1><h2>Cool Home Plan</h2><p>The Cool Home Plan is $24 per month.</p>"
                "<ul><li>10% discount on repairs for Cool Home Plan members</li></ul>"
                "<h2>Gold Shield Club</h2><p>Join the Gold Shield Club for $29 per month.</p>"
            ),
        ),
    }


_MENU = (
    ("", "Home"),
    ("ac-repair-phoenix", "AC repair"),
    ("areas", "Areas"),
    ("areas/apache-junction", "Apache Junction"),
    ("specials", "Specials"),
    ("duct-cleaning-sale", "Duct sale"),
    ("plans", "Plans"),
)
#: The site is served below this path, so its links stay within the site.
BASE = "/demo-site/desert-peak/"


def _page(path: str, title: str, body: str) -> str:
    menu = "".join(f'<li><a href="{BASE}{to}">{words}</a></li>' for to, words in _MENU if to != path)
    return (
        '<!doctype html><html lang="en-US"><head><meta charset="utf-8"><meta name="viewport" '
        f'content="width=device-width, initial-scale=1"><title>{title} | Desert Peak Heating &amp; Air</title></head>'
        f"<body><header><p>Desert Peak Heating &amp; Air (602) 555-0100</p><nav><ul>{menu}</ul></nav></header>"
        f"<main>{body}</main><footer><h4>Office hours</h4><p>Mon-Fri 8:00 am - 5:00 pm</p>"
        "<p>License ROC 318824</p><p>A made-up business: a demonstration by PageToJob.</p></footer></body></html>"
    )


def _iso(today: date, days: int) -> str:
    return (today + timedelta(days=days)).isoformat()


def _us(today: date, days: int) -> str:
    return f"{today + timedelta(days=days):%-m/%-d/%Y}"
