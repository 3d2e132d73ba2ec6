"""The demo tenant's fictional website (demo_pages.toml), with at least one disagreement for each rule."""

import re
import tomllib
from datetime import date, timedelta
from importlib import resources
from typing import Any

EMERGENCY = "(602) 555-0100"


def extra_map_parts(today: date) -> dict[str, Any]:
    """Return the parts of the demo map that its tables do not hold (docs/reference/titan-map-json.md).

    Offers end some days after `today`.
    """
    return {
        "emergency_phone": EMERGENCY,
        "licenses": ["ROC 318842"],
        "addresses": ["4120 E Van Buren St, Phoenix, AZ 85008"],
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
    text = resources.files(__package__).joinpath("demo_pages.toml").read_text(encoding="utf-8")
    site: list[dict[str, str]] = tomllib.loads(text)["pages"]
    return {page["path"]: _page(page, site, today) for page in site}


#: The site is served below this path, so its links stay within the site.
BASE = "/demo-site/desert-peak/"


def _page(page: dict[str, str], site: list[dict[str, str]], today: date) -> str:
    others = (other for other in site if other is not page)
    menu = "".join(f'<li><a href="{BASE}{other["path"]}">{other["menu"]}</a></li>' for other in others)
    body = re.sub(
        r"\{(\d+) days\}",
        lambda days: f"{today + timedelta(days=int(days[1])):%-m/%-d/%Y}",
        page["body"].replace("\n", ""),
    )
    return (
        '<!doctype html><html lang="en-US"><head><meta charset="utf-8"><meta name="viewport" '
        f'content="width=device-width, initial-scale=1"><title>{page["title"]} | Desert Peak Heating &amp; Air</title>'
        f"</head><body><header><p>Desert Peak Heating &amp; Air {EMERGENCY}</p><nav><ul>{menu}</ul></nav></header>"
        f"<main>{body}</main><footer><h4>Office hours</h4><p>Mon-Fri 8:00 am - 5:00 pm</p>"
        "<p>License ROC 318824</p><p>4210 E Van Buren St, Phoenix, AZ 85008</p>"
        "<p>A made-up business: a demonstration by PageToJob.</p></footer></body></html>"
    )


def _iso(today: date, days: int) -> str:
    return (today + timedelta(days=days)).isoformat()
