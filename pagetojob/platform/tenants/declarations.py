"""Declarations required on every model; tests/architecture rejects a model without them."""

from enum import StrEnum


class Retention(StrEnum):
    """Retention class of a model's rows; `pagetojob.retention.periods` holds the period of each.

    `NONE` means that they live as long as their tenant or the pack.
    """

    LEAD = "lead"
    BOOKING_ENVELOPE = "booking envelope"
    ATTEMPT = "attempt"
    PHOTO = "photo"
    NOTICE = "notice"
    TITAN_MAP = "Titan Map"
    READING = "website reading"
    FINDING = "finding"
    EXPORT = "export"
    OUTCOME = "outcome"
    EVENT = "event"
    TOKEN = "token"  # noqa: S105 - the name of a retention class
    AUDIT_ENTRY = "audit entry"
    AUDIT = "audit"
    STATEMENT = "statement"
    PACKET = "packet"
    ACCOUNT = "account"
    BACKUP = "backup"  # copies of the database, so no model declares it
    NONE = "none"


#: For models without personal data.
NO_PERSONAL_FIELDS: frozenset[str] = frozenset()
