"""Errors of the queue, with a message for the person who asked."""


class QueueError(Exception):
    """A request by a person that cannot be granted now. `for_people` says why and what to do."""

    def __init__(self, for_people: str) -> None:
        super().__init__(for_people)
        self.for_people = for_people
