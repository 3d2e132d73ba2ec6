"""Declarations required on every model; tests/architecture rejects a model without them."""

from enum import StrEnum


class Retention(StrEnum):
    """Retention class of a model's rows. `NONE` means that they live as long as their tenant or the pack."""

    LEAD = "lead"
    BOOKING_ENVELOPE = "booking envelope"
    TITAN_MAP = "Titan Map"
    EXPORT = "export"
    TOKEN = "token"  # noqa: S105 - the name of a retention class
    AUDIT = "audit"
    NONE = "none"


#: For models without personal data.
NO_PERSONAL_FIELDS: frozenset[str] = frozenset()
