"""What can go wrong in the queue, and what to tell the person who asked."""


class QueueError(Exception):
    """A wish of a person that cannot be granted now. `for_people` says why and what to do."""

    def __init__(self, for_people: str) -> None:
        super().__init__(for_people)
        self.for_people = for_people
