-- Which lanes have due items, and which items a worker takes from them. `lane` is a row of syncqueue_lane.

-- name: scheduled
-- Written exactly as in the partial index sync_item_lane, so that no other index is used: after a flood that index has
-- the pages of everything that was in it and few entries, which the planner considers expensive (decision 0066).
(state IN ('queued', 'retrying')) IS TRUE AND due_at IS NOT NULL

-- name: due
{scheduled} AND due_at <= statement_timestamp()

-- name: in_turn
-- All columns that the index is sorted by, even for a query of a single lane: under row-level security the planner does
-- not infer that the expression is constant, and would read and sort all due items of the lane.
tenant_id + 0, kind, priority, due_at, id

-- name: busy
-- A table `busy`: the lanes with any scheduled item, and the due time of their first item. It skips along the index from
-- lane to lane: one probe per such lane, regardless of the number of items in it.
busy (tenant_id, kind, due_at) AS (
    (
        SELECT tenant_id, kind, due_at FROM syncqueue_syncitem
        WHERE {scheduled} ORDER BY {in_turn} LIMIT 1
    )
    UNION ALL
    SELECT further.tenant_id, further.kind, further.due_at
    FROM busy CROSS JOIN LATERAL (
        SELECT tenant_id, kind, due_at FROM syncqueue_syncitem
        WHERE {scheduled} AND (tenant_id + 0, kind) > (busy.tenant_id, busy.kind)
        ORDER BY {in_turn} LIMIT 1
    ) AS further
)

-- name: pace
-- A lane's rate per minute; null means no limit. Bookings have a platform-wide rate that an operator can only lower.
CASE WHEN lane.kind = 'booking_request' THEN least(lane.per_minute, %(booking_pace)s) ELSE lane.per_minute END

-- name: most_tokens
-- A lane with a rate may save up ten seconds' worth of items, a booking lane a tenth of a second's; at least one.
greatest(1, {pace} / CASE WHEN lane.kind = 'booking_request' THEN 600::float8 ELSE 6::float8 END)

-- name: tokens
least({most_tokens}, coalesce(
    lane.tokens + extract(epoch FROM statement_timestamp() - lane.refilled_at)::float8 * {pace} / 60, {most_tokens}
))

-- name: ready
-- Not paused by a person, not cooling down, not out of tokens. A rate of zero stops a lane.
lane.held_at IS NULL
AND (lane.paused_until IS NULL OR lane.paused_until <= statement_timestamp())
AND ({pace} IS NULL OR ({pace} > 0 AND {tokens} >= 1))

-- name: has_due
-- True if the lane of `busy` has a due item: usually its first one. Otherwise one probe of sync_item_lane. Not EXISTS:
-- the planner would turn that into a join and read the due items of every lane.
(busy.due_at <= statement_timestamp() OR (
    SELECT true FROM syncqueue_syncitem AS item
    WHERE item.tenant_id + 0 = busy.tenant_id AND item.kind = busy.kind AND {due}
    ORDER BY {in_turn} LIMIT 1
))

-- name: anything_due
-- True if a worker would find something: a due item of a lane that is ready or has no row yet.
WITH RECURSIVE {busy}
SELECT EXISTS (
    SELECT FROM busy LEFT JOIN syncqueue_lane AS lane ON lane.tenant_id = busy.tenant_id AND lane.kind = busy.kind
    WHERE (lane.id IS NULL OR ({ready})) AND {has_due}
)

