"""Errors of the drift app."""


class DriftRefused(Exception):
    """An action that is not allowed. `for_people` gives the reason and the next step."""

    def __init__(self, for_people: str) -> None:
        super().__init__(for_people)
        self.for_people = for_people
