-- Changes of the circuit breakers of lanes.

-- name: close
-- Nearly every settlement runs this, and nearly always for lanes without failures. A cool-down that the other side asked
-- for survives a success; one of the breaker does not.
UPDATE syncqueue_lane AS lane
SET failures = 0, paused_until = CASE WHEN lane.failures >= %s THEN NULL ELSE lane.paused_until END
FROM unnest(%b::bigint[], %b::varchar[]) AS learned (tenant_id, kind)
WHERE lane.tenant_id = learned.tenant_id AND lane.kind = learned.kind AND lane.failures > 0

-- name: count_failures
-- Counts all failures up to the number that opens the breaker; above it, only the lane's latest attempt.
UPDATE syncqueue_lane AS lane
SET failures = CASE
    WHEN lane.failures < %(break_after)s THEN least(lane.failures + learned.n, %(break_after)s) ELSE lane.failures + 1
END
FROM unnest(%(tenants)b::bigint[], %(kinds)b::varchar[], %(failed)b::integer[], %(began)b::timestamptz[])
    AS learned (tenant_id, kind, n, began)
WHERE lane.tenant_id = learned.tenant_id AND lane.kind = learned.kind
    AND (lane.failures < %(break_after)s OR lane.served_at IS NULL OR lane.served_at <= learned.began)
RETURNING lane.id, lane.failures

-- name: pause
UPDATE syncqueue_lane AS lane SET paused_until = statement_timestamp() + learned.pause
FROM unnest(%b::bigint[], %b::interval[]) AS learned (id, pause) WHERE lane.id = learned.id

-- name: cool_down
UPDATE syncqueue_lane AS lane
SET paused_until = greatest(lane.paused_until, statement_timestamp() + learned.span)
FROM unnest(%b::bigint[], %b::varchar[], %b::interval[]) AS learned (tenant_id, kind, span)
WHERE lane.tenant_id = learned.tenant_id AND lane.kind = learned.kind

-- name: pause_reads
-- The account of a tenant asked for a pause: its reading calls wait as well.
UPDATE mirror_callpace AS pace SET next_at = greatest(pace.next_at, statement_timestamp() + learned.span)
FROM unnest(%b::bigint[], %b::interval[]) AS learned (tenant_id, span) WHERE pace.tenant_id = learned.tenant_id
