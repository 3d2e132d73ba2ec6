"""Retention periods: the default of each class, the bounds within which a tenant may change it, and the reason. Pure.

The database enforces the same defaults and bounds (`ptj_retention_days` and a constraint on `RetentionPeriod`); a test
compares them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from pagetojob.platform.tenants.declarations import Retention

R = Retention


class Enforcer(StrEnum):
    """The machine that ends the rows of a class."""

    PURGE = "nightly purge"
    HOURLY = "hourly task"
    CONTRACT_END = "end of the contract"
    BACKUP_TOOL = "backup program, after each backup"


@dataclass(frozen=True)
class Period:
    """The period of a class in days, from the last activity of a row. `days=None` means as long as the contract.

    Screens show `label` instead of the technical name of the class.
    """

    label: str
    covers: str
    days: int | None
    reason: str
    enforcer: Enforcer = Enforcer.PURGE
    least: int | None = None
    most: int | None = None

    @property
    def adjustable(self) -> bool:
        """Return whether a tenant may have another period."""
        return self.least is not None


PERIODS: Mapping[Retention, Period] = {
    R.LEAD: Period(
        label="Requests",
        covers="Name, contact details, address, message and notes of a request; the request stays as a count",
        days=730,
        least=30,
        most=2555,
        reason="A returning customer is recognized for two seasons; a warranty question is answered.",
    ),
    R.BOOKING_ENVELOPE: Period(
        label="Booking details",
        covers="Contents of booking requests, notes of operators, statuses read from ServiceTitan",
        days=730,
        least=30,
        most=2555,
        reason="It repeats the lead, so it never outlives it.",
    ),
    R.ATTEMPT: Period(
        label="Attempts to deliver",
        covers="Outcomes of attempts to deliver an item",
        days=400,
        least=90,
        most=730,
        reason="A year can be compared with the previous one. Counts by hour and day stay.",
    ),
    R.PHOTO: Period(
        label="Photos",
        covers="Photos that visitors attached to requests",
        days=395,
        least=30,
        most=2555,
        reason="A photo serves the job and its warranty. It never outlives its lead.",
    ),
    R.NOTICE: Period(
        label="Notices",
        covers="Contents of delivered notices; email about findings",
        days=90,
        least=30,
        most=730,
        reason="Enough for a question whether a notice arrived. The lead has the same contents.",
    ),
    R.TITAN_MAP: Period(
        label="Website content",
        covers="Services, prices, areas, page bindings and drafts",
        days=None,
        reason="The website is built from them. They have no personal data.",
        enforcer=Enforcer.CONTRACT_END,
    ),
    R.READING: Period(
        label="Website readings",
        covers="Pages of website readings and pictures; a reading stays as counts, and the newest one stays whole",
        days=395,
        least=90,
        most=1095,
        reason="A year of readings shows the content of the website at the time of a dispute.",
    ),
    R.FINDING: Period(
        label="Website findings",
        covers="Quotes of closed findings; comments, names and photos of their answers. Findings and choices stay",
        days=730,
        least=90,
        most=2555,
        reason="A finding that reappears is reopened with its history. A quote may name a person.",
    ),
    R.EXPORT: Period(
        label="Imported files",
        covers="Imported files and their staged rows",
        days=395,
        least=30,
        most=1095,
        reason="An import can be checked and undone for a year.",
    ),
    R.OUTCOME: Period(
        label="Jobs and customers",
        covers="Names, contact details, addresses and notes of imported jobs, bookings and customers; amounts, dates,"
        " IDs and links stay",
        days=730,
        reason="Requests of two years can be linked. Months are counted and restated from the data that stays.",
    ),
    R.EVENT: Period(
        label="Incoming events",
        covers="Webhook events: rows 400 days, copies 30 days, quarantine 7 days",
        days=400,
        reason="A year can be compared. A copy is needed only until the event is processed.",
        enforcer=Enforcer.HOURLY,
    ),
    R.TOKEN: Period(
        label="Sign-ins and links",
        covers="Sessions, links, API responses and account mail",
        days=30,
        reason="Counted from the end of a link; a session ends after 12 hours.",
        enforcer=Enforcer.HOURLY,
    ),
    R.AUDIT_ENTRY: Period(
        label="Audit log",
        covers="Lines of the audit log and of row history; their seals stay",
        days=730,
        reason="Two years of actions can be explained. All contractors share a chain and therefore the period.",
    ),
    R.AUDIT: Period(
        label="Evidence and receipts",
        covers="Evidence, decisions about gates, runs, connections and receipts",
        days=None,
        reason="They prove what was on file when something was sent.",
        enforcer=Enforcer.CONTRACT_END,
    ),
    R.STATEMENT: Period(
        label="Sealed months",
        covers="Sealed months, restatements, links and decisions; IDs and hashes only",
        days=None,
        reason="A sealed month can be verified as long as the business relationship lasts.",
        enforcer=Enforcer.CONTRACT_END,
    ),
    R.PACKET: Period(
        label="Proof packets",
        covers="Proof packets that were created and delivered",
        days=None,
        reason="Whoever received a packet can have it checked.",
        enforcer=Enforcer.CONTRACT_END,
    ),
    R.ACCOUNT: Period(
        label="Former users",
        covers="Names and addresses of people who can no longer sign in, or have neither a role nor a contractor",
        days=730,
        reason="Counted from the last line of the audit log about the person, which names who acted.",
    ),
    R.BACKUP: Period(
        label="Backups",
        covers="Backups of the database",
        days=35,
        reason="They contain what was deleted, so they end soon. An alarm names older ones.",
        enforcer=Enforcer.BACKUP_TOOL,
    ),
}

#: Classes whose period a tenant may change.
ADJUSTABLE: Mapping[str, Period] = {kind.value: period for kind, period in PERIODS.items() if period.adjustable}
