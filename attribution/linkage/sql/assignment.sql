-- From scores to links. A job has at most one lead: the probabilities of all possible leads, and of none, add up to
-- one. A lead has one first job: the probabilities of the jobs that may be it, and of none, add up to one. A later
-- job of the same people in the window belongs to the first as often as such jobs do in this office. {far}: log-odds
-- beyond it change no label. {almost}: upper limit of a probability when jobs compete for a lead. {focused}: a
-- condition, for kept_jobs only. {kin_weight}: what kinship counts. {later_factor}: odds that a job after another job
-- of the same people is the first that came from the lead. {further}: log-odds that it belongs to that job, in
-- addition to what the office's files show; at most {most_further} are considered. {platt_factor}, {platt_slope}:
-- calibration. {contradicted}: whether last name or phone differ. {matched_from}, {contradicted_from}, {review_from}:
-- limits of the labels.

-- name: possible
-- Each submission and job that may be linked, with the lead that has the claim. `sure`: proven; `came`: limit of the
-- log-odds.
SELECT root AS l, r, via, logit, sure, came, firm, contradicted, fit FROM (
    SELECT l AS via, r, logit, false AS sure, coalesce(came, {far}) AS came, firm, {contradicted} AS contradicted,
        CASE WHEN gamma_service = -1 OR service_fit = 0 THEN NULL ELSE service_fit END AS fit FROM scored
    UNION ALL
    SELECT l, r, 99.0, true, {far}, false, false, NULL FROM certain
    UNION ALL
    SELECT l, r, 0.0, false, {far}, false, false, NULL FROM told WHERE why_not IS NULL AND leads > 1
) s JOIN lead_rules rules ON rules.n = s.via
WHERE rules.why IS NULL AND NOT EXISTS (SELECT 1 FROM job_rules WHERE job_rules.n = s.r AND out)
    {focused}

-- name: claims
-- For each lead and job the best of the lead's submissions. Only few leads have several rows per job; to aggregate all
-- took four times as long.
CREATE OR REPLACE TABLE claims AS
WITH several AS (
    SELECT root AS l FROM lead_rules GROUP BY root HAVING count(*) > 1
    UNION SELECT root FROM told JOIN lead_rules ON lead_rules.n = told.l
)
FROM ({possible}) ANTI JOIN several USING (l)
UNION ALL
SELECT l, r, arg_max(via, (logit, -via)) AS via, max(logit) AS logit, bool_or(sure) AS sure,
    arg_max(came, (logit, -via)) AS came, arg_max(firm, (logit, -via)) AS firm,
    arg_max(contradicted, (logit, -via)) AS contradicted,
    arg_max(fit, (logit, -via)) AS fit
FROM ({possible}) SEMI JOIN several USING (l) GROUP BY l, r

-- name: best
-- The likeliest lead of each job.
CREATE OR REPLACE TABLE best AS
SELECT l, r, via, sure, rivals, firm, contradicted, fit, alone, NOT sure AND alone - ever > 0.05 AS bounded,
    CASE WHEN sure THEN 1.0 ELSE least(alone, ever) END AS p
FROM (
    SELECT *, odds / (1 + all_odds) AS alone, 1 / (1 + exp(-came)) AS ever FROM (
        SELECT *, exp(least({far}, logit)) AS odds,
            sum(exp(least({far}, logit)) ORDER BY l) OVER (PARTITION BY r) AS all_odds,
            count(*) OVER (PARTITION BY r) - 1 AS rivals,
            row_number() OVER (PARTITION BY r ORDER BY sure DESC, logit DESC, l) AS place
        FROM claims
    ) WHERE place = 1
)

