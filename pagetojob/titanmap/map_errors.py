"""Errors of the Titan Map's JSON form."""


class MapRefused(Exception):
    """The map is invalid. `pointer` is a JSON pointer to the place; empty for the whole document."""

    def __init__(self, for_people: str, pointer: str = "") -> None:
        super().__init__(f"{pointer}: {for_people}" if pointer else for_people)
        self.for_people = for_people
        self.pointer = pointer
