"""Recognizes columns by their cells, and cells that contradict a heading. No I/O.

`rows` are a sample of a file: the headings of offices are too many to know, but dates, phones and addresses have the
same form everywhere.
"""

import re
from collections.abc import Sequence

from .guessing import any_word, excluded, words_of
from .words import any_of, given_names

#: Share of a column's cells that must be filled, and share of those that must match, to recognize it by its cells.
_FILLED, _LIKE = 0.6, 0.8
_STREET = re.compile(r"\s*[NSEWnsew]?\d+[A-Za-z]?\s+\w[\w.'\-]*\s+[A-Za-z]")
_DAY = re.compile(
    r"\s*(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d\d)|"
    r"(?:[A-Za-z]{3,9},? )?[A-Za-z]{3,9}\.? \d{1,2}(?:st|nd|rd|th)?,? \d{4}|\d{1,2}[ -][A-Za-z]{3,9}[ -]\d{2,4})\b"
)
#: A state of the country, as an abbreviation or written out.
_STATE = re.compile(rf"(?:{any_of('states')}|{any_of('state_names')})\.?$", re.IGNORECASE)
#: Spaces give none back: else a cell of spaces would take quadratic time.
_MONEY = re.compile(r"\s*+[-(]?\s*+\$?\s*+[\d,]*\.\d\d\b")
#: The number of a job or a project, such as `P-78091`. No service has it.
_NUMBER = re.compile(r"\s*+#?\s*+(?:[A-Za-z]{1,4}\W?)?\d{4,12}\s*+$")
#: Fields that can be recognized by their cells if no heading matches.
_CELLS = {"created": _DAY, "street": _STREET, "total": _MONEY, "project_number": _NUMBER}
SEEN_IN_CELLS = tuple(_CELLS)
_PHONE = re.compile(r"\s*(?:\+?1[\s.\-]?)?\(?[2-9]\d\d\)?[\s.\-/]\s?\d{3}[\s.\-]\d{4}\b|\s*\+1\d{10}\b")
_EMAIL = re.compile(r"\s*[^\s@]+@[^\s@]+\.[a-z]{2,}\s*$", re.IGNORECASE)
#: Fields with several columns that can be recognized by their cells, and words of headings that are of the office.
_SEVERAL = {"phone": _PHONE, "email": _EMAIL}
_OF_OFFICE = re.compile(
    any_word("fax tech technician agent rep csr office company tracking dialed called destination forward by assigned")
)
#: Words in the names of channels, of which a file has few. Their clocks can differ.
_CHANNEL = re.compile(
    rf".*{any_word('forms? calls? phone chats? scheduler messages? messenger text sms email widget voicemail')}",
    re.IGNORECASE,
)
_MOST_CHANNELS = 12
#: Words that the heading of a column must have as well, next to which no excluded word may be.
_WITH_CELLS = {
    "total": re.compile(
        any_word("invoice invoiced inv price charge charges billed bill fee sale sales revenue ticket")
    ),
    "project_number": re.compile(r"(?:project|proj|prj)(?: (?:number|no|num|nr|id|ref|code))?$"),
}
#: Fields that most rows may have blank.
_OFTEN_BLANK = ("project_number",)
#: Most cells of a field match this. Otherwise, its heading is of no use: `Bill To` may have names or addresses.
_MUST_BE = {
    "name": re.compile(r"(?!\s*(?:\d+\w?\s+\w|p\.?\s?o\.?\s?box\b)).*[^\W\d_]{2}", re.IGNORECASE),
    "email": re.compile(r".*@"),
    "phone": re.compile(r"(?:\D*\d){7}"),
    "zip": re.compile(r"\D{0,20}\d{4,5}(?:-?\d{4})?\W*$"),
    "created": re.compile(r".*\d"),
    "total": re.compile(r"\D{0,5}\d"),
    "street": re.compile(r".*\d"),
    "service": re.compile(rf"(?!{_NUMBER.pattern})"),
}
#: Share of filled cells below which a column is not the field: then another heading is, if there are enough rows.
_LEAST_FILLED, _LEAST_ROWS = {"service": 0.1}, 50
#: Share of matching cells below which they contradict. People in the country describe where they live.
_LEAST_LIKE = {"street": 0.2}
#: Fewer filled cells show nothing, or no more phones or addresses.
_LEAST_CELLS, _LEAST_SEVERAL = 5, 2


