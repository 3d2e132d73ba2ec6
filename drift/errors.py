"""What people are told when drift says no."""


class DriftRefused(Exception):
    """It cannot be done like this. `for_people` says why and what to do."""

    def __init__(self, for_people: str) -> None:
        super().__init__(for_people)
        self.for_people = for_people
