"""Errors of the Titan Map's JSON form."""


class BadMap(Exception):
    """The map is invalid. `pointer` is a JSON pointer to the place; empty for the whole document."""

    def __init__(self, message: str, pointer: str = "") -> None:
        super().__init__(f"{pointer}: {message}" if pointer else message)
        self.pointer = pointer
