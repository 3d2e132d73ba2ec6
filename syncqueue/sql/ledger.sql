-- The ledger: sorts leads into buckets. The buckets are those of models/item.py; a test compares them.
--
-- `captured` counts rows of Lead; the other buckets count booking items, which are in another table. The database allows
-- at most one booking item per lead, so a surplus cannot hide a gap. A test request has none and is excluded. Notices have their own buckets: each lead has one.

-- name: columns
captured, delivered, manual_complete, waiting, excluded,
notices_owed, notices_told, notices_told_by_hand, notices_waiting, notices_cancelled

-- name: open_states
'queued', 'sending', 'retrying', 'needs review', 'blocked', 'unknown'

-- name: not_arrived
-- The reports of `NOT_ARRIVED`.
'hard bounce', 'soft bounce', 'delayed'

-- name: today
-- Today, by the database's clock, in UTC.
(statement_timestamp() AT TIME ZONE 'UTC')::date

-- name: counts
-- Counts the leads of a row `span` (tenant_id, since, until, notices_since), in the order of `columns`, in one pass. Each
-- lead is one row of the pass, regardless of its items.
SELECT count(*) AS captured,
    count(item.id) FILTER (WHERE lead.excluded_as = '' AND item.state = 'delivered') AS delivered,
    count(item.id) FILTER (WHERE lead.excluded_as = '' AND item.state = 'manual complete') AS manual_complete,
    count(item.id) FILTER (WHERE lead.excluded_as = '' AND item.state IN ({open_states})) AS waiting,
    count(*) FILTER (WHERE lead.excluded_as <> '' OR item.state = 'cancelled') AS excluded,
    count(*) FILTER (WHERE lead.excluded_as = '' AND lead.received_at >= span.notices_since) AS notices_owed,
    count(notice.state) FILTER (
        WHERE lead.excluded_as = '' AND lead.received_at >= span.notices_since AND notice.state = 'delivered'
    ) AS notices_told,
    count(notice.state) FILTER (
        WHERE lead.excluded_as = '' AND lead.received_at >= span.notices_since AND notice.state = 'manual complete'
    ) AS notices_told_by_hand,
    count(notice.state) FILTER (
        WHERE lead.excluded_as = '' AND lead.received_at >= span.notices_since AND notice.state IN ({open_states})
    ) AS notices_waiting,
    count(notice.state) FILTER (
        WHERE lead.excluded_as = '' AND lead.received_at >= span.notices_since AND notice.state = 'cancelled'
    ) AS notices_cancelled
FROM leads_lead AS lead
LEFT JOIN syncqueue_syncitem AS item
    ON item.tenant_id = lead.tenant_id AND item.lead_id = lead.id AND item.kind = 'booking_request'
LEFT JOIN LATERAL (
    SELECT state FROM syncqueue_syncitem
    WHERE tenant_id = lead.tenant_id AND lead_id = lead.id AND kind = 'business_notification' LIMIT 1
) AS notice ON true
WHERE lead.tenant_id = span.tenant_id AND lead.received_at >= span.since AND lead.received_at < span.until

-- name: counts_of_day
-- The current counts of a row `day` (tenant_id, day).
CROSS JOIN LATERAL (
    SELECT day.tenant_id, day.day::timestamp AT TIME ZONE 'UTC' AS since,
        (day.day + 1)::timestamp AT TIME ZONE 'UTC' AS until, '-infinity'::timestamptz AS notices_since
) AS span
CROSS JOIN LATERAL ({counts})

-- name: unclosed
-- Tenants with unclosed days up to the day before yesterday, and the time to continue from.
SELECT tenant.id, (last.day + 1)::timestamp AT TIME ZONE 'UTC' AS since
FROM tenants_tenant AS tenant
CROSS JOIN LATERAL (SELECT max(day) AS day FROM syncqueue_ledgerday WHERE tenant_id = tenant.id) AS last
WHERE (last.day IS NULL OR last.day < {today} - 2) AND EXISTS (
    SELECT FROM leads_lead
    WHERE tenant_id = tenant.id AND received_at < ({today} - 1)::timestamp AT TIME ZONE 'UTC'
)

-- name: any_unclosed
SELECT EXISTS ({unclosed})

-- name: close
-- The days with leads that a tenant has to close, and the last day in any case: the live count begins after it.
INSERT INTO syncqueue_ledgerday (tenant_id, day, {columns}, counted_at)
SELECT day.tenant_id, day.day, now_is.*, statement_timestamp()
FROM (
    SELECT behind.id AS tenant_id, {today} - 2 AS day FROM ({unclosed}) AS behind
    UNION
    SELECT behind.id, (lead.received_at AT TIME ZONE 'UTC')::date
    FROM ({unclosed}) AS behind JOIN leads_lead AS lead ON lead.tenant_id = behind.id
    WHERE lead.received_at >= coalesce(behind.since, '-infinity')
        AND lead.received_at < ({today} - 1)::timestamp AT TIME ZONE 'UTC'
) AS day
{counts_of_day} AS now_is

