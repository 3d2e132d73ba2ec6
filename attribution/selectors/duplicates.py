"""Marked duplicates with a job, and the request that their job counts for."""

from pagetojob.platform.postgresql.base import fetch_all
from syncqueue.leads.models import Exclusion, Lead

#: counted_for (id, source, received_at, claim, began): the earliest submission that repeats a marked duplicate with a
#: job and is not excluded. `claim` is the marked lead, received when the request began. A linking stores what a lead
#: repeats in its reason (`linkage/sql/reasons.sql`). All joins use an index, because no statistics may be known.
COUNTED_FOR = """
WITH repeats AS MATERIALIZED (
    SELECT lead_id, split_part(split_part(reasons[1], ',', 1), ' ', 3) AS code FROM attribution_link
    WHERE tenant_id = %(tenant)s AND current AND label = 'unmatched' AND reasons[1] LIKE 'repeats lead %%'
), counted_for AS MATERIALIZED (
    SELECT DISTINCT ON (marked.id) lead.id, lead.source, lead.received_at, marked.id AS claim,
        marked.received_at AS began
    FROM repeats
    JOIN leads_lead marked ON marked.tenant_id = %(tenant)s AND marked.spoken_code = repeats.code
    JOIN leads_lead lead ON lead.tenant_id = %(tenant)s AND lead.id = repeats.lead_id
    WHERE marked.excluded_as = 'duplicate' AND lead.excluded_as = ''
        AND EXISTS (SELECT FROM attribution_link k WHERE k.tenant_id = %(tenant)s AND k.lead_id = marked.id
            AND k.current AND k.job_id IS NOT NULL)
    ORDER BY marked.id, lead.received_at, lead.id
)
"""
_PAIRS = "SELECT claim, id FROM counted_for"


def counted_for(tenant_id: int) -> dict[int, int]:
    """Return the lead that the job of each marked duplicate counts for, by the marked lead. Runs one query."""
    return dict(fetch_all(COUNTED_FOR + _PAIRS, {"tenant": tenant_id}))


def counting_request(lead: Lead) -> Lead | None:
    """Return the request that the jobs of a marked duplicate count for; else None. Two queries for a duplicate."""
    key = counted_for(lead.tenant_id).get(lead.pk) if lead.excluded_as == Exclusion.DUPLICATE else None
    return Lead.objects.filter(tenant=lead.tenant_id, pk=key).first() if key else None
