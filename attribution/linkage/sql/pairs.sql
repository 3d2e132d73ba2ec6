-- pairs (pair, l, r): the pairs to compare, numbered from 1. Two records are a pair if they share a key within the
-- lead's window. A mark is a hash of a key's name and value; its last bits encode the limit of the key. {kind}:
-- leads or jobs. {values}, {marks}: the values of all keys as columns, and the list of their marks; see blocking.py.
-- {since}, {until}: the days in which a record can be linked. {code_bits}: mask of the limit's bits. {limits}: the
-- most pairs that one value may produce, by code. {window_days}, {tolerance_days}: as in certain.sql.

-- name: lead_since
coalesce(datediff('day', DATE '2000-01-01', seen_on) - {tolerance_days}, -1000000)

-- name: lead_until
coalesce(datediff('day', DATE '2000-01-01', seen_on) + {window_days}, 1000000)

-- name: job_since
coalesce(datediff('day', DATE '2000-01-01', seen_on), -1000000)

-- name: job_until
coalesce(datediff('day', DATE '2000-01-01', seen_on), 1000000)

-- name: keys
CREATE OR REPLACE TABLE keys_of_{kind} AS SELECT * FROM (
    SELECT n, CAST(since AS INTEGER) AS since, CAST(until AS INTEGER) AS until, unnest({marks}) AS mark
    FROM (SELECT n, {since} AS since, {until} AS until, {values} FROM {kind})
) WHERE mark IS NOT NULL

-- name: pairs
CREATE OR REPLACE TABLE good_marks AS
SELECT mark FROM (
    SELECT mark, count(*) FILTER (lead) AS leads, count(*) FILTER (NOT lead) AS jobs FROM (
        SELECT mark, true AS lead FROM keys_of_leads UNION ALL SELECT mark, false AS lead FROM keys_of_jobs
    ) GROUP BY mark
) WHERE leads * jobs BETWEEN 1 AND CASE mark & {code_bits} {limits} END;
CREATE OR REPLACE TABLE pairs AS
SELECT row_number() OVER () AS pair, l, r FROM (
    SELECT DISTINCT l.n AS l, r.n AS r
    FROM (SELECT k.* FROM keys_of_leads k SEMI JOIN good_marks g ON g.mark = k.mark) l
    JOIN keys_of_jobs r ON l.mark = r.mark AND r.since <= l.until AND r.until >= l.since
    ORDER BY l, r
);
DROP TABLE keys_of_leads;
DROP TABLE keys_of_jobs;
DROP TABLE good_marks

-- name: count
SELECT count(*) FROM pairs
