"""The fields of each file, and the headings by which they are recognized.

A field with `many` is collected from several columns: phone numbers, email addresses and notes. Other fields use the
first heading of their list that the file has.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pagetojob.importer.fields import plain

from .errors import LinkageError
from .guessing import guess


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """A field and its possible headings in order of preference.

    `many` joins several columns; `spare` uses a later column where the earlier ones are blank.
    """

    name: str
    headings: tuple[str, ...]
    many: bool = False
    needed: bool = False
    spare: bool = False


def _spec(name: str, headings: str, *, many: bool = False, needed: bool = False, spare: bool = False) -> FieldSpec:
    return FieldSpec(name, (name, *(words.strip() for words in headings.split(","))), many, needed, spare)


_PERSON = (
    _spec("first", "first name, given name, fname, customer first name, contact first name, forename"),
    _spec("last", "last name, surname, family name, lname, customer last name, contact last name"),
    _spec(
        "name",
        "full name, customer name, contact name, lead name, client name, customer, contact, homeowner, "
        "caller, bill to, billing name, location name, caller name, name on job, company, company name, business, "
        "business name, organization",
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
        many=True,
    ),
    _spec(
        "email",
        "e mail, email address, e mail address, mail, customer email, contact email, primary email, emails, "
        "email 2, email2, second email, secondary email, alternate email, alt email, other email, customer "
        "email address, email1, email 1, location email",
        many=True,
    ),
    _spec(
        "street",
        "street address, address, address 1, address1, address line 1, service address, customer address, "
        "location address, job address, full address, service street, location, location street, customer "
        "street, addr, address line1, property address, billing address, billing street",
    ),
    _spec("unit", "apt, apartment, suite, address 2, address2, address line 2, unit number, apt number, address line2"),
    _spec("city", "town, service city, location city, customer city, suburb, job city, billing city"),
    _spec(
        "zip",
        "zip code, postal code, postcode, zipcode, zip5, service zip, location zip, customer zip, job zip, "
        "postal, billing zip",
    ),
    _spec("tenant", "tenant id, tenant slug, account id"),
)

LEADS = (
    _spec("id", "lead id, leadid, lead, lead number, lead no, submission id, form id, uuid", needed=True),
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
        "campaign", "utm campaign, campaign name, source campaign, marketing campaign, source, utm source, lead source"
    ),
    _spec("message", "notes, comments, comment, details, description, note, request, body, summary", many=True),
    _spec("reference", "outside reference, external reference, st ready reference, external id, ref, our reference"),
    _spec("code", "spoken code, short code, ptj code, lead code, confirmation code, reference code"),
    _spec("booking", "booking id, bookingid, booking, booking number, st booking id"),
    _spec("status", "lead status, state of lead, excluded as, outcome, disposition"),
    _spec("test", "is test, test lead, istest, is test lead"),
)

JOBS = (
    _spec("id", "job id, jobid, job, job number, job no, work order, work order id, wo, invoice job id", needed=True),
    _spec(
        "created",
        "created at, created on, job created, booked on, booked at, booked date, date created, created date, "
        "job date, date, job created on, job created at, booking date, opened, opened at, scheduled on, "
        "scheduled at, scheduled, scheduled date, scheduled for, start, start date, starts at, service date, "
        "appointment, appointment date, first appointment, appointment start, completed, completed on, "
        "completed at, completed date, completion date, datetime, timestamp, modified on",
    ),
    *_PERSON,
    _spec(
        "service",
        "job type, job type name, type, service type, service requested, work type, business unit, trade, "
        "category, business unit name, service performed",
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
        many=True,
    ),
    _spec("reference", "external id, lead reference, external reference, ref, web reference, our reference, lead ref"),
    _spec("lead", "lead id, leadid, source lead id, web lead id"),
    _spec("booking", "booking id, bookingid, booking, booking number"),
    _spec("customer", "customer id, customerid, customer number, client id"),
    _spec("status", "job status, stat, state, jobstatus"),
)

BOOKINGS = (
    _spec("id", "booking id, bookingid, booking, booking number", needed=True),
    _spec("job", "job id, jobid, job number, converted job id"),
    _spec("lead", "lead id, leadid, web lead id, source lead id"),
    _spec("reference", "external id, external reference, lead reference, ref, our reference", many=True),
    _spec("message", "summary, notes, description, details, comments", many=True),
    _spec("status", "booking status, state"),
)

INVOICES = (
    _spec("id", "invoice id, invoice number, invoice, number, reference number", needed=True),
    _spec("job", "job id, jobid, job number, job"),
    _spec("customer", "customer id, customerid, customer number"),
    _spec("total", "amount, invoice total, total amount, subtotal"),
)

PAYMENTS = (
    _spec("id", "payment id, payment number, payment, number, reference number", needed=True),
    _spec("invoice", "invoice id, invoice number, applied to, applied invoice, invoiceid"),
    _spec("total", "amount, payment amount, applied amount, paid"),
)

CUSTOMERS = (
    _spec("id", "customer id, customerid, customer number, client id, customer", needed=True),
    *_PERSON,
)

FILES: Mapping[str, tuple[FieldSpec, ...]] = {
    "leads": LEADS,
    "jobs": JOBS,
    "bookings": BOOKINGS,
    "invoices": INVOICES,
    "payments": PAYMENTS,
    "customers": CUSTOMERS,
}


#: Headings of the page with the form, which may indicate the service.
_PAGES = ("page", "landingpage", "servicepage", "pageurl", "formpage", "url", "form")


def squeezed(heading: str) -> str:
    """Normalize a heading: `Created_On`, `created on` and `createdOn` are equal; `Customer #` is not a name."""
    return re.sub(r"\s+", "", plain(heading.replace("#", " number ")))


def place(
    kind: str,
    headings: Sequence[str],
    mapping: Mapping[str, str] | None = None,
    specs: Sequence[FieldSpec] | None = None,
) -> dict[str, list[int]]:
    """Map each field to its columns (from 0). `mapping` names the heading of a field and overrides any alias.

    `specs` defaults to the fields of the linkage; for those, columns without a known heading are guessed from their
    words. Raises LinkageError for a required field without a column, a mapping to an unknown heading, and duplicate
    headings.
    """
    specs = FILES[kind] if specs is None else specs
    known = [squeezed(heading) for heading in headings]
    _check_duplicates(kind, headings, known)
    columns: dict[str, list[int]] = {}
    taken: set[int] = set()
    for field, heading in (mapping or {}).items():
        if squeezed(heading) not in known:
            raise LinkageError(f"The mapping names the column “{heading}”, which the {kind} file does not have.")
        columns[field] = [known.index(squeezed(heading))]
        taken.update(columns[field])
    unknown = set(columns) - {spec.name for spec in specs}
    if unknown:
        raise LinkageError(f"The mapping of {kind} has unknown fields: {', '.join(sorted(unknown))}.")
    for spec in specs:
        if spec.name not in columns and (places := _places(spec, known, taken)):
            columns[spec.name] = places
            taken.update(places)
    if specs is FILES[kind]:
        columns |= guess(kind, headings, [spec.name for spec in specs if spec.name not in columns], taken)
        _add_columns(kind, headings, columns)
        if "id" not in columns and "reference" in columns:
            columns["id"] = columns.pop("reference")  # `Ref` without any other ID column is the ID
    for spec in specs:
        if spec.needed and spec.name not in columns:
            what = "ID" if spec.name in ("id", "external_id") else spec.name
            raise LinkageError(
                f"The {kind} file has no column with the {kind[:-1]}'s {what}. Rename one to "
                f"“{spec.headings[1]}”, or add it to the mapping."
            )
    return columns


def _places(spec: FieldSpec, known: Sequence[str], taken: set[int]) -> list[int]:
    wanted = list(dict.fromkeys(squeezed(heading) for heading in spec.headings))
    places = [known.index(heading) for heading in wanted if heading in known and known.index(heading) not in taken]
    if spec.spare:
        return places
    return sorted(places) if spec.many else places[:1]


def _add_columns(kind: str, headings: Sequence[str], columns: dict[str, list[int]]) -> None:
    """Add further phone and email columns (`Main Phone` in addition to `Other Phone`), and the page as the service.

    The page is used only if no column names the service.
    """
    taken = {at for places in columns.values() for at in places}
    taken |= {at for at, heading in enumerate(headings) if "not" in heading.lower().split()}
    for name, places in guess(
        kind, headings, [field for field in ("email", "phone") if field in columns], taken
    ).items():
        columns[name] = sorted(columns[name] + places)
    if kind == "leads" and "service" not in columns:
        pages = [at for at, heading in enumerate(headings) if squeezed(heading) in _PAGES and at not in taken]
        columns |= {"service": pages[:1]} if pages else {}


def _check_duplicates(kind: str, headings: Iterable[str], known: Sequence[str]) -> None:
    for heading, name in zip(headings, known, strict=True):
        if name and known.count(name) > 1:
            raise LinkageError(f"Two columns of the {kind} file are named “{heading}”. Rename one.")
