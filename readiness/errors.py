"""Errors of the pack, with messages for the person who can fix them."""


class ReadinessError(Exception):
    """Base class of this app's errors."""


class PackNotLoaded(ReadinessError):
    """A page was requested before `manage.py load_readiness` created the rows."""


class ContentError(ReadinessError):
    """A content file is invalid. The message names the file, the row and the problem."""

    def __init__(self, file: str, slug: str, problem: str) -> None:
        super().__init__(f"{file}: {slug}: {problem}")