-- name: recount
UPDATE syncqueue_ledgerday AS row SET ({columns}, counted_at) = ROW (now_is.*, statement_timestamp())
FROM syncqueue_ledgerday AS day
{counts_of_day} AS now_is
WHERE row.id = day.id AND day.id = ANY(%s)

-- name: wrong
-- Closed days whose stored counts differ from the leads and items.
SELECT day.*, now_is.*
FROM syncqueue_ledgerday AS day
{counts_of_day} AS now_is (
    now_captured, now_delivered, now_manual_complete, now_waiting, now_excluded, now_notices_owed, now_notices_told,
    now_notices_told_by_hand, now_notices_waiting, now_notices_cancelled
)
WHERE (day.tenant_id = %(tenant)s OR day.id = ANY(%(ids)s)) AND ROW ({columns}) IS DISTINCT FROM ROW (now_is.*)
ORDER BY day.id

-- name: first_notice_day
-- A subquery, so that it runs once instead of once per row.
(SELECT {today} - (%(notice_days)s - 1))

-- name: by_person
-- The item of the row `lead` (tenant_id, id) if a person recorded that someone was notified.
FROM syncqueue_syncitem AS item
WHERE item.tenant_id = lead.tenant_id AND item.lead_id = lead.id AND item.kind = 'business_notification'
    AND item.state = 'manual complete'

-- name: by_notice
-- The notices that let someone know of the row `lead`, see `reached`.
FROM notices_recipientnotice AS notice
JOIN tenants_noticerecipient AS recipient
    ON recipient.tenant_id = notice.tenant_id AND recipient.id = notice.recipient_id
WHERE notice.tenant_id = lead.tenant_id AND notice.lead_id = lead.id AND (recipient.channel <> 'webhook' OR notice.carried)
    AND notice.reported NOT IN ({not_arrived})
    AND (notice.state = 'delivered' OR notice.carried AND EXISTS (
        SELECT FROM syncqueue_syncitem AS item
        WHERE item.tenant_id = notice.tenant_id AND item.lead_id = notice.lead_id
            AND item.kind = 'business_notification' AND item.state = 'delivered'
    ))
    AND (notice.reported = 'delivered' OR NOT EXISTS (
        SELECT FROM notices_recipientnotice AS same
        WHERE same.tenant_id = notice.tenant_id AND same.lead_id = notice.lead_id
            AND same.recipient_id = notice.recipient_id AND same.reported IN ({not_arrived})
    ))

-- name: reached
-- Tells whether someone knows of the row `lead` (tenant_id, id): a person recorded it, or a notice reached a mailbox or a
-- phone as far as servers report. Notices to the recipient of one that did not arrive have the same address, so each of
-- them counts only if a server reported that it was delivered. `arrival.py` has this rule and the next for querysets.
-- A webhook reaches a system of the business and no person, so it counts only if the item carries its notice: the
-- business lists no person, and has the request where it asked for it.
(EXISTS (SELECT {by_person}) OR EXISTS (SELECT {by_notice}))

-- name: first_reached
-- The time since which `reached` holds, by its notices: when a server accepted the first, or a person recorded it.
-- Null if it does not hold.
least((SELECT item.state_since {by_person}), (
    SELECT min(coalesce(notice.delivered_at, (
        SELECT item.state_since FROM syncqueue_syncitem AS item
        WHERE item.tenant_id = lead.tenant_id AND item.lead_id = lead.id AND item.kind = 'business_notification'
    ))) {by_notice}
))

-- name: arrival
-- The word for the accepted notice of the row `lead`: 'returned' or 'delayed' if its recipient's notices were while no
-- one knows of the lead; else empty.
CASE WHEN {reached} THEN '' ELSE coalesce((
    SELECT max(CASE same.reported WHEN 'delayed' THEN 'delayed' ELSE 'returned' END)
    FROM notices_recipientnotice AS carried
    JOIN notices_recipientnotice AS same ON same.tenant_id = carried.tenant_id AND same.lead_id = carried.lead_id
        AND same.recipient_id = carried.recipient_id AND same.reported IN ({not_arrived})
    WHERE carried.tenant_id = lead.tenant_id AND carried.lead_id = lead.id AND carried.carried
), '') END

