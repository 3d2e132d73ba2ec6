"""What is shown, counted and due. Each needs a scope in which the rows can be seen."""

from .books import Books, books, books_by_tenant
from .items import PAGE, BadCursor, anything_due, items_page, state_counts
from .timeline import acts_on, attempts_of, siblings_of, timeline

__all__ = [
    "PAGE",
    "BadCursor",
    "Books",
    "acts_on",
    "anything_due",
    "attempts_of",
    "books",
    "books_by_tenant",
    "items_page",
    "siblings_of",
    "state_counts",
    "timeline",
]
