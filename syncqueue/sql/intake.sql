-- What a visitor's commit owes: its outbox items, and a notice to each recipient who is notified at once. The other
-- columns have a default in the database.

-- name: quiet
r.quiet_from IS NOT NULL AND CASE
    WHEN r.quiet_from < r.quiet_until
        THEN %(clock)s::time >= r.quiet_from AND %(clock)s::time < r.quiet_until
    ELSE %(clock)s::time >= r.quiet_from OR %(clock)s::time < r.quiet_until END

-- The outbox item carries the notice to the best recipient: a person whose address works and who is not in quiet hours.
-- A suspected request is sent to that one only. `clock` is the time of day of the business: an unknown time zone would
-- be an error here, and undo the request.
-- name: enqueue
WITH items AS (
    INSERT INTO syncqueue_syncitem
        (public_id, version, tenant_id, kind, dedupe_key, lead_id, binding_id, priority, due_at)
    SELECT gen_random_uuid(), 0, %(tenant)s::bigint, kind, %(reference)s, %(lead)s::bigint, %(binding)s::bigint,
        %(priority)s::smallint, now()
    FROM unnest(%(kinds)b::varchar[]) AS owed (kind)
), attended AS (
    INSERT INTO notices_leadattention (tenant_id, lead_id, check_at)
    SELECT %(tenant)s::bigint, %(lead)s::bigint, now() WHERE %(attended)s::boolean
), ranked AS (
    SELECT r.id, r.level, r.bounced_at IS NULL AND r.complained_at IS NULL AS works, row_number() OVER (
        ORDER BY r.channel = 'webhook', r.bounced_at IS NOT NULL OR r.complained_at IS NOT NULL, r.level, {quiet},
            r.channel, r.confirmed_at NULLS LAST, r.id) AS place
    FROM tenants_noticerecipient r
    WHERE r.tenant_id = %(tenant)s::bigint AND r.active AND (r.channel = 'email' OR r.confirmed_at IS NOT NULL)
)
INSERT INTO notices_recipientnotice
    (public_id, tenant_id, recipient_id, lead_id, subject_key, carried, due_at)
SELECT gen_random_uuid(), %(tenant)s::bigint, id, %(lead)s::bigint, %(reference)s, place = 1,
    CASE WHEN place > 1 THEN now() END
FROM ranked WHERE place = 1 OR level = 0 AND works AND %(everyone)s::boolean
