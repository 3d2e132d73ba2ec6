"""Queries for pages, counts and due work. Each needs a scope in which the rows are visible."""

from .body import Body, body_now
from .charts import counted_until, slots_of
from .counts import TILES, capped, count_each, count_tiles, set_time_limit
from .effect import Effect, effect_of
from .groups import Group, groups_by_cause
from .health import (
    MOST_COUNTED,
    Lag,
    SignsOfLife,
    anything_due,
    lag,
    lanes_in_trouble,
    late_notice_count,
    late_notices,
    signs_of_life,
)
from .items import BadCursor, Page, items_by_public_id, items_page, newer_than, next_items
from .lanes import LaneLine, lanes_page, paused_lane_count
from .ledger import BookingLedger, Ledgers, NoticeLedger, books, ledgers, ledgers_by_tenant, notice_ledger, together
from .list_context import saved_views, slugs_by_name, tenant_named
from .metrics import last_attempt_age
from .safety import Safety, safety_of
from .search import Answer, By, Question, read_question, search
from .timeline import Event, asked_by, related_items, request_of, stopped_lane, timeline

__all__ = [
    "MOST_COUNTED",
    "TILES",
    "Answer",
    "BadCursor",
    "Body",
    "BookingLedger",
    "By",
    "Effect",
    "Event",
    "Group",
    "Lag",
    "LaneLine",
    "Ledgers",
    "NoticeLedger",
    "Page",
    "Question",
    "Safety",
    "SignsOfLife",
    "anything_due",
    "asked_by",
    "body_now",
    "books",
    "capped",
    "count_each",
    "count_tiles",
    "counted_until",
    "effect_of",
    "groups_by_cause",
    "items_by_public_id",
    "items_page",
    "lag",
    "lanes_in_trouble",
    "lanes_page",
    "last_attempt_age",
    "late_notice_count",
    "late_notices",
    "ledgers",
    "ledgers_by_tenant",
    "newer_than",
    "next_items",
    "notice_ledger",
    "paused_lane_count",
    "read_question",
    "related_items",
    "request_of",
    "safety_of",
    "saved_views",
    "search",
    "set_time_limit",
    "signs_of_life",
    "slots_of",
    "slugs_by_name",
    "stopped_lane",
    "tenant_named",
    "timeline",
    "together",
]
