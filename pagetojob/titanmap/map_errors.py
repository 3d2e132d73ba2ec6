"""The one thing that goes wrong with a Titan Map in its JSON form."""


class MapRefused(Exception):
    """The map cannot be used. `pointer` says where, as a JSON pointer; empty for the whole of it."""

    def __init__(self, for_people: str, pointer: str = "") -> None:
        super().__init__(f"{pointer}: {for_people}" if pointer else for_people)
        self.for_people = for_people
        self.pointer = pointer
