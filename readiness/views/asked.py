"""Parsing of version numbers in URLs."""

import re

from django.http import Http404

from ..models import PackVersion
from ..selectors.versions import find
from ..shape import Pack

_NUMBER = re.compile(r"[1-9][0-9]{0,8}")


def number_of(text: str) -> int | None:
    """Parse a whole number from 1 that fits the database column. Return None for other input."""
    return int(text) if _NUMBER.fullmatch(text) else None


def version_of(text: str) -> PackVersion | None:
    """Return the version with this number, without its body, or None. At most one query."""
    number = number_of(text)
    return find(number) if number else None


def version_or_404(text: str, pack: Pack) -> PackVersion:
    version = version_of(text)
    if version is None:
        raise Http404(f"This version does not exist. The newest is version {pack.number}.")
    return version
