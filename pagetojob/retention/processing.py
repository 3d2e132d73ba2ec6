"""The record of processing activities (GDPR Article 30), generated from what the models declare.

Purposes, people and recipients are declared here per retention class; tables, fields, periods and what enforces them
come from the models and from `periods`. A class with personal fields that has no activity raises an error.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from django.apps import apps

from pagetojob.platform.tenants.declarations import Retention

from .periods import PERIODS

R = Retention
CONTRACTOR = "the contractor; ServiceTitan, once its gates are open"
NO_RECIPIENT = "none"


@dataclass(frozen=True)
class Activity:
    """A processing activity: its purpose, the people whose data it uses, and who receives the data."""

    title: str
    purpose: str
    people: str
    recipients: str
    #: Controller: the contractor for its customers (we process for it), we for our own accounts.
    controller: str = "contractor"


ACTIVITIES: Mapping[Retention, Activity] = {
    R.LEAD: Activity(
        "Requests of homeowners",
        "Pass a request for an appointment to the contractor, answer it, and recognize a returning customer.",
        "homeowners who send a request",
        CONTRACTOR,
    ),
    R.BOOKING_ENVELOPE: Activity(
        "Delivery of requests",
        "Deliver a request once, show what was sent, and let an operator complete it.",
        "homeowners who send a request",
        CONTRACTOR,
    ),
    R.PHOTO: Activity(
        "Photos of requests",
        "Show the contractor the problem before the visit.",
        "homeowners who attach a photo",
        "the contractor",
    ),
    R.NOTICE: Activity(
        "Notices to the office",
        "Notify the contractor's office of a request, and prove that the notice was delivered.",
        "homeowners; people who receive notices at the contractor",
        "the contractor; the providers of email and text messages",
    ),
    R.READING: Activity(
        "Readings of the website",
        "Compare the published website with what the contractor sells.",
        "people whom the website names",
        NO_RECIPIENT,
    ),
    R.FINDING: Activity(
        "Questions about the website",
        "Ask the contractor about a difference, and record the answer.",
        "people at the contractor; people whom the website names",
        "the contractor",
    ),
    R.EXPORT: Activity(
        "Imported files",
        "Import services, prices, jobs and invoices from files that the contractor uploads, and undo an import.",
        "customers of the contractor whom a file names",
        NO_RECIPIENT,
    ),
    R.OUTCOME: Activity(
        "Results of requests",
        "Link requests to jobs and invoices, and report the proven revenue to the contractor.",
        "customers of the contractor",
        "the contractor",
    ),
    R.EVENT: Activity(
        "Events from ServiceTitan",
        "Receive changes of bookings, check their signature, and read the booking.",
        "customers of the contractor",
        NO_RECIPIENT,
    ),
    R.TOKEN: Activity(
        "Sign-in",
        "Sign people in, and send them links to confirm an address or to join.",
        "people who sign in",
        "the provider of email",
        controller="PageToJob",
    ),
    R.ACCOUNT: Activity(
        "Accounts",
        "Let people of a contractor and of PageToJob work, name who acted, and reach who is on call.",
        "people who sign in",
        "the provider of email and text messages",
        controller="PageToJob",
    ),
    R.AUDIT_ENTRY: Activity(
        "Audit log",
        "Prove who did what, and when. Personal values in a line are keyed hashes.",
        "people who act",
        "owners of the contractor, for its lines",
        controller="PageToJob",
    ),
    R.AUDIT: Activity(
        "Evidence, runs and receipts",
        "Prove what was on file when something was sent, deleted or erased.",
        "people who act; a person who asks for their data, until the request ends",
        "the contractor",
    ),
    R.NONE: Activity(
        "Settings of a contractor",
        "Know whom to notify, and how the contractor set its website up.",
        "people who receive notices at the contractor",
        "the contractor",
    ),
}


@dataclass(frozen=True)
class Line:
    """An activity with the personal fields of its tables."""

    kind: Retention
    activity: Activity
    fields: Mapping[str, tuple[str, ...]]


def lines() -> list[Line]:
    """Return an activity for each class whose models declare personal fields. Raises KeyError for a new class."""
    fields: dict[Retention, dict[str, tuple[str, ...]]] = defaultdict(dict)
    for model in apps.get_models():
        if declared := getattr(model, "PERSONAL_FIELDS", None):
            fields[Retention(model.RETENTION)][model._meta.db_table] = tuple(sorted(declared))  # type: ignore[attr-defined]
    if unknown := fields.keys() - ACTIVITIES.keys():
        raise KeyError(f"no processing activity for {', '.join(sorted(unknown))}")
    return [Line(kind, ACTIVITIES[kind], dict(sorted(fields[kind].items()))) for kind in Retention if kind in fields]


def document() -> str:
    """Return the record as Markdown."""
    return _HEAD + "".join(map(_section, lines())) + _TAIL


def _section(line: Line) -> str:
    activity, period = line.activity, PERIODS.get(line.kind)
    days = f"{period.days} days" if period and period.days is not None else "as long as the contract"
    if period and period.adjustable:
        days += f", or {period.least} to {period.most} days as agreed"
    enforcer = period.enforcer.value if period else "end of the contract"
    tables = "\n".join(f"| `{table}` | {', '.join(names)} |" for table, names in line.fields.items())
    return (
        f"## {activity.title}\n\n"
        f"- Purpose: {activity.purpose}\n- People: {activity.people}.\n- Recipients: {activity.recipients}.\n"
        f"- Controller: {activity.controller}.\n"
        f"- Erasure: after {days}; enforced by: {enforcer} (class `{line.kind}`).\n\n"
        f"| table | personal fields |\n| --- | --- |\n{tables}\n\n"
    )


_HEAD = """# Record of processing activities

Generated from the models: `manage.py processing_record` prints this page, and a test compares both. A table without
personal fields is not listed. PageToJob processes the data of a contractor's customers for that contractor
(Article 28); where the controller is PageToJob, it decides itself. The names of the companies, of their data protection
officers and of the providers of hosting, email and text messages belong to the contract.

"""
_TAIL = """## Measures (Article 32)

- Each tenant is separated by row-level security in the database ([tenant scope](../explanation/tenant-scope.md)).
- Contact details are masked for operators until they state a reason; every action is in an append-only log
  ([audit](../explanation/audit.md)).
- Secrets, webhook copies and exports are encrypted with data keys ([cryptography](cryptography.md)); the operator
  encrypts disks and backups.
- Periods are enforced every night ([retention](retention.md)); a person's data is found, copied and erased with a
  receipt ([requests of people](../how-to/subject-requests.md)); a contractor's data is deleted at the end
  ([offboarding](../how-to/offboard-a-contractor.md)).
- Backups end after `BACKUP_DAYS`; a restore repeats erasures and offboardings before anything starts
  ([restore](../how-to/restore.md)).
- The software itself transfers no data to another country; the place of hosting and the providers decide.
"""
