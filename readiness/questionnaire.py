"""Answers to a questionnaire of a reviewer: only those that a person attests and valid evidence supports. Pure.

A question is matched by its exact wording, apart from case, punctuation and spaces. Everything else stays open with the
reason: a wrong answer to a reviewer is worse than none.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pagetojob.importer.errors import TableError
from pagetojob.importer.fields import FieldSpec, guess
from pagetojob.importer.records import DELIMITERS
from pagetojob.importer.tables import Opened, Table
from pagetojob.platform.spreadsheet import BYTE_ORDER_MARK, safe_cell

from .evidence_status import valid
from .shape import Pack, Row

FIELDS = (
    FieldSpec("question", "Question", ("questions", "question text", "security question", "requirement", "control")),
    FieldSpec("answer", "Answer", ("answers", "response", "vendor response", "vendor answer", "your answer")),
)
#: Headings of the columns that are added. The first only if the file has no column for answers.
ADDED = ("Answer", "Status", "Evidence", "Attested on", "Evidence valid until", "Source")
ANSWERED, OPEN = "answered", "open"
NO_ANSWER = "No answer on file has this wording."
NOT_ATTESTED = "An answer is drafted, and no person attests it yet."
NO_EVIDENCE = "The answer has no valid evidence now."
AMBIGUOUS = "Two answers on file have this wording."
CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: Largest cell of a workbook.
_LONGEST_CELL = 32_767


@dataclass(frozen=True)
class Question:
    """A question of a file, by its row there. `answer` is None if it is open; `reason` states why."""

    number: int
    text: str
    answer: Row | None = None
    reason: str = ""


@dataclass(frozen=True)
class Questionnaire:
    """A file that was read: its format, its rows by number, where questions and answers are, and the questions."""

    format: Opened
    rows: dict[int, list[str]]
    heading: int
    answer_column: int | None
    questions: list[Question]

    @property
    def answered(self) -> list[Question]:
        return [question for question in self.questions if question.answer]

    @property
    def open(self) -> list[Question]:
        return [question for question in self.questions if not question.answer]


def read(table: Table, pack: Pack) -> Questionnaire:
    """Return the questions of an opened file with what we can answer. Raises TableError."""
    columns = guess(FIELDS, table.heading.cells)
    if "question" not in columns:
        raise TableError("No column is called “Question”. Name the column with the questions so.", table.heading.number)
    place = columns["question"][0] - 1
    answers = _answers(pack)
    rows, questions = {table.heading.number: list(table.heading.cells)}, []
    for line in table.rows:
        if line.problem:
            raise TableError(line.problem, line.number)
        rows[line.number] = list(line.cells)
        text = line.cells[place].strip() if place < len(line.cells) else ""
        if text:
            questions.append(_question(line.number, text, answers))
    if not questions:
        raise TableError("It has no question below its headings.")
    answer_column = columns["answer"][0] - 1 if "answer" in columns else None
    return Questionnaire(table.format, rows, table.heading.number, answer_column, questions)


def wording(text: str) -> str:
    """Return the words of a question by which it is matched."""
    return " ".join(re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold()))


def _answers(pack: Pack) -> dict[str, list[Row]]:
    """Map each wording to the answers that have it."""
    answers: dict[str, list[Row]] = {}
    rows = (row for page in pack.pages.values() for section in page.sections for row in section.rows)
    for row in {row["anchor"]: row for row in rows if row["kind"] == "partneranswer"}.values():
        others = (text for field in row["fields"] if field["name"] == "wordings" for text in field["items"])
        for key in {wording(text) for text in (row["title"], *others)}:
            answers.setdefault(key, []).append(row)
    return answers


def _question(number: int, text: str, answers: dict[str, list[Row]]) -> Question:
    rows = answers.get(wording(text), [])
    if not rows:
        return Question(number, text, reason=NO_ANSWER)
    if len(rows) > 1:
        return Question(number, text, reason=AMBIGUOUS)
    if "attested" not in rows[0]:
        return Question(number, text, reason=NOT_ATTESTED)
    if not valid(rows[0]["evidence"]):
        return Question(number, text, reason=NO_EVIDENCE)
    return Question(number, text, rows[0])


def answered_file(questionnaire: Questionnaire, *, pack: Pack, site: str, page: str) -> bytes:
    """Return the file in its own form, with our columns at its end. `page` is the address of the answers.

    A cell of the file is never changed, except that an empty one in its column for answers gets our answer, and that a
    CSV cell that begins like a formula gets an apostrophe.
    """
    by_number = {question.number: question for question in questionnaire.questions}
    width = max(len(cells) for cells in questionnaire.rows.values())
    source = f"PageToJob readiness pack, version {pack.number}, {page}"
    rows = []
    for number in range(1, max(questionnaire.rows) + 1):
        cells = questionnaire.rows.get(number, [])
        padded = cells + [""] * (width - len(cells))
        if number == questionnaire.heading:
            rows.append(padded + list(_added(questionnaire, ADDED)))
        elif number in by_number:
            rows.append(_filled(questionnaire, padded, _values(by_number[number], site, source)))
        else:
            rows.append(padded)
    return _workbook(questionnaire.format, rows) if questionnaire.format.sheets else _csv(questionnaire.format, rows)


def _added(questionnaire: Questionnaire, values: Sequence[str]) -> Sequence[str]:
    return values if questionnaire.answer_column is None else values[1:]


def _filled(questionnaire: Questionnaire, cells: list[str], values: Sequence[str]) -> list[str]:
    place = questionnaire.answer_column
    if place is not None and not cells[place].strip():
        cells = [*cells[:place], values[0], *cells[place + 1 :]]
    return cells + list(_added(questionnaire, values))


def _values(question: Question, site: str, source: str) -> Sequence[str]:
    row = question.answer
    if row is None:
        return ("", f"{OPEN}: {question.reason}", "", "", "", "")
    pieces = [piece for piece in row["evidence"] if valid([piece])]
    links = [site + piece["url"] if piece["url"].startswith("/") else piece["url"] for piece in pieces]
    shown = [f"{piece['summary']} {link}".strip() for piece, link in zip(pieces, links, strict=True)]
    until = min((piece["expires_at"][:10] for piece in pieces if piece["expires_at"]), default="")
    return (
        answer_text(row),
        ANSWERED,
        "\n".join(shown),
        row["attested"]["at"][:10],
        until,
        f"{source}#{row['anchor']}",
    )


def answer_text(row: Row) -> str:
    return next((str(field["text"]) for field in row["fields"] if field["name"] == "answer"), "")


def _csv(form: Opened, rows: Iterable[Sequence[str]]) -> bytes:
    delimiter = next((sign for sign, name in DELIMITERS.items() if name == form.delimiter), ",")
    text = io.StringIO()
    lines = csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    lines.writerows([safe_cell(cell) for cell in row] for row in rows)
    return (BYTE_ORDER_MARK + text.getvalue()).encode("utf-8", "replace")


def _workbook(form: Opened, rows: Iterable[Sequence[str]]) -> bytes:
    """Return a workbook with one sheet, whose cells are texts and never formulas or links."""
    import xlsxwriter  # noqa: PLC0415 - only this answer needs it

    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet(re.sub(r"[\[\]:*?/\\']", " ", form.sheet)[:31] or "Questions")
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                sheet.write_string(number, column, cell[:_LONGEST_CELL])
    return out.getvalue()
