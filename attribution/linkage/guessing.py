"""Guesses the field of a column with an unknown heading, from the words of the heading. No I/O.

Used only for columns that no known heading matched. Each field has required words and excluded words. Narrower fields
come first, so that `Email Addr` is not an address.
"""

import re
from collections.abc import Mapping, Sequence

from .words import any_of


def _any(words: str) -> str:
    """Return a pattern for any of these words. An underscore means a space."""
    return rf"\b({'|'.join(words.split()).replace('_', ' ')})\b" if words else ""


def _id(words: str) -> str:
    """Return a pattern for a heading that is the ID of something."""
    return rf"^({'|'.join(words.split()).replace('_', ' ')}) {_NUMBER}$"


def _whole(words: str) -> str:
    """Return a pattern for a heading that consists of one of these words only."""
    return rf"^({'|'.join(words.split()).replace('_', ' ')})$"


_NUMBER = "(id|number|no|num|nr|key|code|ref|uid|guid)"
_BARE = f"^{_NUMBER}$"
_LEAD = (
    "lead inquiry enquiry request submission form entry prospect opportunity contact record web web_lead online_lead"
)
_JOB = "job wo work_order workorder order ticket project call service_call appointment appt visit dispatch so"
#: Headings that mean an ID column on their own. `call` or `request` could also be the heading of a message.
_LEADS_ALONE, _JOBS_ALONE = "lead web_lead submission", "job wo work_order workorder order ticket"
#: An account number without a word for it.
_CUSTOMER_ALONE = "acct"
_CUSTOMER = "customer cust client account acct cst bill_to"
_OF_OTHERS = (
    "tech technician agent rep csr taken by company business campaign job file user page form service product utm "
    "employee sales business_unit host assigned id number no type date time method when"
)
_TOUCHES = "date time seen appointment visit contact contacted page touch by updated modified"
_SERVICE = (
    "service services help need needed needs want wants class department dept trade category type issue problem reason "
    "interest requested looking project product"
)
_NOTES = (
    "note notes comment comments message messages description summary details? performed remarks? memo instructions"
)
#: Required and excluded words of each field's heading, in matching order.
_WORDS = {
    "email": ("e_mail email emails mail", "mailing direct opt sent campaign list mailer"),
    "phone": (
        r"phone phones telephone tel mobile cell cellular callback landline ph sms phone\d cell\d",
        "tech opt type ext extension consent",
    ),
    "zip": ("zip zipcode postal postcode post_code zip5", ""),
    "unit": ("apt apartment suite unit address_2 addr_2 line_2 street_2", "business"),
    "city": ("city town suburb", ""),
    "street": ("address street addr property house where", "ip web url state country type id number no"),
    "first": ("first given forename fname", _TOUCHES),
    "last": ("last surname family lname", _TOUCHES),
    "name": ("name contact caller who homeowner customer client bill_to", _OF_OTHERS),
    "created": (
        (
            "date time datetime timestamp received submitted created entered booked opened scheduled when arrived dt "
            "taken logged"
        ),
        (
            r"completed complete closed finished ended by modified updated birth due paid invoice expires? preferred "
            r"best zone promised"
        ),
    ),
    "campaign": (r"campaign source marketing heard referr\w* channel medium utm ad advert\w* promo attribution", ""),
    "service": (_SERVICE, "customer_type lead_type phone property payment date time id number manager rep price"),
    "message": (
        f"{_NOTES} help question questions describe anything tell_us going_on happening reason complaint",
        r"cancel\w* lost hold",
    ),
    "status": ("status stat disposition", "payment invoice date"),
    "total": ("total amount amt sum balance charged paid applied", "tax"),
}
_OF_A_JOB = f"{_id(_JOB)}|{_whole(_JOBS_ALONE)}"
_IDS: Mapping[str, Mapping[str, str]] = {
    "leads": {"id": f"{_id(_LEAD)}|{_BARE}|{_whole(_LEADS_ALONE)}"},
    "jobs": {
        "id": f"{_id(_JOB)}|{_BARE}|{_whole(_JOBS_ALONE)}",
        "customer": f"{_id(_CUSTOMER)}|{_whole(_CUSTOMER_ALONE)}",
        "lead": _id("lead web_lead inquiry"),
    },
    "customers": {"id": f"{_id(_CUSTOMER)}|{_BARE}|{_whole(_CUSTOMER_ALONE)}"},
    "bookings": {"id": f"{_id('booking appointment appt')}|{_BARE}", "job": _OF_A_JOB},
    "invoices": {"id": f"{_id('invoice inv bill')}|{_BARE}", "job": _OF_A_JOB, "customer": _id(_CUSTOMER)},
    "payments": {"id": f"{_id('payment pmt receipt transaction txn')}|{_BARE}", "invoice": _id("invoice inv bill")},
}
_RULES: Mapping[str, tuple[str, str]] = {name: (_any(sign), _any(against)) for name, (sign, against) in _WORDS.items()}


