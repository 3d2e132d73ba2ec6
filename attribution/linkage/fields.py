"""The fields of each file, and the headings by which they are recognized.

A field with `several` is collected from several columns: phone numbers, email addresses and notes. Other fields use the
first heading of their list that the file has.
"""

from collections.abc import Mapping, Sequence

from pagetojob.importer.fields import FieldSpec, guess, heading_key, missing, twins

from .errors import LinkageError
from .guessing import by_words, is_address, is_early, is_late, is_of_others, is_of_work, words_of


def _spec(name: str, headings: str, *, several: bool = False, required: bool = False, spare: bool = False) -> FieldSpec:
    label, aliases = "ID" if name == "id" else name, tuple(headings.split(", "))
    return FieldSpec(name, label, aliases, several=several, required=required, spare=spare)


_PERSON = (
    _spec("first", "first name, given name, fname, customer first name, contact first name, forename"),
    _spec("last", "last name, surname, family name, lname, customer last name, contact last name"),
    _spec(
        "name",
        "full name, customer name, account name, lead name, client name, contact name, customer, member name, "
        "contact, "
        "homeowner, caller, bill to, billing name, location name, caller name, name on job, company, company name, "
        "business, business name, organization, business or farm, business farm",
        spare=True,
    ),
    _spec(
        "phone",
        "phone number, phone e164, primary phone, mobile, mobile phone, cell, cell phone, home phone, work "
        "phone, phone1, phone 2, phone2, second phone, secondary phone, alt phone, alternate phone, other "
        "phone, telephone, tel, customer phone, contact phone, caller id, from number, phones, phone numbers, "
        "additional phone, landline, customer phone number, contact number, phone 1, phone 3, phone3, service "
        "phone, best phone, location phone, callback number, mobile number, cell number, caller phone, phone "
        "alt, spouse phone",
        several=True,
    ),
    _spec(
        "email",
        "e mail, email address, e mail address, mail, customer email, contact email, primary email, emails, "
        "email 2, email2, second email, secondary email, alternate email, alt email, other email, customer "
        "email address, email1, email 1, location email",
        several=True,
    ),
    _spec(
        "street",
        "street address, address, address 1, address1, address line 1, service address, customer address, "
        "location address, job address, full address, service street, location, location street, customer "
        "street, addr, address line1, property address, billing address, billing street",
    ),
    _spec("service_street", "service address if different, job address if different"),
    _spec("other_street", "mailing address, mailing street, home address, bill to address, mail to"),
    _spec("unit", "apt, apartment, suite, address 2, address2, address line 2, unit number, apt number, address line2"),
    _spec("city", "town, service city, location city, customer city, suburb, job city, billing city"),
    _spec(
        "zip",
        "zip code, postal code, postcode, zipcode, zip5, service zip, location zip, customer zip, job zip, "
        "postal, billing zip",
    ),
    _spec("tenant", "tenant id, tenant slug, account id"),
)

