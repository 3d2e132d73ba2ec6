"""What is shown, counted and due. Each needs a scope in which the rows can be seen."""

from .body import Body, body_now
from .books import Books, NoticeBooks, books, books_by_tenant, notice_books
from .counts import TILES, capped, count_each, count_tiles, set_time_limit
from .desk import saved_views, slugs_by_name, tenant_named
from .groups import Group, groups_by_cause
from .health import (
    MOST_COUNTED,
    Lag,
    SignsOfLife,
    anything_due,
    lag,
    lanes_in_trouble,
    signs_of_life,
    untold,
    untold_count,
)
from .items import PAGE, BadCursor, Page, items_by_public_id, items_page, newer_than, next_items
from .search import Answer, By, Question, read_question, search
from .timeline import Event, asked_by, lane_rests_until, owed_beside, request_of, timeline

__all__ = [
    "MOST_COUNTED",
    "PAGE",
    "TILES",
    "Answer",
    "BadCursor",
    "Body",
    "Books",
    "By",
    "Event",
    "Group",
    "Lag",
    "NoticeBooks",
    "Page",
    "Question",
    "SignsOfLife",
    "anything_due",
    "asked_by",
    "body_now",
    "books",
    "books_by_tenant",
    "capped",
    "count_each",
    "count_tiles",
    "groups_by_cause",
    "items_by_public_id",
    "items_page",
    "lag",
    "lane_rests_until",
    "lanes_in_trouble",
    "newer_than",
    "next_items",
    "notice_books",
    "owed_beside",
    "read_question",
    "request_of",
    "saved_views",
    "search",
    "set_time_limit",
    "signs_of_life",
    "slugs_by_name",
    "tenant_named",
    "timeline",
    "untold",
    "untold_count",
]
