"""What stops a whole linkage. What is wrong with one row is a Problem, and the rest goes on."""

from dataclasses import dataclass


class LinkageError(Exception):
    """Nothing can be linked, and nothing was written. The sentence is for the person who brought the files."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One remark on the input. `row` counts rows as a spreadsheet shows them, headings first; 0 is the whole file."""

    file: str
    row: int
    sentence: str

    def __str__(self) -> str:
        return f"{self.file}, row {self.row}: {self.sentence}" if self.row else f"{self.file}: {self.sentence}"
