"""What a table would bring to the Titan Map: candidates, what keeps them from being one, and what is refused. Pure.

Every row below the headings has exactly one outcome. A candidate is a proposal; nothing is added to any map here.
"""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from .columns import Columns, Field, plain, recognise
from .objects import ObjectType
from .reading import DEFAULT, Limits, Row, Table, read
from .refusals import Reason, Refusal, refusal_of


class Outcome(StrEnum):
    """What becomes of a row."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    REVIEW = "needs review"
    BLOCKED = "blocked"
    REFUSED = "refused"
    BLANK = "blank"


class Doubt(StrEnum):
    """Why the customer looks at a row first."""

    NAME = "duplicate name"
    ID = "duplicate id"
    STATUS = "unclear status"


STATUSES: dict[str, frozenset[str]] = {
    "active": frozenset({"active", "yes", "y", "true", "t", "1", "on", "enabled", "live", "current"}),
    "inactive": frozenset({"inactive", "not active", "no", "n", "false", "f", "0", "off", "disabled"}),
    "paused": frozenset({"paused", "on hold", "hold", "suspended"}),
    "retired": frozenset({"retired", "archived", "discontinued", "deleted", "ended", "expired", "closed"}),
}
UNCLEAR = "unclear"
LONGEST_NAME, LONGEST_DETAIL, LARGEST_ID = 120, 200, 2**63 - 1

GUARDRAILS = (
    "What is pasted or chosen here is read in memory and forgotten with the answer. Nothing is stored.",
    "Every row is a candidate until the customer approves it. None becomes part of a Titan Map by this page.",
    "No imported row changes a website. Where a row and a live page disagree, people decide which is right.",
    "Inactive, paused, retired, missing and duplicate rows make review work and are never promoted by themselves.",
    "Leave out customers, invoices, payments and schedules, and every key, token and password.",
    "No API of ServiceTitan is called: a file that somebody exported is all there is.",
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """What a row proposes. `id` is its id at the source, if it has one; `doubts` are for the customer to settle."""

    row: int
    name: str
    id: int | None
    status: str
    detail: str
    doubts: tuple[Doubt, ...] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that is not taken in, the column that shows why, and the reason. What stands in it is not repeated."""

    row: int
    column: str
    refusal: Refusal


@dataclass(frozen=True, slots=True)
class Warned:
    """One remark. `row` is 0 when it is about the whole table."""

    row: int
    sentence: str


@dataclass(frozen=True, slots=True)
class Check:
    """One question the review answers: `state` is ready or needs review, `rows` are those it is about."""

    title: str
    state: str
    rows: tuple[int, ...]


@dataclass(frozen=True)
class Review:
    """All that can be said of a table. `outcomes` has every row below the headings exactly once, by its number."""

    kind: ObjectType
    encoding: str
    delimiter: str
    columns: Columns
    outcomes: Mapping[int, Outcome]
    candidates: Sequence[Candidate]
    refused: Sequence[Refused]
    warnings: Sequence[Warned]

    @cached_property
    def counts(self) -> Mapping[str, int]:
        """Outcome to its number of rows; outcomes without rows are 0."""
        found = Counter(self.outcomes.values())
        return {outcome.value: found[outcome] for outcome in Outcome}

    @cached_property
    def doubts(self) -> Mapping[str, int]:
        """Doubt to how many rows raise it; a row may raise several."""
        found = Counter(doubt for candidate in self.candidates for doubt in candidate.doubts)
        return {doubt.value: found[doubt] for doubt in Doubt}

    @property
    def objects(self) -> int:
        """Rows that hold anything."""
        return len(self.outcomes) - self.counts[Outcome.BLANK]

    @property
    def has_ids(self) -> bool:
        return self.columns.has(Field.ID)

    @property
    def holds_secrets(self) -> bool:
        return any(refused.refusal.reason is Reason.SECRET for refused in self.refused)

    @cached_property
    def checks(self) -> tuple[Check, ...]:
        """The four checks of every import, and one more where rows were refused."""

        def check(title: str, outcome: Outcome, *, ready: bool = False) -> Check:
            """`ready`: whether rows are what makes it ready; else it is ready while there are none."""
            rows = tuple(row for row, found in self.outcomes.items() if found is outcome)
            return Check(title, "ready" if bool(rows) == ready else "needs review", rows)

        found = (
            check("Active objects imported as candidates", Outcome.ACTIVE, ready=True),
            check("Inactive, paused or retired objects", Outcome.INACTIVE),
            check("Blocked rows: a name is missing or cannot be one", Outcome.BLOCKED),
            check("Rows the customer reviews: a duplicate or an unclear status", Outcome.REVIEW),
        )
        refused = check("Refused rows: a formula, a secret or personal data", Outcome.REFUSED)
        return (*found, refused) if refused.rows else found


def review(content: bytes | str, kind: ObjectType, limits: Limits = DEFAULT) -> Review:
    """Review a file or pasted text. Raises TableError for what is no table with a name column, and nothing else."""
    table = read(content, limits)
    return _Reviewer(table, recognise(table.header, kind), kind).review()


