-- answers (lead_id, job_id, probability, label, reasons): the rows of the result, for every link and every lead
-- without. {agrees}, {differs}, {missing}: the texts of all comparisons in one list of reasons, over the gamma
-- columns. {among_links}, {among_leads}: with a focus, joins to the rows to answer. {further_job}: the reason of
-- a further job. {window_days}, {tolerance_days}: as in certain.sql.

-- name: without
-- Leads without a link.
CREATE OR REPLACE TABLE without AS
SELECT leads.n, leads.id, leads.phone1, leads.email1, leads.seen_on, leads.clock, rules.why, rules.root
FROM (FROM leads {among_leads}) leads JOIN lead_rules rules ON rules.n = leads.n
WHERE NOT EXISTS (SELECT 1 FROM links k WHERE k.l = leads.n)

-- name: pair_texts
-- nearest (l, r): the most similar job of each lead without a link. told_pairs (l, r, words): the texts of these pairs
-- and of the linked ones. Most pairs are neither.
CREATE OR REPLACE TABLE nearest AS
SELECT l, r FROM scored SEMI JOIN without ON without.n = scored.l
QUALIFY row_number() OVER (PARTITION BY l ORDER BY logit DESC, r) = 1;
CREATE OR REPLACE TABLE told_pairs AS
SELECT l, r, concat_ws('; ', 'agrees: ' || nullif(agrees, ''), 'differs: ' || nullif(differs, ''),
    'missing: ' || nullif(missing, '')) AS words
FROM (
    SELECT l, r, {agrees} AS agrees, {differs} AS differs, {missing} AS missing
    FROM scored SEMI JOIN (SELECT via AS l, r FROM links UNION ALL FROM nearest) USING (l, r)
)

-- name: link_answers
CREATE OR REPLACE TABLE link_answers AS
SELECT leads.id AS lead_id, jobs.id AS job_id, k.p AS probability, k.label,
    concat_ws('; ',
        c.how,
        CASE WHEN s.l IS NOT NULL THEN s.words END,
        CASE WHEN k.via <> k.l THEN 'best match is the repeated submission ' || via.id END,
        CASE WHEN k.follow_up THEN {further_job} END,
        CASE WHEN k.rivals > 0 AND NOT k.sure THEN k.rivals || ' other lead' ||
            CASE WHEN k.rivals > 1 THEN 's' ELSE '' END || ' considered for this job' END,
        CASE WHEN k.bounded THEN 'reduced: the same people have other jobs at such a time' END,
        CASE WHEN s.l IS NULL AND c.how IS NULL THEN 'the job names several leads' END,
        x.why
    ) AS reasons
FROM (FROM links {among_links}) k JOIN leads ON leads.n = k.l JOIN jobs ON jobs.n = k.r
JOIN leads via ON via.n = k.via LEFT JOIN job_rules x ON x.n = k.r
LEFT JOIN told_pairs s ON s.l = k.via AND s.r = k.r
LEFT JOIN (SELECT r, any_value(how ORDER BY l) AS how FROM certain GROUP BY r) c ON c.r = k.r AND k.sure

-- name: outside_window
-- Jobs of the same contact, a phone or email that few share, before the lead or after the window.
SELECT w.n, j.id, datediff('day', w.seen_on, j.seen_on) AS lag FROM without w JOIN jobs j ON j.phone1 = w.phone1
WHERE w.why IS NULL AND w.root = w.n AND (datediff('day', w.seen_on, j.seen_on) < -{tolerance_days}
    OR datediff('day', w.seen_on, j.seen_on) > {window_days} OR is_before(w.clock, j.clock)) AND NOT j.phone_shared
UNION ALL
SELECT w.n, j.id, datediff('day', w.seen_on, j.seen_on) AS lag FROM without w JOIN jobs j ON j.email1 = w.email1
WHERE w.why IS NULL AND w.root = w.n AND (datediff('day', w.seen_on, j.seen_on) < -{tolerance_days}
    OR datediff('day', w.seen_on, j.seen_on) > {window_days} OR is_before(w.clock, j.clock)) AND NOT j.email_shared

-- name: lead_answers
-- One row for each lead without a link. Its probability is 0, since no job can be named.
CREATE OR REPLACE TABLE lead_answers AS
SELECT w.id AS lead_id, '' AS job_id, 0.0 AS probability, 'unmatched' AS label, CASE
    WHEN w.why IS NOT NULL THEN 'takes no part: ' || w.why
    WHEN w.root <> w.n THEN 'repeats lead ' || first.id || ', which has the claim'
    ELSE concat_ws('; ', b.words, o.words,
        CASE WHEN b.n IS NULL AND o.n IS NULL
            THEN 'no job within {window_days} days is similar enough' END)
        END AS reasons
FROM without w JOIN leads first ON first.n = w.root
LEFT JOIN (
    SELECT s.l AS n, 'nearest job ' || jobs.id || CASE WHEN x.why IS NOT NULL THEN ', but ' || x.why
        WHEN k.l IS NOT NULL THEN ', which another lead claims' ELSE '' END || ' (' || s.words || ')' AS words
    FROM told_pairs s SEMI JOIN nearest USING (l, r) JOIN jobs ON jobs.n = s.r
    LEFT JOIN job_rules x ON x.n = s.r LEFT JOIN links k ON k.r = s.r
) b ON b.n = w.n
LEFT JOIN (
    SELECT n, arg_min('job ' || id || ' of the same contact was opened ' || CASE WHEN lag = 0
        THEN 'earlier on the day of the lead' WHEN lag < 0 THEN abs(lag) || ' days before the lead'
        ELSE abs(lag) || ' days after the lead, beyond the attribution window' END,
        (abs(lag), id)) AS words FROM ({outside_window}) GROUP BY n
) o ON o.n = w.n

-- name: answers
CREATE OR REPLACE TABLE answers AS
SELECT lead_id, job_id, probability, label, reasons FROM (
    SELECT * FROM link_answers UNION ALL SELECT * FROM lead_answers
)
