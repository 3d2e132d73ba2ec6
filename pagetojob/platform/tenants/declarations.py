"""What every model of ours says about itself; tests/architecture fails a model that does not."""

from enum import StrEnum


class Retention(StrEnum):
    """The rule that ends a row's life. `NONE`: kept as long as its tenant or the pack exists."""

    LEAD = "lead"
    BOOKING_ENVELOPE = "booking envelope"
    TITAN_MAP = "Titan Map"
    EXPORT = "export"
    TOKEN = "token"  # noqa: S105 - the name of a retention class
    AUDIT = "audit"
    NONE = "none"


#: For models that hold nothing about a person.
NO_PERSONAL_FIELDS: frozenset[str] = frozenset()