_OTHERS = re.compile(_any("billing bill mailing company business organization"))
_OF_WORK = re.compile(_any("service job property work site location different"))
_ADDRESS = re.compile(_any("address addr street"))
_NO_ADDRESS = re.compile(_any(r"email ip web url state country type id number no line \d"))
#: Share of a column's cells that must be filled, and share of those that must match, to recognize it by its cells.
_FILLED, _LIKE = 0.6, 0.8
_STREET = re.compile(r"\s*[NSEWnsew]?\d+[A-Za-z]?\s+\w[\w.'\-]*\s+[A-Za-z]")
_DAY = re.compile(
    r"\s*(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d\d)|"
    r"(?:[A-Za-z]{3,9},? )?[A-Za-z]{3,9}\.? \d{1,2}(?:st|nd|rd|th)?,? \d{4}|\d{1,2}[ -][A-Za-z]{3,9}[ -]\d{2,4})\b"
)


#: A state of the country, as an abbreviation or written out.
_STATE = re.compile(rf"(?:{any_of('states')}|{any_of('state_names')})\.?$", re.IGNORECASE)
#: Fields that can be recognized by their cells if no heading matches.
_CELLS = {"created": _DAY, "street": _STREET}
SEEN_IN_CELLS = tuple(_CELLS)


def by_cells(field: str, headings: Sequence[str], rows: Sequence[Sequence[str]], taken: set[int]) -> int | None:
    """Return the column not in `taken` whose cells are dates, or street addresses, regardless of its heading, or None.

    A column whose heading has an excluded word, such as an end or due date, is used only if there is no other. `rows`
    are a sample.
    """
    like, against = _CELLS[field], _RULES[field][1]
    matches = []
    for at, heading in enumerate(headings):
        cells = _filled(at, rows)
        if at not in taken and len(cells) >= _FILLED * len(rows) > 0 and _alike(like, cells):
            matches.append((bool(re.search(against, words_of(heading))), at))
    return min(matches, default=(False, None))[1]


def is_of_places(column: int, rows: Sequence[Sequence[str]]) -> bool:
    """Return whether the cells of a column are states of the country, so that its heading `State` means no status."""
    cells = _filled(column, rows)
    return bool(cells) and _alike(_STATE, cells)


def _filled(column: int, rows: Sequence[Sequence[str]]) -> list[str]:
    return [row[column].strip() for row in rows if len(row) > column and row[column].strip()]


def _alike(pattern: re.Pattern[str], cells: Sequence[str]) -> bool:
    return sum(bool(pattern.match(cell)) for cell in cells) >= _LIKE * len(cells)


def words_of(heading: str) -> str:
    """Split a heading into words: `WO #` is `wo number`, `CustNo` is `cust no`, `Best_Phone` is `best phone`."""
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", heading).replace("#", " number ")
    return " ".join(re.findall(r"[a-z0-9]+", text.lower().replace("e-mail", "email")))


def is_of_others(heading: str) -> bool:
    """Return whether a column is about a company or an address for bills, not about the people and their house."""
    return bool(_OTHERS.search(words_of(heading)))


def is_of_work(heading: str) -> bool:
    """Return whether a column is about the place of the work."""
    return bool(_OF_WORK.search(words_of(heading)))


def is_address(heading: str) -> bool:
    """Return whether a column has whole street addresses."""
    words = words_of(heading)
    return bool(_ADDRESS.search(words)) and not _NO_ADDRESS.search(words)


def by_words(kind: str, headings: Sequence[str], wanted: Sequence[str], taken: set[int]) -> dict[str, list[int]]:
    """Map the fields `wanted` to columns (from 0) not in `taken`. A column is used for one field.

    Only phone, email and message use several columns; other fields use the first.
    """
    words = [words_of(heading) for heading in headings]
    columns: dict[str, list[int]] = {}
    used = set(taken)
    rules = {name: (sign, "") for name, sign in _IDS.get(kind, {}).items()} | dict(_RULES)
    for name, (sign, against) in rules.items():
        if name not in wanted:
            continue
        places = [
            at
            for at, text in enumerate(words)
            if at not in used and text and re.search(sign, text) and not (against and re.search(against, text))
        ]
        if places := places if name in ("phone", "email", "message") else places[:1]:
            columns[name] = places
            used.update(places)
    return columns
