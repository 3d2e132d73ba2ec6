"""The one thing that goes wrong with a whole page. What is odd inside a page is read as far as it goes."""


class PageRefused(Exception):
    """The bytes are no page we can read. `name` is a short word for counting, `for_people` a sentence."""

    def __init__(self, name: str, for_people: str) -> None:
        super().__init__(for_people)
        self.name = name
        self.for_people = for_people