-- name: unreached
-- Counts the leads of a tenant whose accepted notice was returned or delayed. A report arrives after its day was closed,
-- so this is counted live, from an index of such notices.
SELECT count(*) AS leads, count(*) FILTER (WHERE notice.arrival = 'returned') AS returned
FROM (
    SELECT {arrival} AS arrival
    FROM (
        SELECT DISTINCT tenant_id, lead_id FROM notices_recipientnotice
        WHERE tenant_id = tenant.id AND reported IN ({not_arrived})
    ) AS failed
    JOIN leads_lead AS lead ON lead.tenant_id = failed.tenant_id AND lead.id = failed.lead_id
    JOIN syncqueue_syncitem AS item ON item.tenant_id = lead.tenant_id AND item.lead_id = lead.id
        AND item.kind = 'business_notification' AND item.state = 'delivered'
    WHERE lead.excluded_as = '' AND lead.received_at >= (SELECT {first_notice_day}::timestamp AT TIME ZONE 'UTC')
) AS notice
WHERE notice.arrival <> ''

-- name: ledger
-- Closed days plus a live count of later leads, by tenant. The row of the sums contains the end of the closed days:
-- COALESCE is not leakproof, and under the row policy of a tenant, PostgreSQL would evaluate it for every lead instead of
-- using the index.
SELECT tenant.name,
    closed.captured + live.captured, closed.delivered + live.delivered,
    closed.manual_complete + live.manual_complete, closed.waiting + live.waiting, closed.excluded + live.excluded,
    closed.notices_owed + live.notices_owed, closed.notices_told + live.notices_told - unreached.leads,
    closed.notices_told_by_hand + live.notices_told_by_hand, closed.notices_waiting + live.notices_waiting,
    closed.notices_cancelled + live.notices_cancelled, unreached.returned,
    unreached.leads - unreached.returned, {first_notice_day}
FROM tenants_tenant AS tenant
CROSS JOIN LATERAL (
    SELECT coalesce((max(day) + 1)::timestamp AT TIME ZONE 'UTC', '-infinity') AS until,
        coalesce(sum(captured), 0)::bigint AS captured,
        coalesce(sum(delivered), 0)::bigint AS delivered,
        coalesce(sum(manual_complete), 0)::bigint AS manual_complete,
        coalesce(sum(waiting), 0)::bigint AS waiting,
        coalesce(sum(excluded), 0)::bigint AS excluded,
        coalesce(sum(notices_owed) FILTER (WHERE day >= {first_notice_day}), 0)::bigint AS notices_owed,
        coalesce(sum(notices_told) FILTER (WHERE day >= {first_notice_day}), 0)::bigint AS notices_told,
        coalesce(sum(notices_told_by_hand) FILTER (WHERE day >= {first_notice_day}), 0)::bigint AS notices_told_by_hand,
        coalesce(sum(notices_waiting) FILTER (WHERE day >= {first_notice_day}), 0)::bigint AS notices_waiting,
        coalesce(sum(notices_cancelled) FILTER (WHERE day >= {first_notice_day}), 0)::bigint AS notices_cancelled
    FROM syncqueue_ledgerday WHERE tenant_id = tenant.id
) AS closed
CROSS JOIN LATERAL (
    SELECT tenant.id AS tenant_id, closed.until AS since, 'infinity'::timestamptz AS until,
        (SELECT {first_notice_day}::timestamp AT TIME ZONE 'UTC') AS notices_since
) AS span
CROSS JOIN LATERAL ({counts}) AS live
CROSS JOIN LATERAL ({unreached}) AS unreached
WHERE %(tenant)s::bigint IS NULL OR tenant.id = %(tenant)s

-- name: oldest_waiting
-- The oldest waiting lead is on the first closed day with waiting leads, or later than the last closed day. So this reads
-- the leads of one day, or the leads not closed yet. Each time is a subquery, for the reason given at `ledger`.
WITH live AS MATERIALIZED (
    SELECT coalesce(
        (SELECT max(day) + 1 FROM syncqueue_ledgerday WHERE tenant_id = %(tenant)s)::timestamp AT TIME ZONE 'UTC',
        '-infinity'
    ) AS since
),
waits AS MATERIALIZED (
    SELECT coalesce(
        (
            SELECT min(day) FROM syncqueue_ledgerday WHERE tenant_id = %(tenant)s AND waiting > 0
        )::timestamp AT TIME ZONE 'UTC',
        live.since
    ) AS since FROM live
)
SELECT statement_timestamp(), (
    SELECT lead.received_at
    FROM leads_lead AS lead
    JOIN syncqueue_syncitem AS item
        ON item.tenant_id = lead.tenant_id AND item.lead_id = lead.id AND item.kind = 'booking_request'
    WHERE lead.tenant_id = %(tenant)s AND lead.excluded_as = '' AND item.state IN ({open_states})
        AND lead.received_at >= (SELECT since FROM waits)
    ORDER BY lead.received_at, lead.id LIMIT 1
), EXISTS (
    SELECT FROM leads_lead AS lead
    WHERE lead.tenant_id = %(tenant)s AND lead.received_at < ({today} - 3)::timestamp AT TIME ZONE 'UTC'
        AND lead.received_at >= (SELECT since FROM live)
)
