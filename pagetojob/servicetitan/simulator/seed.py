"""Initial data of every simulator account: the business of our demo tenant. Fictitious, with fixed IDs."""

from typing import Any

PROVIDER = 5001
CAMPAIGN, BUSINESS_UNIT, JOB_TYPE = 4101, 4201, 4301


def first_rows() -> dict[str, list[dict[str, Any]]]:
    """Return new initial rows by table name."""

    unit = {
        "id": BUSINESS_UNIT,
        "name": "Residential HVAC",
        "officialName": "Desert Peak Home Services",
        "active": True,
    }
    return {
        "crm/booking-provider-tags": [
            {
                "id": PROVIDER,
                "tagName": "PageToJob appointment request",
                "description": "",
                "type": "V2Api",
                "active": True,
            },
            {"id": PROVIDER + 1, "tagName": "Retired form", "description": "", "type": "V1Api", "active": False},
        ],
        "jpm/job-types": [
            _job_type(JOB_TYPE, "AC Repair"),
            _job_type(JOB_TYPE + 1, "Maintenance Tune-Up"),
            _job_type(JOB_TYPE + 2, "Water Heater Repair", active=False),
        ],
        "settings/business-units": [unit],
        "settings/tag-types": [{"id": 4401, "name": "Website", "color": "#0b5f68", "code": "WEB", "active": True}],
        "marketing/campaigns": [
            {
                "id": CAMPAIGN,
                "name": "Summer AC Demand",
                "active": True,
                "category": {"id": 4151, "name": "Online", "active": True},
            },
            {"id": CAMPAIGN + 1, "name": "Spring Mailer", "active": False, "category": None},
        ],
        "marketing/categories": [{"id": 4151, "name": "Online", "active": True, "type": "Regular"}],
        "dispatch/zones": [
            {
                "id": 4501,
                "name": "Phoenix Metro",
                "active": True,
                "zips": ["85001", "85281"],
                "cities": ["Phoenix", "Tempe"],
            },
            {"id": 4502, "name": "Buckeye", "active": False, "zips": ["85326"], "cities": ["Buckeye"]},
        ],
        "memberships/membership-types": [{"id": 4601, "name": "Comfort Plan", "displayName": None, "active": True}],
        **_pricebook(),
        "jbce/call-reasons": [{"id": 4901, "name": "Outside service area", "isLead": False, "active": True}],
    }


def _job_type(number: int, name: str, *, active: bool = True) -> dict[str, Any]:
    return {"id": number, "name": name, "businessUnitIds": [BUSINESS_UNIT], "duration": 7200, "active": active}


def _pricebook() -> dict[str, list[dict[str, Any]]]:
    return {
        "pricebook/categories": [
            {"id": 4701, "name": "Cooling", "active": True, "parentId": None, "position": 1, "categoryType": "Services"}
        ],
        "pricebook/services": [
            {
                "id": 4801,
                "code": "AC-DIAG",
                "displayName": "AC Diagnostic",
                "description": "<p>We look for the cause.</p>",
                "categories": [{"id": 4701, "name": "Cooling", "active": True}],
                "price": 89.5,
                "active": True,
            }
        ],
    }