class _Reviewer:
    """Goes through the rows of one table once, and once more over its candidates to find twins."""

    def __init__(self, table: Table, columns: Columns, kind: ObjectType) -> None:
        self.table, self.columns, self.kind = table, columns, kind
        self.headings = [plain(column.heading) for column in columns.all]
        self.warnings: list[Warned] = []

    def review(self) -> Review:
        outcomes: dict[int, Outcome] = {}
        candidates: list[Candidate] = []
        refused: list[Refused] = []
        for row in self.table.rows:
            if not row.cells:
                outcomes[row.number] = Outcome.BLANK
            elif found := self._refused(row):
                outcomes[row.number] = Outcome.REFUSED
                refused.append(found)
            elif candidate := self._candidate(row):
                candidates.append(candidate)
                outcomes[row.number] = _outcome(candidate)
            else:
                outcomes[row.number] = Outcome.BLOCKED
        candidates = self._doubled(candidates)
        outcomes |= {candidate.row: _outcome(candidate) for candidate in candidates}
        self._warn_of_the_rest(candidates)
        return Review(
            self.kind,
            self.table.encoding,
            self.table.delimiter,
            self.columns,
            outcomes,
            candidates,
            refused,
            sorted(self.warnings, key=lambda warned: warned.row),
        )

    def _refused(self, row: Row) -> Refused | None:
        for place, cell in enumerate(row.cells, start=1):
            heading = self.headings[place - 1] if place <= len(self.headings) else ""
            if refusal := refusal_of(cell, heading=heading):
                return Refused(row.number, self.columns.at(place).words, refusal)
        return None

    def _candidate(self, row: Row) -> Candidate | None:
        """What the row proposes; None for a blocked one, whose reason is among the warnings."""
        name = tidy(self.columns.cell(row, Field.NAME))
        width = len(self.headings)
        if any(cell.strip() for cell in row.cells[width:]):
            self._warn(
                row, f"It has {len(row.cells)} cells and there are {width} headings, so it cannot be told apart."
            )
            return None
        if not name:
            self._warn(row, "The name is missing.")
            return None
        if len(name) > LONGEST_NAME:
            self._warn(row, f"The name has {len(name):,} characters; {LONGEST_NAME} fit.")
            return None
        if len(row.cells) < width:
            self._warn(row, f"It ends after {len(row.cells)} of {width} cells; the rest is taken as empty.")
        status = status_of(self.columns.cell(row, Field.STATUS)) if self.columns.has(Field.STATUS) else "active"
        doubts = (Doubt.STATUS,) if status == UNCLEAR else ()
        return Candidate(row.number, name, self._id(row), status, self._detail(row), doubts)

    def _id(self, row: Row) -> int | None:
        text = self.columns.cell(row, Field.ID).strip()
        if re.fullmatch(r"[0-9]{1,19}", text) and 0 < int(text) <= LARGEST_ID:
            return int(text)
        if text:
            self._warn(row, "Its id is no whole number, so the candidate has none.")
        return None

    def _detail(self, row: Row) -> str:
        detail = tidy(self.columns.cell(row, Field.DESCRIPTION))
        if len(detail) <= LONGEST_DETAIL:
            return detail
        self._warn(row, f"The description has {len(detail):,} characters and is cut to {LONGEST_DETAIL}.")
        return f"{detail[: LONGEST_DETAIL - 1]}…"

    def _doubled(self, candidates: Iterable[Candidate]) -> list[Candidate]:
        """The candidates with their twins marked: of rows with one name or one id, the customer says which is right."""
        found = list(candidates)
        names, ids = defaultdict(list), defaultdict(list)
        for candidate in found:
            names[candidate.name.casefold()].append(candidate.row)
            if candidate.id is not None:
                ids[candidate.id].append(candidate.row)
        return [
            _doubting(
                candidate,
                *((Doubt.NAME,) if len(names[candidate.name.casefold()]) > 1 else ()),
                *((Doubt.ID,) if candidate.id is not None and len(ids[candidate.id]) > 1 else ()),
            )
            for candidate in found
        ]

    def _warn_of_the_rest(self, candidates: Iterable[Candidate]) -> None:
        for candidate in candidates:
            if candidate.doubts:
                words = " and ".join(candidate.doubts)
                self._say(candidate.row, f"{candidate.name}: {words}. It is not promoted until the customer answers.")
            elif candidate.status != "active":
                self._say(candidate.row, f"{candidate.name} is {candidate.status}, so it is not promoted unapproved.")
        if not self.columns.has(Field.STATUS):
            self._say(0, "There is no status column, so every row is taken as active. Confirm that with the customer.")
        aside = [column.words for column in self.columns.all if column.field is None]
        if aside:
            self._say(0, f"Left aside: {', '.join(aside[:5])}{' and more' if len(aside) > 5 else ''}.")

    def _warn(self, row: Row, sentence: str) -> None:
        self._say(row.number, sentence)

    def _say(self, row: int, sentence: str) -> None:
        self.warnings.append(Warned(row, sentence))


def _outcome(candidate: Candidate) -> Outcome:
    if candidate.doubts:
        return Outcome.REVIEW
    return Outcome.ACTIVE if candidate.status == "active" else Outcome.INACTIVE


def _doubting(candidate: Candidate, *more: Doubt) -> Candidate:
    doubts = (*more, *candidate.doubts)
    return Candidate(candidate.row, candidate.name, candidate.id, candidate.status, candidate.detail, doubts)


def tidy(text: str) -> str:
    """One line without what cannot be seen, one space at a time, in the composed form of its letters."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    shown = "".join(" " if unicodedata.category(char) in {"Cc", "Zl", "Zp"} else char for char in text)
    shown = "".join(char for char in shown if unicodedata.category(char) not in {"Cf", "Cs", "Co", "Cn"})
    return unicodedata.normalize("NFC", " ".join(shown.split()))


def status_of(text: str) -> str:
    """The word of a status cell: active, inactive, paused, retired, or unclear."""
    said = plain(text)
    return next((word for word, words in STATUSES.items() if said in words), UNCLEAR)