FILES: Mapping[str, tuple[FieldSpec, ...]] = {
    "leads": (
        _spec("id", "lead id, leadid, lead, lead number, lead no, submission id, form id, uuid"),
        _spec(
            "created",
            "created at, created on, submitted at, received at, submitted on, lead date, lead created, date, "
            "datetime, timestamp, captured at, created date, date created, submitted, received, date submitted, "
            "lead created at, lead time, time, submission date, inquiry date, requested at, lead at",
        ),
        *_PERSON,
        _spec(
            "service",
            "service requested, service type, requested service, job type, service needed, trade, category, "
            "topic, interest, need, request type",
        ),
        _spec(
            "campaign",
            "utm campaign, campaign name, source campaign, marketing campaign, source, utm source, lead source",
        ),
        _spec(
            "channel",
            "lead channel, contact method, lead type, form type, submission type, contact type, source, lead source, "
            "utm source, marketplace",
        ),
        _spec("message", "notes, comments, comment, details, description, note, request, body, summary", several=True),
        _spec(
            "reference", "outside reference, external reference, st ready reference, external id, ref, our reference"
        ),
        _spec("code", "spoken code, short code, ptj code, lead code, confirmation code, reference code"),
        _spec("booking", "booking id, bookingid, booking, booking number, st booking id"),
        _spec("status", "lead status, state of lead, excluded as, outcome, disposition"),
        _spec("test", "is test, test lead, istest, is test lead"),
    ),
    "jobs": (
        _spec(
            "id", "job id, jobid, job, job number, job no, work order, work order id, wo, invoice job id", required=True
        ),
        _spec(
            "created",
            "created at, created on, job created, booked on, booked at, booked date, date created, created date, "
            "job date, date, job created on, job created at, booking date, opened, opened at, entered, entered on, "
            "date entered, taken on, date taken, call date, received on, scheduled on, "
            "scheduled at, scheduled, scheduled date, scheduled for, start, start date, starts at, service date, "
            "appointment, appointment date, first appointment, appointment start, completed, completed on, "
            "completed at, completed date, completion date, datetime, timestamp, modified on",
        ),
        *_PERSON,
        _spec(
            "contact",
            "site contact, site contact name, on site contact, onsite contact, location contact, job contact, "
            "contact "
            "person, tenant name, occupant",
        ),
        _spec(
            "service",
            "job type, job type name, service type, service requested, work type, call type, visit type, "
            "appointment type, ticket type, wo type, work order type, task, item, type, business unit, "
            "trade, category, business unit name, service performed",
        ),
        _spec(
            "campaign",
            "campaign name, job campaign, marketing campaign, utm campaign, source campaign, lead source, source, "
            "call campaign",
        ),
        _spec(
            "message",
            "summary, job summary, notes, job notes, description, comments, details, memo, note, dispatch notes, "
            "booking notes, tag, tags, custom fields",
            several=True,
        ),
        _spec(
            "reference", "external id, lead reference, external reference, ref, web reference, our reference, lead ref"
        ),
        _spec("lead", "lead id, leadid, source lead id, web lead id"),
        _spec("booking", "booking id, bookingid, booking, booking number"),
        _spec("customer", "customer id, customerid, customer number, client id"),
        _spec("job_number", "job no"),
        _spec("project_number", "project id, project no, proj no, proj number"),
        _spec(
            "original_job",
            "original job number, original job id, original job no, original wo, parent job, parent job number, "
            "parent job id, parent wo, previous job, previous job number, ref wo, reference job, follow up of, "
            "continued from, linked job, related job",
        ),
        _spec(
            "recall",
            "is recall, job is recall, warranty, is warranty, warranty job, is warranty job, callback, is "
            "callback, cb, "
            "cb flag, warranty flag, warr flag, cbflag, warrflag, is call back, recall or warranty, recall warranty",
        ),
        _spec("status", "job status, stat, state, jobstatus"),
        _spec(
            "total",
            "job total, total amount, amount, job amount, invoice total, invoice amount, grand total, revenue, job "
            "revenue, total revenue, jobs total revenue, subtotal",
        ),
    ),
    "bookings": (
        _spec("id", "booking id, bookingid, booking, booking number", required=True),
        _spec(
            "created",
            "created at, created on, booked on, booked at, booked date, booking date, date created, created date, "
            "submitted, submitted on, received, received at, date, datetime, timestamp",
        ),
        *_PERSON,
        _spec("job", "job id, jobid, job number, converted job id"),
        _spec("lead", "lead id, leadid, web lead id, source lead id"),
        _spec("reference", "external id, external reference, lead reference, ref, our reference", several=True),
        _spec("message", "summary, notes, description, details, comments", several=True),
        _spec("status", "booking status, state"),
    ),
    "invoices": (
        _spec("id", "invoice id, invoice number, invoice, number, reference number", required=True),
        _spec("created", "invoice date, invoiced on, date, created on, created at, date created, issued on"),
        _spec("job", "job id, jobid, job number, job"),
        _spec("customer", "customer id, customerid, customer number"),
        _spec("total", "amount, invoice total, total amount, subtotal"),
    ),
    "payments": (
        _spec("id", "payment id, payment number, payment, number, reference number", required=True),
        _spec("invoice", "invoice id, invoice number, applied to, applied invoice, invoiceid"),
        _spec("total", "amount, payment amount, applied amount, paid"),
    ),
    "customers": (
        _spec(
            "id",
            "customer id, customerid, customer number, customer no, client id, client number, cust id, cust "
            "number, cust "
            "no, account number, account no, acct number, acct no, acct, customer",
            required=True,
        ),
        *_PERSON,
    ),
}


