"""What ServiceTitan refused, as a key that is equal for all items that one repair there releases. Pure.

A key names the refused IDs of our mapping, such as `campaign=31`, or is ACCESS. It is stored with the missing
requirements of an item.
"""

from collections.abc import Mapping
from typing import Any

from pagetojob.platform.outbound.errors import GatewayError
from pagetojob.servicetitan.client.responses import last_part

#: The scope, the consent or the module for bookings is missing.
ACCESS = "access"
#: Roles of a page binding by the booking field that holds their ID, in lower case.
_ROLES = {
    "campaignid": "campaign",
    "businessunitid": "business_unit",
    "jobtypeid": "job_type",
    "bookingproviderid": "booking_provider",
}
ROLES = tuple(_ROLES.values())


def refused_ids(error: GatewayError, envelope: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the refused records of our mapping by role, with name and ID; empty if the error names none."""
    if error.answer is None:
        return {}
    # A path names only the booking provider, so that is the record that a 404 did not find.
    fields = ("bookingProviderId",) if error.code == "not-found" else error.answer.fields
    roles = sorted({role for field in fields if (role := _ROLES.get(last_part(field)))})
    mapped = envelope.get("mapped", {})
    return {role: dict(mapped[role]) for role in roles if mapped.get(role, {}).get("external_id") is not None}


def key_of(refused: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the key of refused records, empty if there are none."""
    return ",".join(f"{role}={record['external_id']}" for role, record in sorted(refused.items()))


def ids_of(key: str) -> dict[str, int]:
    """Return the IDs that a key names, by role."""
    pairs = [part.partition("=") for part in key.split(",") if "=" in part]
    return {role: int(external_id) for role, _, external_id in pairs}


def words_of(refused: Mapping[str, Mapping[str, Any]]) -> str:
    """Return refused records for a sentence, such as “the campaign “Website” (ID 31)”."""
    return " and ".join(
        f"the {role.replace('_', ' ')} “{record['name']}” (ID {record['external_id']})"
        for role, record in refused.items()
    )
