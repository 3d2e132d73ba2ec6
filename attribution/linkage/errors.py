"""Errors of the linkage. LinkageError stops it; a Problem concerns one row and does not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

#: Problems of one kind listed one by one; any others are only counted.
NAMED = 1_000


class LinkageError(Exception):
    """Nothing can be linked and nothing was written. The text is shown to the user who provided the files."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """A remark on the input. `row` is numbered as in a spreadsheet, headings first; 0 is the whole file."""

    file: str
    row: int
    sentence: str

    def __str__(self) -> str:
        return f"{self.file}, row {self.row}: {self.sentence}" if self.row else f"{self.file}: {self.sentence}"


def listed(file: str, rows: Mapping[str, Sequence[int]]) -> list[Problem]:
    """Return a problem for each row of a sentence; after the first thousand, only their number."""
    named = [Problem(file, row, sentence) for sentence, numbers in rows.items() for row in numbers[:NAMED]]
    more = ((len(numbers) - NAMED, sentence) for sentence, numbers in rows.items() if len(numbers) > NAMED)
    return named + [Problem(file, 0, f"{many:,} more rows: {sentence}") for many, sentence in more]
