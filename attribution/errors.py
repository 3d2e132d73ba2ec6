"""Errors that stop a user's action. Their text is shown to the user."""


class AttributionError(Exception):
    """The action is not possible in the current state."""

    def __init__(self, for_people: str) -> None:
        super().__init__(for_people)
        self.for_people = for_people