def by_cells(field: str, headings: Sequence[str], rows: Sequence[Sequence[str]], taken: set[int]) -> int | None:
    """Return the column not in `taken` whose cells are dates, addresses, amounts or numbers of projects, or None.

    A column whose heading has an excluded word, such as an end or due date, is used only if there is no other. The
    heading of amounts and projects must have a word for them, and no excluded one.
    """
    like, against = _CELLS[field], excluded(field)
    least = _LEAST_CELLS if field in _OFTEN_BLANK else max(1, _FILLED * len(rows))
    matches = []
    for at, heading in enumerate(headings):
        cells, words = _filled(at, rows), words_of(heading)
        if field in _WITH_CELLS and (not _WITH_CELLS[field].search(words) or re.search(against, words)):
            continue
        if at not in taken and len(cells) >= least and _alike(like, cells):
            matches.append((bool(re.search(against, words)), at))
    return min(matches, default=(False, None))[1]


def more_by_cells(headings: Sequence[str], rows: Sequence[Sequence[str]], taken: set[int]) -> dict[str, list[int]]:
    """Return the columns not in `taken` whose filled cells are phone numbers, or email addresses, of customers."""
    columns: dict[str, list[int]] = {}
    for at, heading in enumerate(headings):
        cells = [] if at in taken or _OF_OFFICE.search(words_of(heading)) else _filled(at, rows)
        for field, like in _SEVERAL.items():
            if len(cells) >= _LEAST_SEVERAL and _alike(like, cells):
                columns.setdefault(field, []).append(at)
    return columns


def column_of_names(headings: Sequence[str], rows: Sequence[Sequence[str]], taken: set[int]) -> int | None:
    """Return the first column not in `taken` with full names, most of which have a known first name."""
    known = {name for name, _ in given_names()}
    for at, heading in enumerate(headings):
        cells = [] if at in taken or _OF_OFFICE.search(words_of(heading)) else _filled(at, rows)
        people = [
            cell for cell in cells if 1 < len(cell.split()) < 5 and known & set(re.findall(r"[a-z]+", cell.lower()))
        ]
        if len(cells) >= _LEAST_CELLS and len(people) >= _FILLED * len(cells):
            return at
    return None


def column_of_channels(headings: Sequence[str], rows: Sequence[Sequence[str]], taken: set[int]) -> int | None:
    """Return the first column not in `taken` with few values, such as `Web Form` and `Phone Call` under `Tool`."""
    for at in range(len(headings)):
        cells = [] if at in taken else _filled(at, rows)
        if (
            len(cells) >= max(_LEAST_ROWS, _FILLED * len(rows))
            and 1 < len(set(cells)) <= _MOST_CHANNELS
            and _alike(_CHANNEL, cells)
        ):
            return at
    return None


def contradicts(field: str, column: int, rows: Sequence[Sequence[str]]) -> bool:
    """Return whether most cells of a column cannot be a value of the field, such as an address that is no name."""
    cells = _filled(column, rows)
    if field == "id":
        return len(set(cells)) < _LIKE * len(cells)
    if len(rows) >= _LEAST_ROWS and len(cells) < _LEAST_FILLED.get(field, 0) * len(rows):
        return True
    if field not in _MUST_BE or len(cells) < _LEAST_CELLS:
        return False
    return sum(bool(_MUST_BE[field].match(cell)) for cell in cells) < _LEAST_LIKE.get(field, 0.5) * len(cells)


def is_of_places(column: int, rows: Sequence[Sequence[str]]) -> bool:
    """Return whether the cells of a column are states of the country, so that its heading `State` means no status."""
    cells = _filled(column, rows)
    return bool(cells) and _alike(_STATE, cells)


def _filled(column: int, rows: Sequence[Sequence[str]]) -> list[str]:
    return [row[column].strip() for row in rows if len(row) > column and row[column].strip()]


def _alike(pattern: re.Pattern[str], cells: Sequence[str]) -> bool:
    return sum(bool(pattern.match(cell)) for cell in cells) >= _LIKE * len(cells)
