-- name: insert_attempts
INSERT INTO syncqueue_syncattempt
    (item_id, tenant_id, claim_version, outcome, error_class, cause, detail, worker, began_at)
SELECT item_id, tenant_id, claim_version, outcome, error_class, cause, detail, %s, began_at
FROM unnest(
    %b::bigint[], %b::bigint[], %b::integer[], %b::varchar[], %b::varchar[], %b::varchar[], %b::varchar[],
    %b::timestamptz[]
) AS attempt (item_id, tenant_id, claim_version, outcome, error_class, cause, detail, began_at)