#: Fields that an export may have twice: of the people where the work was, and of a company or for bills.
_WITH_OTHERS = ("name", "street", "city", "zip")
#: A file without a column of IDs has leads if it has so many of these fields. Its rows are named by their numbers.
_OF_LEADS, _LEAST_OF_LEADS = frozenset(("created", "name", "last", "phone", "email", "street", "message", "service")), 3
#: Headings of the person whom the office talks to.
_CONTACTS = ("contact", "contactname", "caller", "callername")
#: Headings of the page with the form, which may indicate the service.
_PAGES = ("page", "landingpage", "servicepage", "pageurl", "formpage", "url", "form")


def place(kind: str, headings: Sequence[str], mapping: Mapping[str, str] | None = None) -> dict[str, list[int]]:
    """Map each field to its columns (from 0). `mapping` names the heading of a field and overrides any alias.

    Columns without a known heading are guessed from their words. Raises LinkageError for a required field without a
    column, a mapping to an unknown heading, and duplicate headings.
    """
    specs = FILES[kind]
    if pair := twins(headings):
        raise LinkageError(f"Two columns of the {kind} file are named “{headings[pair[0] - 1]}”. Rename one.")
    given = _given(kind, headings, mapping or {})
    columns = {name: [at - 1 for at in places] for name, places in guess(specs, headings, given).items()}
    columns |= by_words(kind, headings, [spec.name for spec in specs if spec.name not in columns], taken_in(columns))
    _prefer_people_and_places(kind, headings, columns, set(given))
    _prefer_parts_of_address(kind, headings, columns, set(given))
    _prefer_early_dates(kind, headings, columns, set(given))
    _add_columns(kind, headings, columns)
    _add_contact(headings, columns)
    _add_second_address(headings, columns)
    if "id" not in columns and "reference" in columns:
        columns["id"] = columns.pop("reference")  # `Ref` without any other ID column is the ID
    if "id" not in columns and "project_number" in columns:
        columns["id"] = columns.pop("project_number")  # the office calls its jobs projects
    if kind == "leads" and "id" not in columns and len(_OF_LEADS & columns.keys()) < _LEAST_OF_LEADS:
        raise LinkageError("The leads file has no column with an ID, and too few columns with people and dates.")
    if lacking := missing(specs, columns):
        raise LinkageError(
            f"The {kind} file has no column with the {kind[:-1]}'s {lacking.label}. Rename one to "
            f"“{lacking.aliases[0]}”, or add it to the mapping."
        )
    return columns


def _prefer_people_and_places(
    kind: str, headings: Sequence[str], columns: dict[str, list[int]], given: set[str]
) -> None:
    """Let `Client` be the name rather than `Company`, and `Property Street` the street rather than `Billing Address`.

    A company stays the name where the other cell is blank, and next to a first or last name.
    """
    names_people = "first" in columns or "last" in columns
    others = [name for name in _WITH_OTHERS if name in columns and name not in given]
    wanted = [
        name for name in others if is_of_others(headings[columns[name][0]]) and not (name == "name" and names_people)
    ]
    for name, places in by_words(kind, headings, wanted, taken_in(columns)).items():
        if not is_of_others(headings[places[0]]):
            columns[name] = places + (columns[name] if name == "name" else [])


