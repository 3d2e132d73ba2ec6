"""Errors of reading a page. Problems inside a page do not raise."""


class PageRefused(Exception):
    """The bytes are not a readable page. `name` is a short code for counting, `for_people` a sentence."""

    def __init__(self, name: str, for_people: str) -> None:
        super().__init__(for_people)
        self.name = name
        self.for_people = for_people
