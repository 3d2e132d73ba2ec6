"""Review of a table for the Titan Map: candidates, open questions and rejected rows. Pure.

Every row below the headings has exactly one outcome. A candidate is only a proposal; nothing is added to a map here.
"""

import io
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property

from .child_reader import open_in_child
from .columns import Columns, recognize
from .errors import TableError
from .fields import plain
from .objects import Field, ObjectType
from .records import Line
from .refusals import Reason, Refusal, refusal_of
from .tables import Limits, Table


class Outcome(StrEnum):
    """Outcome of a row."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    REVIEW = "needs review"
    BLOCKED = "blocked"
    REFUSED = "refused"
    BLANK = "blank"


class Doubt(StrEnum):
    """Reason why the customer must review a row."""

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
MOST_BYTES, LIMITS = 262_144, Limits(rows=5_000, columns=50)
LONGEST_NAME, LONGEST_DETAIL, LARGEST_ID = 120, 200, 2**63 - 1

GUARDRAILS = (
    "Your text or file is processed in memory and discarded with the response. Nothing is stored.",
    "Every row is a candidate until the customer approves it. This page adds nothing to a Titan Map.",
    "No imported row changes a website. If a row and a live page disagree, people decide which is right.",
    "Inactive, paused, retired, missing and duplicate rows need review and are never promoted automatically.",
    "Remove customers, invoices, payments and schedules, and every key, token and password.",
    "The ServiceTitan API is not called: the only input is an exported file.",
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """Item proposed by a row. `id` is its id at the source, if any; the customer resolves the `doubts`."""

    row: int
    name: str
    id: int | None
    status: str
    detail: str
    doubts: tuple[Doubt, ...] = ()

    @property
    def outcome(self) -> Outcome:
        return Outcome.REVIEW if self.doubts else Outcome.ACTIVE if self.status == "active" else Outcome.INACTIVE


@dataclass(frozen=True, slots=True)
class Refused:
    """A rejected row, with the offending column and the reason. Its content is not repeated."""

    row: int
    column: str
    refusal: Refusal


@dataclass(frozen=True, slots=True)
class Warned:
    """A warning. `row` is 0 if it concerns the whole table."""

    row: int
    sentence: str


@dataclass(frozen=True, slots=True)
class Check:
    """A check of the review. `state` is ready or needs review; `rows` are the rows concerned."""

    title: str
    state: str
    rows: tuple[int, ...]


@dataclass(frozen=True)
class Review:
    """Complete review of a table. `outcomes` maps each row number below the headings to its outcome."""

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
        """Return the number of rows per outcome, including zeros."""
        counts = Counter(self.outcomes.values())
        return {outcome.value: counts[outcome] for outcome in Outcome}

    @cached_property
    def doubts(self) -> Mapping[str, int]:
        """Return the number of rows per doubt, including zeros; a row may count more than once."""
        counts = Counter(doubt for candidate in self.candidates for doubt in candidate.doubts)
        return {doubt.value: counts[doubt] for doubt in Doubt}

    @property
    def objects(self) -> int:
        """Return the number of rows that are not blank."""
        return len(self.outcomes) - self.counts[Outcome.BLANK]

    @property
    def has_ids(self) -> bool:
        return self.columns.has(Field.ID)

    @property
    def holds_secrets(self) -> bool:
        return any(refused.refusal.reason is Reason.SECRET for refused in self.refused)

    @cached_property
    def checks(self) -> tuple[Check, ...]:
        """Return the four checks of every import, plus one if rows were rejected."""

        def check(title: str, outcome: Outcome, *, ready: bool = False) -> Check:
            """Build a check. With `ready`, matching rows make it ready; otherwise their absence does."""
            rows = tuple(row for row, row_outcome in self.outcomes.items() if row_outcome is outcome)
            return Check(title, "ready" if bool(rows) == ready else "needs review", rows)

        standard = (
            check("Active objects imported as candidates", Outcome.ACTIVE, ready=True),
            check("Inactive, paused or retired objects", Outcome.INACTIVE),
            check("Blocked rows: the name is missing or invalid", Outcome.BLOCKED),
            check("Rows the customer reviews: a duplicate or an unclear status", Outcome.REVIEW),
        )
        refused = check("Rejected rows: a formula, a secret or personal data", Outcome.REFUSED)
        return (*standard, refused) if refused.rows else standard


def review(content: bytes | str, kind: ObjectType, *, open_with: Callable[..., Table] = open_in_child) -> Review:
    """Review a file or pasted text. Raises only TableError, if it is not a table with a name column.

    A child process parses it. Tests of many files pass `open_table`, which parses it in this process.
    """
    data, pasted = (content.encode("utf-8", "replace"), True) if isinstance(content, str) else (content, False)
    if len(data) > MOST_BYTES:
        raise TableError(f"The file is larger than {MOST_BYTES // 1024:,} kB. Split it or remove columns.")
    if data.startswith(b"PK\x03\x04"):
        raise TableError("This is an Excel workbook or a ZIP file, not a CSV. Save the sheet as CSV.")
    table = open_with(io.BytesIO(data), kind.fields, limits=LIMITS)
    columns = recognize(table.heading, kind.fields, kind.label)
    return _Reviewer(table, columns, kind, "pasted text" if pasted else table.format.form).review()


class _Reviewer:
    """Reviews the rows of one table in one pass, then marks duplicates among its candidates."""

    def __init__(self, table: Table, columns: Columns, kind: ObjectType, encoding: str) -> None:
        self.table, self.columns, self.kind, self.encoding = table, columns, kind, encoding
        self.headings = [plain(heading) for heading in columns.headings]
        self.warnings: list[Warned] = []
        self.refused: list[Refused] = []

    def review(self) -> Review:
        outcomes: dict[int, Outcome] = {}
        proposed: list[Candidate] = []
        for row in self.table.rows:
            judged = self._judge(row)
            outcomes[row.number] = judged.outcome if isinstance(judged, Candidate) else judged
            proposed += [judged] if isinstance(judged, Candidate) else []
        candidates = _doubled(proposed)
        outcomes |= {candidate.row: candidate.outcome for candidate in candidates}
        self._warn_of_the_rest(candidates)
        warnings = sorted(self.warnings, key=lambda warned: warned.row)
        delimiter = self.table.format.delimiter
        return Review(self.kind, self.encoding, delimiter, self.columns, outcomes, candidates, self.refused, warnings)

    def _judge(self, row: Line) -> Candidate | Outcome:
        if not row.cells and not row.problem:
            return Outcome.BLANK
        width = len(self.headings)
        for place, cell in enumerate(row.cells, start=1):
            if refusal := refusal_of(cell, heading=self.headings[place - 1] if place <= width else ""):
                self.refused.append(Refused(row.number, self.columns.at(place).words, refusal))
                return Outcome.REFUSED
        name = tidy(self.columns.cell(row.cells, Field.NAME))
        if why := row.problem or self._why_blocked(row, name):
            self._warn(row, why)
            return Outcome.BLOCKED
        if len(row.cells) < width:
            self._warn(row, f"It has only {len(row.cells)} of {width} cells; the others are treated as empty.")
        status = status_of(self.columns.cell(row.cells, Field.STATUS)) if self.columns.has(Field.STATUS) else "active"
        doubts = (Doubt.STATUS,) if status == UNCLEAR else ()
        return Candidate(row.number, name, self._id(row), status, self._detail(row), doubts)

    def _why_blocked(self, row: Line, name: str) -> str:
        many, width = len(row.cells), len(self.headings)
        if any(cell.strip() for cell in row.cells[width:]):
            return f"It has {many} cells but there are {width} headings, so its columns are unclear."
        if len(name) > LONGEST_NAME:
            return f"The name has {len(name):,} characters; the limit is {LONGEST_NAME}."
        return "" if name else "The name is missing."

    def _id(self, row: Line) -> int | None:
        text = self.columns.cell(row.cells, Field.ID).strip()
        if re.fullmatch(r"[0-9]{1,19}", text) and 0 < int(text) <= LARGEST_ID:
            return int(text)
        if text:
            self._warn(row, "Its id is not a whole number, so it was ignored.")
        return None

    def _detail(self, row: Line) -> str:
        detail = tidy(self.columns.cell(row.cells, Field.DESCRIPTION))
        if len(detail) <= LONGEST_DETAIL:
            return detail
        self._warn(row, f"The description has {len(detail):,} characters and was shortened to {LONGEST_DETAIL}.")
        return f"{detail[: LONGEST_DETAIL - 1]}…"

    def _warn_of_the_rest(self, candidates: Iterable[Candidate]) -> None:
        for candidate in candidates:
            if candidate.doubts:
                words = " and ".join(candidate.doubts)
                self._warn(candidate, f"{candidate.name}: {words}. It is not promoted until the customer answers.")
            elif candidate.status != "active":
                self._warn(candidate, f"{candidate.name} is {candidate.status}, so promoting it needs approval.")
        if not self.columns.has(Field.STATUS):
            self._warn(0, "There is no status column, so every row is treated as active. Confirm with the customer.")
        skipped = [column.words for column in self.columns.all if column.field is None]
        if skipped:
            self._warn(0, f"Skipped: {', '.join(skipped[:5])}{' and more' if len(skipped) > 5 else ''}.")

    def _warn(self, where: Line | Candidate | int, sentence: str) -> None:
        row = where.number if isinstance(where, Line) else where.row if isinstance(where, Candidate) else where
        self.warnings.append(Warned(row, sentence))


def _doubled(items: Sequence[Candidate]) -> list[Candidate]:
    """Mark candidates that share a name or an id, so that the customer can say which one is right."""
    names = Counter(item.name.casefold() for item in items)
    ids: Counter[int | None] = Counter(item.id for item in items if item.id is not None)
    result = []
    for item in items:
        doubts = [Doubt.NAME] if names[item.name.casefold()] > 1 else []
        doubts += [Doubt.ID] if ids[item.id] > 1 else []
        result.append(replace(item, doubts=(*doubts, *item.doubts)))
    return result


def tidy(text: str) -> str:
    """Return text as one line in NFC form, without invisible characters or repeated spaces."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    shown = "".join(" " if unicodedata.category(char) in {"Cc", "Zl", "Zp"} else char for char in text)
    shown = "".join(char for char in shown if unicodedata.category(char) not in {"Cf", "Cs", "Co", "Cn"})
    return unicodedata.normalize("NFC", " ".join(shown.split()))


def status_of(text: str) -> str:
    """Return the status that a cell means: active, inactive, paused, retired, or unclear."""
    normalized = plain(text)
    return next((word for word, words in STATUSES.items() if normalized in words), UNCLEAR)
