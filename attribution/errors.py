"""What stops an act of a person. The sentence is for them."""


class AttributionError(Exception):
    """The act cannot be done as things stand."""

    def __init__(self, for_people: str) -> None:
        super().__init__(for_people)
        self.for_people = for_people