-- name: take
-- Locks the items to claim, and marks their lanes as served. `clock` is the time of the claim, `made` the number of lane
-- rows that were created; if no item is taken, the result is one row without an item.
WITH RECURSIVE {busy},
-- Each busy lane is looked up once: left to itself the planner, which expects few busy lanes, would scan all of them for
-- each lane.
standing AS MATERIALIZED (
    SELECT busy.*, lane.id, lane.served_at, lane.ready FROM busy LEFT JOIN LATERAL (
        SELECT lane.id, lane.served_at, {ready} AS ready FROM syncqueue_lane AS lane
        WHERE lane.tenant_id = busy.tenant_id AND lane.kind = busy.kind
        OFFSET 0
    ) AS lane ON true
),
-- Lanes that have work and no row get one, and are served from the next call on.
made AS (
    INSERT INTO syncqueue_lane (tenant_id, kind, tokens, failures)
    SELECT tenant_id, kind, 0, 0 FROM standing WHERE id IS NULL
    ON CONFLICT DO NOTHING
    RETURNING id
),
-- The lane that was served longest ago is first.
ready AS MATERIALIZED (
    SELECT busy.id, row_number() OVER (
        ORDER BY busy.served_at NULLS FIRST, array_position(%(kinds)b::text[], busy.kind::text), busy.id
    ) AS place
    FROM standing AS busy WHERE busy.ready AND busy.kind = ANY(%(only)b::text[]) AND {has_due}
    ORDER BY place
),
-- The lanes are visited in order until the slots are filled, so no more are fetched and locked than are needed.
-- Readiness is checked again, because a lane may have been served since. A lane whose rows are all locked counts as
-- served.
chosen AS (
    SELECT lane.id, lane.tenant_id, lane.kind, lane.failures >= %(break_after)s AS probing,
        CASE WHEN {pace} IS NOT NULL THEN {tokens} END AS tokens, %(most)s - coalesce(here.n, 0) AS spare
    FROM ready JOIN syncqueue_lane AS lane ON lane.id = ready.id
        LEFT JOIN unnest(%(tenants)b::bigint[], %(counts)b::int[]) AS here (tenant_id, n)
            ON here.tenant_id = lane.tenant_id
    WHERE coalesce(here.n, 0) < %(most)s AND {ready}
    ORDER BY ready.place
    LIMIT %(slots)s
    FOR UPDATE OF lane SKIP LOCKED
),
-- `room` is how many items the lane may take: one if its breaker is probing, else its share of the slots within its
-- tokens.
sized AS (
    SELECT chosen.*, CASE
        WHEN probing THEN 1
        ELSE least(
            greatest(%(slots)s / (SELECT count(*) FROM ready), %(turn)s), spare, coalesce(floor(tokens), %(slots)s)
        )::int
    END AS room
    FROM chosen
),
-- An item that is looked up is also sent or changed in the same attempt, so it may need two calls, and so two tokens.
found AS (
    SELECT sized.id AS lane_id, sized.tokens, sized.probing, item.*
    FROM sized LEFT JOIN LATERAL (
        SELECT *, (1 + must_reconcile::int) AS calls FROM syncqueue_syncitem AS item
        WHERE item.tenant_id + 0 = sized.tenant_id AND item.kind = sized.kind AND {due}
        ORDER BY {in_turn}
        LIMIT sized.room
        FOR UPDATE SKIP LOCKED
    ) AS item ON true
    LIMIT %(slots)s
),
counted AS (
    SELECT *, sum(calls) OVER (PARTITION BY lane_id ORDER BY priority, due_at, id) AS needed FROM found
),
-- The first item is taken even if it needs more tokens than there are; the lane then waits until they are paid back.
judged AS MATERIALIZED (
    SELECT *, id IS NOT NULL AND (needed = calls OR tokens IS NULL OR needed <= tokens) AS taken FROM counted
),
served AS (
    UPDATE syncqueue_lane AS lane
    SET served_at = statement_timestamp(),
        tokens = coalesce(turn.tokens - turn.calls, 0),
        refilled_at = statement_timestamp(),
        paused_until = CASE
            WHEN turn.probing AND turn.calls > 0 THEN statement_timestamp() + %(probe)s ELSE lane.paused_until
        END
    FROM (
        SELECT lane_id, tokens, probing, coalesce(sum(calls) FILTER (WHERE taken), 0) AS calls
        FROM judged GROUP BY lane_id, tokens, probing
    ) AS turn
    WHERE lane.id = turn.lane_id
)
SELECT {item_columns}, statement_timestamp() AS clock, made.n AS made
FROM (SELECT count(*) AS n FROM made) AS made LEFT JOIN judged AS item ON item.taken
ORDER BY priority, due_at, id

-- name: board
-- The lanes for operators: rate, tokens, failures, pauses, and up to 101 waiting items.
SELECT tenant.name, tenant.slug, lane.kind, {pace},
    CASE WHEN {pace} IS NOT NULL THEN greatest({tokens}, 0) END, lane.failures,
    CASE WHEN lane.paused_until > statement_timestamp() THEN lane.paused_until END,
    lane.served_at, lane.held_at, lane.held_reason, coalesce(person.name, ''),
    (SELECT count(*) FROM (
        SELECT FROM syncqueue_syncitem AS item
        WHERE item.tenant_id + 0 = lane.tenant_id AND item.kind = lane.kind AND {scheduled} LIMIT %(most_waiting)s + 1
    ) AS counted)
FROM syncqueue_lane AS lane
JOIN tenants_tenant AS tenant ON tenant.id = lane.tenant_id
LEFT JOIN tenants_user AS person ON person.id = lane.held_by_id
WHERE %(slug)s = '' OR tenant.slug = %(slug)s
ORDER BY lane.held_at NULLS LAST, lane.failures >= %(break_after)s DESC, tenant.name, lane.kind, lane.id
LIMIT %(limit)s OFFSET %(offset)s
