"""Masked forms of personal values, for people who have not given a reason to see them. Pure."""

import re
from collections.abc import Mapping
from typing import Any


def name(value: str) -> str:
    """Return first letters only: `Jamie Rivera` becomes `J… R…`."""
    return " ".join(f"{part[0]}…" for part in value.split()[:4])


def phone(value: str) -> str:
    """Return the last two digits: `(602) 555-0199` becomes `••• 99`."""
    digits = [character for character in value if character.isdigit()]
    return f"••• {''.join(digits[-2:])}" if len(digits) > 4 else "•••"


def email(value: str) -> str:
    """Return first letter and top-level domain: `jamie@example.com` becomes `j…@….com`; for an invalid address,
    dots.
    """
    match = re.fullmatch(r"(\S)\S*@\S+\.([A-Za-z]{2,24})", value.strip())
    return f"{match[1]}…@….{match[2]}" if match else "•••"


def text(value: str) -> str:
    return f"({len(value)} characters)" if value else ""


def envelope(whole: Mapping[str, Any]) -> dict[str, Any]:
    """Return a booking envelope with the personal values of its booking masked and everything else unchanged."""
    booking = dict(whole["booking"])
    booking["name"] = name(booking["name"])
    booking["summary"] = text(booking["summary"])
    booking["contacts"] = [
        contact | {"value": email(contact["value"]) if contact["type"] == "Email" else phone(contact["value"])}
        for contact in booking["contacts"]
    ]
    if "address" in booking:
        booking["address"] = dict.fromkeys(booking["address"], "•••")
    return {**whole, "booking": booking}
