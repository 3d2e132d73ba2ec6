"""Errors of reading a page. Problems inside a page do not raise."""


class PageRefused(Exception):
    """The bytes are not a readable page. `name` is a short code for counting, the message a sentence."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name
