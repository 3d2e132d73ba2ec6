-- Incremental linking: selects the pairs that can affect the answers for new or changed leads and jobs. All records
-- that were read count for frequencies and for the office's habits; only pairs whose result may change are compared.
-- Jobs that may belong to a new lead are answered again, and so are other jobs of a lead that gains one, since a
-- lead has one first job. Makes asked_jobs, kept_jobs (all their pairs remain) and asked_leads (all their jobs
-- remain), each (n). {kind}: leads or jobs. Bound: the new IDs.

-- name: fresh
CREATE OR REPLACE TABLE fresh_{kind} AS SELECT n FROM {kind}
SEMI JOIN (SELECT unnest(CAST(? AS VARCHAR[])) AS id) f ON f.id = {kind}.id

-- name: narrow
CREATE OR REPLACE TABLE ties AS SELECT DISTINCT rules.root, t.r FROM (
    SELECT l, r FROM pairs UNION ALL SELECT l, r FROM told
) t JOIN lead_rules rules ON rules.n = t.l;
CREATE OR REPLACE TABLE fresh_roots AS SELECT DISTINCT root FROM lead_rules SEMI JOIN fresh_leads USING (n);
CREATE OR REPLACE TABLE asked_jobs AS SELECT n FROM fresh_jobs
UNION SELECT r FROM ties SEMI JOIN fresh_roots USING (root);
CREATE OR REPLACE TABLE asked_roots AS SELECT root FROM fresh_roots
UNION SELECT root FROM ties SEMI JOIN asked_jobs ON asked_jobs.n = ties.r;
CREATE OR REPLACE TABLE asked_leads AS SELECT n FROM lead_rules SEMI JOIN asked_roots USING (root);
CREATE OR REPLACE TABLE kept_jobs AS SELECT n FROM asked_jobs
UNION SELECT r FROM ties SEMI JOIN asked_roots USING (root);
CREATE OR REPLACE TABLE pairs AS SELECT row_number() OVER (ORDER BY l, r) AS pair, l, r
FROM pairs SEMI JOIN kept_jobs ON kept_jobs.n = pairs.r ORDER BY pair

-- name: count_pairs
SELECT count(*) FROM pairs

-- name: answered_jobs
-- The jobs that the links answer: those asked for, and the other jobs of a lead that gained one.
CREATE OR REPLACE TABLE answered_jobs AS SELECT n FROM asked_jobs
UNION SELECT r FROM best SEMI JOIN (
    SELECT l FROM links SEMI JOIN asked_jobs ON asked_jobs.n = links.r
) gained USING (l)

-- name: answered_ids
SELECT id FROM jobs SEMI JOIN answered_jobs USING (n)
