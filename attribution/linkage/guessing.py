"""Guesses the field of a column with an unknown heading, from the words of the heading. No I/O.

Used only for columns that no known heading matched. Each field has required words and excluded words. Narrower fields
come first, so that `Email Addr` is not an address.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache


def any_word(words: str) -> str:
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
    "lead inquiry enquiry request response submission form entry prospect opportunity contact record call chat req "
    "conversation web web_lead online_lead"
)
_JOB = "job wo work_order workorder order ticket tkt project call service_call appointment appt visit dispatch so"
#: Headings that mean an ID column on their own. `call` or `request` could also be the heading of a message.
_LEADS_ALONE, _JOBS_ALONE = "lead web_lead submission", "job wo work_order workorder order ticket tkt dispatch"
#: An account number without a word for it.
_CUSTOMER_ALONE = "acct cust_acct customer_acct customer_account"
_CUSTOMER = "customer cust client account acct cst bill_to"
_OF_OTHERS = (
    "tech technician agent rep csr taken by company business campaign job file user page form service product utm "
    "employee sales business_unit host assigned task item id number no type date time method when sent comments? "
    "notes? message existing returning"
)
_TOUCHES = (
    "date time at seen appointment visit contact contacted page touch by updated modified message inbound outbound"
)
_SERVICE = (
    "service services svc what_for for_what help need needed needs want wants class department dept trade "
    "category type issue problem reason interest interested requested looking project product task item"
)
_NOTES = (
    "note notes comment comments message messages description summary details? performed remarks? memo instructions "
    "answers? transcript transcription title desc rmks? rmk\\d? what_we_did work_done q_a interview problem "
    "what_they what_customer"
)
#: Required and excluded words of each field's heading, in matching order.
_WORDS = {
    "email": ("e_mail email emails mail", "mailing direct opt sent campaign list mailer to"),
    "phone": (
        (
            r"phone phones telephone tel mobile cell cellular callback landline ph sms phone\d cell\d tel\d cb "
            "another_number alternate_number alt_number other_number second_number best_number number_to_reach"
        ),
        "tech opt type ext extension consent duration length",
    ),
    "zip": ("zip zipcode postal postcode post_code zip5", "street tax"),
    "unit": ("apt apartment suite unit address_2 addr_2 line_2 street_2", "business street where"),
    "city": ("city town suburb", "street tax"),
    "street": (
        "address street addr property house where",
        "ip web url remote state country type id number no name company",
    ),
    "first": ("first given forename fname", f"last {_TOUCHES}"),
    "last": ("last surname family lname", f"first {_TOUCHES}"),
    "name": ("name nm contact caller who homeowner customer client bill_to", _OF_OTHERS),
    "created": (
        (
            "date time datetime timestamp received submitted created entered booked opened scheduled when arrived dt "
            "taken logged called call_date"
        ),
        (
            r"completed complete closed finished ended by modified updated birth due paid invoice expires? preferred "
            r"best zone promised prom talk duration length"
        ),
    ),
    "campaign": (
        (
            r"campaign source src marketing hear heard find_us did_you_find found came_from who_sent referr\w* "
            r"channel medium utm ad advert\w* promo attribution"
        ),
        "",
    ),
    "service": (
        _SERVICE,
        (
            "customer_type cust_type client_type acct_type account_type lead_type response_type "
            "phone property payment date time id number manager rep price addr address city zip st state "
            "province country review location"
        ),
    ),
    "message": (
        f"{_NOTES} help question questions describe anything tell_us going_on happening reason complaint",
        r"cancel\w* lost hold",
    ),
    "status": ("status stat stage disposition done handled", "payment invoice date dt by work"),
    "total": (
        "total amount amt tot sum balance billed bill charged paid applied",
        "tax date to addr address city state st zip name street",
    ),
}
#: Words before the number of a job that is continued or corrected.
_BEFORE = (
    "original orig parent previous prev prior old recall callback go_back goes_with warranty related linked reference"
)
_OLD_JOB = "job|wo|work order|ticket|tkt|disp|dispatch|invoice|inv|for|of"
_OF_A_JOB = f"{_id(_JOB)}|{_whole(_JOBS_ALONE)}"
_IDS: Mapping[str, Mapping[str, str]] = {
    "leads": {"id": f"{_id(_LEAD)}|{_BARE}|{_whole(_LEADS_ALONE)}"},
    "jobs": {
        "original_job": rf"^({'|'.join(_BEFORE.split()).replace('_', ' ')}) ({_OLD_JOB})( {_NUMBER})*( job)?$",
        "id": f"{_id(_JOB)}|{_BARE}|{_whole(_JOBS_ALONE)}",
        "customer": f"{_id(_CUSTOMER)}|{_whole(_CUSTOMER_ALONE)}",
        "lead": _id("lead web_lead inquiry"),
    },
    "customers": {"id": f"{_id(_CUSTOMER)}|{_BARE}|{_whole(_CUSTOMER_ALONE)}"},
    "bookings": {"id": f"{_id('booking appointment appt')}|{_BARE}", "job": _OF_A_JOB},
    "invoices": {"id": f"{_id('invoice inv bill')}|{_BARE}", "job": _OF_A_JOB, "customer": _id(_CUSTOMER)},
    "payments": {"id": f"{_id('payment pmt receipt transaction txn')}|{_BARE}", "invoice": _id("invoice inv bill")},
}
_RULES: Mapping[str, tuple[str, str]] = {
    name: (any_word(sign), any_word(against)) for name, (sign, against) in _WORDS.items()
}


_OTHERS = re.compile(any_word("billing bill mailing company business organization"))
_OF_WORK = re.compile(any_word("service job property work site location"))
#: "Job address if different", and "Billing address if different", but not "Different billing address".
_DIFFERENT = re.compile(r"\bdifferent\b(?! (?:billing|bill|mailing)\b)")
_ADDRESS = re.compile(any_word("address addr street"))
_NO_ADDRESS = re.compile(any_word(r"email ip web url remote state country type id number no line \d"))
_LATE = re.compile(
    any_word("scheduled schedule sched start starts appointment appt service completed completion complete comp closed")
)
_EARLY = re.compile(
    any_word("created creation submit submitted taken entered opened booked received called logged ordered")
)
#: A question with a person's earlier answer in it, as Typeform exports it.
_FILLED_IN = re.compile(r"\{\{[^{}]*\}\}")
#: Parts of a heading in capital letters without spaces, as old programs write them, and the letter of a place before.
#: Digits give none back: else a long number would take exponential time.
_PARTS = re.compile(
    "CUST|SITE|BILL|ACCT|JOB|LEAD|CALL|ORDER|WORK|WO|INV|ORIG|PREV|OLD|CITY|ADDR(?:ESS)?|STREET|ZIP|PHONE|PH|CELL|EMAIL|MAIL|"
    "NAME|DATE|DT|TIME|TM|TAKEN|ENTERED|SCHED|COMP|DISP|TICKET|TKT|DONE|TYPE|CODE|"
    "SRC|SOURCE|STATUS|STAT|TOTAL|TOT|AMT|DESC|NOTES?|NO|NUM|ID|BY|\\d++"
)
_RUN = re.compile(rf"[JLSBCD]?(?:{_PARTS.pattern})+")
_PLACED = re.compile(rf"[JLSBCD](?:{_PARTS.pattern})+$")
_PLACES = {"J": "job", "L": "lead", "S": "service", "B": "bill", "C": "customer", "D": "dispatch"}


@lru_cache(maxsize=4096)  # a file is placed several times
def words_of(heading: str) -> str:
    """Split a heading into words: `WO #` is `wo number`, `CustNo` and `CUSTNO` are `cust no`, `SZIP` `service zip`."""
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", _FILLED_IN.sub(" ", heading)).replace("#", " number ")
    if _RUN.fullmatch(text):
        before = _PLACES[text[0]] if _PLACED.match(text) else ""
        text = " ".join((before, *_PARTS.findall(text[1:] if before else text)))
    return " ".join(re.findall(r"[a-z0-9]+", text.lower().replace("e-mail", "email")))


def excluded(field: str) -> str:
    """Return a pattern of words that the heading of a field has not, which matches nothing if there are none."""
    return (_RULES[field][1] if field in _RULES else "") or "(?!)"


def is_late(heading: str) -> bool:
    """Return whether a date is that of an appointment or of a finished job, not the day when the office took it on."""
    return bool(_LATE.search(words_of(heading)))


def is_early(heading: str) -> bool:
    """Return whether a date is the day on which the office took on a job."""
    return bool(_EARLY.search(words_of(heading))) and not is_late(heading)


def is_of_others(heading: str) -> bool:
    """Return whether a column is about a company or an address for bills, not about the people and their house."""
    return bool(_OTHERS.search(words_of(heading)))


def is_of_work(heading: str) -> bool:
    """Return whether a column is about the place of the work: a different address is, unless it is for the bill."""
    before, *after = _DIFFERENT.split(words_of(heading), maxsplit=1)
    return bool(_OF_WORK.search(before)) or (bool(after) and not _OTHERS.search(before))


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
