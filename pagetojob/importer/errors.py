"""Error about a whole table. Problems of a single row are findings of its review."""


class TableError(Exception):
    """Raised when the text is not a table that we can review.

    `row` is where the problem is, counted from 1, or 0 for the whole table. The sentence is shown to the person who
    uploaded the file and never repeats its content.
    """

    def __init__(self, sentence: str, row: int = 0) -> None:
        super().__init__(f"Row {row:,}: {sentence}" if row else sentence)
        self.sentence = sentence
        self.row = row