def _prefer_parts_of_address(
    kind: str, headings: Sequence[str], columns: dict[str, list[int]], given: set[str]
) -> None:
    """Let `Ship Zip` be the ZIP code rather than `Name Zip` if the street is `Ship To Address`."""
    address = _first_word(headings[columns["street"][0]]) if "street" in columns else ""
    for name in ("city", "zip"):
        if name in columns and name not in given and _first_word(headings[columns[name][0]]) != address:
            taken = taken_in(columns) | {at for at, other in enumerate(headings) if _first_word(other) != address}
            columns |= by_words(kind, headings, [name], taken)


def _first_word(heading: str) -> str:
    return words_of(heading).partition(" ")[0]


def _add_contact(headings: Sequence[str], columns: dict[str, list[int]]) -> None:
    """Let a contact next to the customer's name be who is at the place of work, or the name if there is no other."""
    if "contact" in columns and not {"name", "last"} & columns.keys():
        columns["name"] = columns.pop("contact")
    spare = [at for at in columns.get("name", ())[1:] if heading_key(headings[at]) in _CONTACTS]
    if spare and columns.get("customer"):
        columns.setdefault("contact", spare[:1])


def _prefer_early_dates(kind: str, headings: Sequence[str], columns: dict[str, list[int]], given: set[str]) -> None:
    """Let `Job Creation Date` be the date of a job, not `Scheduled Date`, and `Submit Date` that of a request."""
    if (
        kind in ("leads", "jobs")
        and "created" in columns
        and "created" not in given
        and is_late(headings[columns["created"][0]])
    ):
        taken = taken_in(columns)
        for at, heading in enumerate(headings):
            if at not in taken and is_early(heading) and by_words(kind, [heading], ["created"], set()):
                columns["created"] = [at]
                break


def _add_second_address(headings: Sequence[str], columns: dict[str, list[int]]) -> None:
    """Add another column of addresses: `service_street` if the work is there, or `other_street`."""
    taken = taken_in(columns)
    for at, heading in enumerate(headings) if "street" in columns else ():
        if at not in taken and is_address(heading):
            columns.setdefault("service_street" if is_of_work(heading) else "other_street", [at])


def taken_in(columns: Mapping[str, Sequence[int]]) -> set[int]:
    return {at for places in columns.values() for at in places}


def _given(kind: str, headings: Sequence[str], mapping: Mapping[str, str]) -> dict[str, list[int]]:
    """Return the columns (from 1) that a mapping names."""
    keys = [heading_key(heading) for heading in headings]
    for heading in mapping.values():
        if heading_key(heading) not in keys:
            raise LinkageError(f"The mapping names the column “{heading}”, which the {kind} file does not have.")
    unknown = set(mapping) - {spec.name for spec in FILES[kind]}
    if unknown:
        raise LinkageError(f"The mapping of {kind} has unknown fields: {', '.join(sorted(unknown))}.")
    return {field: [keys.index(heading_key(heading)) + 1] for field, heading in mapping.items()}


def _add_columns(kind: str, headings: Sequence[str], columns: dict[str, list[int]]) -> None:
    """Add further phones, emails and notes (`Main Phone` in addition to `Other Phone`), and the page as the service.

    The page is used only if no column names the service.
    """
    taken = taken_in(columns) | {at for at, heading in enumerate(headings) if "not" in heading.lower().split()}
    wanted = [field for field in ("email", "phone", "message") if field in columns]
    for name, places in by_words(kind, headings, wanted, taken).items():
        columns[name] = sorted(columns[name] + places)
    if kind == "leads" and "service" not in columns:
        pages = [at for at, heading in enumerate(headings) if heading_key(heading) in _PAGES and at not in taken]
        columns |= {"service": pages[:1]} if pages else {}
