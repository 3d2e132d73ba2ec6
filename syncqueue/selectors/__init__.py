"""Queries for pages, counts and due work. Each needs a scope in which the rows are visible."""

from ..lanes import anything_due
from .body import Body, Effect, body_now, effect_of
from .compare import Pair, compare
from .counts import LIMIT as MOST_COUNTED
from .counts import TILES, Group, capped, count_each, count_tiles, groups_by_cause
from .health import (
    Lag,
    LaneLine,
    booking_stopped,
    lag,
    lanes_in_trouble,
    lanes_page,
    late_notice_count,
    late_notices,
    newest_late_notice,
    paused_lane_count,
    tenants_with_delivered_test,
    unknown_since,
)
from .items import (
    BadCursor,
    Page,
    items_by_public_id,
    items_page,
    newer_than,
    next_items,
    saved_views,
    slugs_by_name,
    tenant_named,
)
from .ledger import BookingLedger, Ledgers, NoticeLedger, Safety, books, ledgers, ledgers_by_tenant, safety_of, together
from .metrics import counted_until, last_attempt_age, slots_of
from .search import Answer, By, Found, Question, read_question, search
from .timeline import Event, asked_by, related_items, request_of, stopped_lane, timeline
from .triage import NO_FACTS, News, WorkFacts, news, next_item, people, work_facts
