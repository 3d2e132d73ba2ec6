"""How leads are sorted into the buckets of the books, as SQL. One piece for the look and for the recount.

captured counts rows of Lead; the buckets count booking items, which are another table. The database lets
a lead have one of them at most, so no surplus hides a hole.
"""

from .models.item import BUCKETS, Kind

#: Its columns, in the order of `Books`.
COLUMNS = ("captured", *(name.replace(" ", "_") for name in BUCKETS))


def in_states(*states: str) -> str:
    """Whether the row `item` of syncqueue_syncitem is in one of `states`."""
    return "item.state IN (" + ", ".join(f"'{state}'" for state in states) + ")"


_BUCKETS = ", ".join(
    f"count(item.id) FILTER (WHERE lead.excluded_as = '' AND {in_states(*states)}) AS {name.replace(' ', '_')}"
    for name, states in BUCKETS.items()
    if name != "excluded"
)


def counted(tenant: str, since: str, until: str = "'infinity'") -> str:
    """The books of the leads of `tenant` received from `since` to before `until`; three SQL expressions."""
    return f"""
        SELECT count(*) AS captured, {_BUCKETS},
            count(item.id) FILTER (WHERE lead.excluded_as <> '' OR {in_states(*BUCKETS["excluded"])}) AS excluded
        FROM leads_lead AS lead
        LEFT JOIN syncqueue_syncitem AS item
            ON item.tenant_id = lead.tenant_id AND item.lead_id = lead.id AND item.kind = '{Kind.BOOKING_REQUEST}'
        WHERE lead.tenant_id = {tenant} AND lead.received_at >= {since} AND lead.received_at < {until}
    """  # noqa: S608 - made of our own constants


def midnight(day: str) -> str:
    """The moment a UTC day begins."""
    return f"({day})::timestamp AT TIME ZONE 'UTC'"


#: The books of one row of syncqueue_ledgerday AS day, as they are now.
OF_THE_DAY = counted("day.tenant_id", midnight("day.day"), midnight("day.day + 1"))
