"""SQL that sorts leads into the ledger's buckets, shared by the ledger page and the recount.

`captured` counts rows of Lead; the buckets count booking items, which are in another table. The database allows at most
one booking item per lead, so a surplus cannot hide a gap. Notices have their own buckets: each lead has one.
"""

from .models.item import BUCKETS, OPEN, Kind, State

#: The columns, in the order of `BookingLedger`.
COLUMNS = ("captured", *(name.replace(" ", "_") for name in BUCKETS))

#: The buckets of the notices; every state is in exactly one.
NOTICE_BUCKETS: dict[str, tuple[State, ...]] = {
    "notices_told": (State.DELIVERED,),
    "notices_told_by_hand": (State.MANUAL_COMPLETE,),
    "notices_waiting": OPEN,
    "notices_cancelled": (State.CANCELLED,),
}

#: In the order of `NoticeLedger`.
NOTICE_COLUMNS = ("notices_owed", *NOTICE_BUCKETS)


def in_states(*states: str, of: str = "item") -> str:
    """Return the condition that the row `of`, of syncqueue_syncitem, is in one of `states`."""
    return f"{of}.state IN (" + ", ".join(f"'{state}'" for state in states) + ")"


_BUCKETS = ", ".join(
    f"count(item.id) FILTER (WHERE lead.excluded_as = '' AND {in_states(*states)}) AS {name.replace(' ', '_')}"
    for name, states in BUCKETS.items()
    if name != "excluded"
)


def _notices(within: str) -> str:
    """Return the notice counts of leads that are not excluded and match `within`."""
    counted = f"lead.excluded_as = '' AND {within}"
    buckets = (
        f"count(notice.state) FILTER (WHERE {counted} AND {in_states(*states, of='notice')}) AS {name}"
        for name, states in NOTICE_BUCKETS.items()
    )
    return ", ".join((f"count(*) FILTER (WHERE {counted}) AS notices_owed", *buckets))


def counted(tenant: str, since: str, until: str = "'infinity'", *, notices_within: str = "true") -> str:
    """Return the ledger query for the leads of `tenant` received from `since` to before `until`; four SQL expressions.

    Returns all COLUMNS, then NOTICE_COLUMNS, in one pass. Each lead is one row of the pass, regardless of its items.
    """
    return f"""
        SELECT count(*) AS captured, {_BUCKETS},
            count(item.id) FILTER (WHERE lead.excluded_as <> '' OR {in_states(*BUCKETS["excluded"])}) AS excluded,
            {_notices(notices_within)}
        FROM leads_lead AS lead
        LEFT JOIN syncqueue_syncitem AS item
            ON item.tenant_id = lead.tenant_id AND item.lead_id = lead.id AND item.kind = '{Kind.BOOKING_REQUEST}'
        LEFT JOIN LATERAL (
            SELECT state FROM syncqueue_syncitem
            WHERE tenant_id = lead.tenant_id AND lead_id = lead.id AND kind = '{Kind.BUSINESS_NOTIFICATION}' LIMIT 1
        ) AS notice ON true
        WHERE lead.tenant_id = {tenant} AND lead.received_at >= {since} AND lead.received_at < {until}
    """  # noqa: S608 - built from constants


def midnight(day: str) -> str:
    """Return the SQL for the start of a UTC day."""
    return f"({day})::timestamp AT TIME ZONE 'UTC'"


#: Today, by the database's clock, in UTC.
TODAY = "(statement_timestamp() AT TIME ZONE 'UTC')::date"

#: The current ledger of one row of syncqueue_ledgerday AS day.
OF_THE_DAY = counted("day.tenant_id", midnight("day.day"), midnight("day.day + 1"))
