"""What can go wrong in the pack, in words for the person who can mend it."""


class ReadinessError(Exception):
    """Base of this app's errors."""


class PackNotLoaded(ReadinessError):
    """A page was asked for before `manage.py load_readiness` made its rows."""


class ContentError(ReadinessError):
    """A content file is wrong. Names the file, the row and what is wrong with it."""

    def __init__(self, file: str, slug: str, problem: str) -> None:
        super().__init__(f"{file}: {slug}: {problem}")
