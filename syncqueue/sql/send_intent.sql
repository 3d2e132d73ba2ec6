-- name: record
-- Records that these sends may have arrived, and renews the leases. Items that another worker holds by now, or whose
-- lease has expired, are not returned: they must not be sent.
UPDATE syncqueue_syncitem AS item
SET must_reconcile = true, sent_to = begun.sent_to, envelope = begun.envelope, looked_up = 0, looked_up_at = NULL,
    send_began_at = statement_timestamp(), lease_until = statement_timestamp() + make_interval(secs => %s)
FROM unnest(%b::bigint[], %b::integer[], %b::varchar[], %b::text[]::jsonb[]) AS begun (id, version, sent_to, envelope)
WHERE item.id = begun.id AND item.version = begun.version AND item.state = 'sending'
    AND item.lease_until > statement_timestamp()
RETURNING item.id
