"""Initial data of every simulator account: the business of our demo tenant. Fictitious, with fixed IDs."""

import json
from pathlib import Path
from typing import Any

#: IDs of seed.json that bookings and their jobs refer to.
PROVIDER = 5001
CAMPAIGN, BUSINESS_UNIT, JOB_TYPE = 4101, 4201, 4301
_ROWS = Path(__file__).with_name("seed.json").read_text("utf-8")
CAMPAIGNS = [row["id"] for row in json.loads(_ROWS)["marketing/campaigns"]]


def first_rows() -> dict[str, list[dict[str, Any]]]:
    """Return new initial rows by table name."""
    rows: dict[str, list[dict[str, Any]]] = json.loads(_ROWS)
    return rows
