-- How many items wait, by state and kind. A state with more than %(limit)s items is deep: it is not counted per request.

-- name: seen
-- A table `seen` (state, n): the number of items per open state, at most the limit plus one. Index-only.
seen AS MATERIALIZED (
    SELECT open.state, (
        SELECT count(*) FROM (SELECT FROM syncqueue_syncitem WHERE state = open.state LIMIT %(limit)s + 1) AS few
    ) AS n
    FROM unnest(%(states)s::text[]) AS open (state)
)

-- name: count_deep
-- A kind without items in such a state is counted too, as zero.
WITH {seen},
found AS (
    SELECT item.state, item.kind, count(*) AS n FROM syncqueue_syncitem AS item
    WHERE item.state IN (SELECT state FROM seen WHERE n > %(limit)s) GROUP BY item.state, item.kind
)
INSERT INTO syncqueue_opencount (state, kind, n, counted_at)
SELECT seen.state, every.kind, coalesce(found.n, 0), statement_timestamp()
FROM seen CROSS JOIN unnest(%(kinds)s::text[]) AS every (kind)
LEFT JOIN found ON found.state = seen.state AND found.kind = every.kind
WHERE seen.n > %(limit)s
ON CONFLICT (state, kind) DO UPDATE SET n = excluded.n, counted_at = excluded.counted_at

-- name: depth
-- For a small state, its items; for a deep state, the last count, or without one its newest items.
WITH {seen},
fresh AS (
    SELECT of.state, of.kind, of.n, statement_timestamp() - of.counted_at AS ago
    FROM syncqueue_opencount AS of JOIN seen ON seen.state = of.state AND seen.n > %(limit)s
    WHERE of.counted_at > statement_timestamp() - make_interval(mins => %(fresh_minutes)s)
)
SELECT seen.state, item.kind, count(*), NULL::interval, seen.n > %(limit)s
FROM seen CROSS JOIN LATERAL (
    SELECT kind FROM syncqueue_syncitem
    WHERE state = seen.state AND NOT EXISTS (SELECT FROM fresh WHERE fresh.state = seen.state)
    ORDER BY created_at DESC, id DESC LIMIT %(limit)s + 1
) AS item
GROUP BY seen.state, seen.n, item.kind
UNION ALL SELECT state, kind, n, ago, true FROM fresh

-- name: oldest
-- The age of the oldest item of each open state, in seconds.
SELECT open.state, extract(epoch FROM statement_timestamp() - (
    SELECT created_at FROM syncqueue_syncitem WHERE state = open.state ORDER BY created_at, id LIMIT 1
)) FROM unnest(%(states)s::text[]) AS open (state)
