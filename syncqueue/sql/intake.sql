-- Items that a visitor's commit owes. The other columns have a default in the database.

-- name: enqueue
INSERT INTO syncqueue_syncitem
    (public_id, version, tenant_id, kind, dedupe_key, lead_id, binding_id, priority, due_at)
SELECT gen_random_uuid(), 0, %s::bigint, kind, %s, %s::bigint, %s::bigint, %s::smallint, now()
FROM unnest(%b::varchar[]) AS owed (kind)
