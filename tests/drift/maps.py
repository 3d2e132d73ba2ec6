"""The Titan Map of a water treatment company, and the day of its findings."""

from datetime import date
from typing import Any

TODAY = date(2026, 11, 27)
MAP: dict[str, Any] = {
    "schema": "pagetojob.titan-map/1",
    "job_types": [{"name": "Well Pump Repair"}, {"name": "Hand Pump Repair", "active": False}],
    "pricebook_services": [
        {"name": "Water Test", "price": "45.00"},
        {"name": "Softener Rental", "price": "32.00"},
        {"name": "Diagnostic Visit", "price": "89.00"},
    ],
    "zones": [{"name": "Home", "cities": ["Hartford, WI", "Slinger, WI", "Kewaskum, WI"]}],
    "memberships": [{"name": "Peach Plan", "active": False}, {"name": "Spring Club", "price": 19, "period": "month"}],
    "offers": [{"name": "Softener Savings", "amount_off": 100, "ends": "2027-01-31"}],
    "phones": ["262-555-0140"],
    "emergency_phone": "262-555-0199",
    "hours": {day: [["08:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")},
    "licenses": ["PL-20418"],
}
