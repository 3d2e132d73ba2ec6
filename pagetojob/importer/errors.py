"""The one thing that goes wrong with a whole table. What is wrong with one row is a finding of its review."""


class TableError(Exception):
    """The text is no table we can review. `row` is where it shows, counted from 1; 0 when it is the whole of it.

    The sentence is for the person who brought the file, and repeats nothing that stands in it.
    """

    def __init__(self, sentence: str, row: int = 0) -> None:
        super().__init__(f"Row {row:,}: {sentence}" if row else sentence)
        self.sentence = sentence
        self.row = row