-- name: offers
-- The calibrated odds of each job to be the lead's first one.
CREATE OR REPLACE TABLE offers AS
SELECT b.*, j.seen_at, j.seen_on, kinship(x.trade, j.trade, b.fit) AS kin,
    {platt_factor} * pow(least(p, {almost}) / (1 - least(p, {almost})), {platt_slope})
    * CASE WHEN count(*) FILTER (p >= 0.9 AND j.seen_on >= x.seen_on)
        OVER (PARTITION BY b.l ORDER BY j.seen_at, r ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) > 0
    THEN {later_factor} ELSE 1 END AS odds,
    row_number() OVER (PARTITION BY b.l ORDER BY j.seen_at, r) AS at
FROM best b JOIN jobs j ON j.n = b.r JOIN leads x ON x.n = b.l

-- name: following
-- Pairs of a lead's jobs: `follows` is the probability that the later one belongs to the first, and `odds` the
-- log-odds of that if both are certainly of the same people.
CREATE OR REPLACE TABLE following AS
SELECT *, least({almost}, alone / (1 + exp(-odds))) AS follows FROM (
    SELECT a.l, a.r AS first, b.r AS later, b.alone, f.came + {kin_weight} * b.kin + {further} AS odds
    FROM offers a JOIN offers b ON b.l = a.l AND b.at > a.at AND b.at <= a.at + {most_further}
    JOIN follow_ups f ON f.step = time_step(datediff('day', a.seen_on, b.seen_on))
    WHERE NOT a.firm AND NOT b.firm AND NOT b.sure
)

-- name: shares
-- Each job competes with the others to be the first that came from the lead. Any later job belongs to the first with
-- the share that follow_ups has for this office, or is unrelated.
CREATE OR REPLACE TABLE shares AS
WITH firsts AS (
    SELECT o.l, o.r, o.odds / exp(coalesce(sum(ln(1 - follows) ORDER BY later), 0)) AS weight
    FROM offers o LEFT JOIN following f ON f.first = o.r AND f.l = o.l GROUP BY o.l, o.r, o.odds
),
added AS (
    SELECT later, sum(weight * follows ORDER BY firsts.r) AS weight
    FROM following JOIN firsts ON firsts.r = following.first GROUP BY later
)
SELECT o.*, (w.weight + coalesce(a.weight, 0)) / (1 + sum(w.weight ORDER BY o.r) FILTER (NOT o.sure)
    OVER (PARTITION BY o.l)) AS shared
FROM offers o JOIN firsts w ON w.r = o.r LEFT JOIN added a ON a.later = o.r;
DROP TABLE offers

-- name: links
-- At most one row per job. `l` is the lead with the claim, `via` its best matching submission. `follow_up`: a further
-- job of the lead. The first one is certain, else the likeliest before jobs compete, else the earliest of equal ones:
-- a further job need not be later. It is never matched if another job of the lead is certain.
CREATE OR REPLACE TABLE links AS
SELECT l, r, via, p, sure, rivals, bounded, follow_up, CASE WHEN sure THEN 'certain'
    WHEN p >= CASE WHEN contradicted OR follow_up THEN {contradicted_from} ELSE {matched_from} END
        AND NOT (follow_up AND proven) THEN 'matched'
    ELSE 'needs review' END AS label
FROM (
    SELECT l, r, via, sure, rivals, bounded, contradicted, place > 1 AND NOT sure AS follow_up,
        bool_or(sure) OVER (PARTITION BY l) AS proven,
        place > 1 AND p >= 0.5 AS asked, round(CASE WHEN sure THEN 1 ELSE shared END, 6) AS p
    FROM (
        SELECT *, row_number() OVER (PARTITION BY l ORDER BY sure DESC, round(p, 2) DESC, seen_at, r) AS place
        FROM shares
    )
) WHERE asked OR p >= {review_from} ORDER BY l, r

-- name: further_pairs
-- The later jobs of certain people after a probable first one, with their leads: what decisions can show about them.
SELECT jobs.id, leads.id, max(f.odds) FROM following f JOIN best ON best.r = f.first AND best.p >= 0.5
JOIN jobs ON jobs.n = f.later JOIN leads ON leads.n = f.l
WHERE f.alone >= 0.7 GROUP BY jobs.id, leads.id ORDER BY jobs.id, leads.id
