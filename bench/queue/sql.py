"""The tables all peers share, and rows for them."""

DDL = """
    CREATE TABLE bench_item (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tenant_id bigint NOT NULL, body jsonb NOT NULL,
        state text NOT NULL DEFAULT 'queued', due_at timestamptz, lease_until timestamptz, external_id text
    );
    CREATE INDEX bench_item_due ON bench_item (due_at, id) WHERE state = 'queued';
    CREATE TABLE bench_attempt (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, item_id bigint NOT NULL, outcome text NOT NULL,
        settled_at timestamptz NOT NULL DEFAULT clock_timestamp()
    );
"""
FILL = """
    INSERT INTO bench_item (tenant_id, body)
    SELECT n %% 200, jsonb_build_object(
        'source', 'PageToJob website', 'name', 'Jamie Rivera',
        'externalId', 'st-ready:' || md5(n || clock_timestamp()::text),
        'summary', repeat('No cold air since this morning. ', 6), 'isFirstTimeClient', true, 'priority', 'Urgent',
        'contacts', jsonb_build_array(jsonb_build_object('type', 'Phone', 'value', '+16025550199'))
    ) FROM generate_series(1, %s) AS n RETURNING id
"""
RELEASE = """
    UPDATE syncqueue_syncitem SET due_at = now() WHERE id IN (
        SELECT id FROM syncqueue_syncitem WHERE state = 'queued' AND due_at IS NULL AND kind = 'booking_request'
        ORDER BY id DESC LIMIT %s
    )
"""
