-- scored (l, r, steps, rarity, habits, came, firm, logit): the compared pairs. l and r are the numbers of lead and
-- job; `rarity` is how rare the name is; `came` limits the log-odds `logit`; `firm`: only contacts that people of
-- one firm share connect the pair. {gammas}, {gamma_columns}: Splink's number of each comparison's step.
-- {fit_columns}, {fits}, {no_fits}: effects of the office's habits. {sides}: the compared columns of both records.
-- {column}: a name column with frequencies, {prior} its prior frequency, {prior_weight} the weight of it.
-- {compared}: Splink's steps for the pairs in __splink__df_blocked. {came_score}, {of_firm}, {score}: the model's
-- weights as SQL. {kin_weight}: as in assignment.sql.

-- name: scored
CREATE OR REPLACE TABLE scored (l BIGINT, r BIGINT, {gamma_columns}, rarity DOUBLE, {fit_columns},
came DOUBLE, firm BOOLEAN, logit DOUBLE)

-- name: frequency
-- How common each name is here, close to the prior if there are few records.
CREATE OR REPLACE TABLE frequency_{column} AS WITH names AS (
    SELECT {column} FROM leads UNION ALL SELECT {column} FROM jobs
)
SELECT {column}, (count(*) + {prior_weight} * {prior}) / ((SELECT count(*) FROM names) + {prior_weight}) AS tf_{column}
FROM names WHERE {column} IS NOT NULL GROUP BY {column}

-- name: count_leads
-- Number of leads with a date, and of days from the first to the last.
SELECT count(seen_on), coalesce(datediff('day', min(seen_on), max(seen_on)), 0) + 1 FROM leads

-- name: score
-- One statement in which Splink's steps read both records of a pair. A table of such rows would be ten times as
-- large as all other data about the pairs, and writing it took twice as long as comparing them. {first} to {last}:
-- pairs.
INSERT INTO scored
WITH __splink__df_blocked AS (
    SELECT 'leads' AS source_dataset_l, 'jobs' AS source_dataset_r, p.l AS n_l, p.r AS n_r, '0' AS match_key,
        {sides},
        xfull_name.tf_full_name AS tf_full_name_l, jfull_name.tf_full_name AS tf_full_name_r,
        xlast.tf_last AS tf_last_l, jlast.tf_last AS tf_last_r,
        s.fit AS service_fit_l, c.fit AS campaign_fit_l, t.fit AS time_fit_l,
        o.came + coalesce(f.fit, 0) + {kin_weight} * kinship(x.trade, j.trade, s.fit) AS came_l,
        q.came + coalesce(f.fit, 0) + {kin_weight} * kinship(x.trade, j.trade, s.fit) AS firm_came_l,
        NULL AS came_r, NULL AS firm_came_r,
        {no_fits}
    FROM pairs p JOIN leads x ON x.n = p.l JOIN jobs j ON j.n = p.r
    LEFT JOIN frequency_full_name xfull_name ON xfull_name.full_name = x.full_name
    LEFT JOIN frequency_full_name jfull_name ON jfull_name.full_name = j.full_name
    LEFT JOIN frequency_last xlast ON xlast.last = x.last
    LEFT JOIN frequency_last jlast ON jlast.last = j.last
    LEFT JOIN asks a ON a.n = p.l
    LEFT JOIN habits s ON s.what = 'service' AND s.asked = a.asked AND s.filed = j.service
    LEFT JOIN habits c ON c.what = 'campaign' AND c.asked = x.campaign AND c.filed = j.campaign
    LEFT JOIN paces t ON t.step = time_step(datediff('day', x.seen_on, j.seen_on))
    LEFT JOIN comings o ON o.step = coalesce(t.step, 'missing') AND NOT o.firm
    LEFT JOIN comings q ON q.step = coalesce(t.step, 'missing') AND q.firm
    LEFT JOIN sources f ON f.filed = coalesce(j.campaign, '')
    WHERE p.pair BETWEEN {first} AND {last} AND NOT is_before(x.clock, j.clock)
), {compared}, steps AS (
    SELECT n_l AS l, n_r AS r, {gammas},
        least(5.0, greatest(-5.0, ln(2) * coalesce(mw_tf_adj_name, 0))) AS rarity, {fits},
        came_l AS came, firm_came_l AS firm_came
    FROM __splink__df_match_weight_parts
)
SELECT * EXCLUDE (firm_came) REPLACE (round({came_score}, 9) AS came), {of_firm} AS firm,
    round({score}, 9) AS logit
FROM steps ORDER BY l, r

-- name: best_pairs
-- Each pair of a job and a lead with its best matching submission.
SELECT jobs.id, roots.id, rarity, {gammas}, {fits} FROM scored s JOIN lead_rules k ON k.n = s.l
JOIN leads roots ON roots.n = k.root JOIN jobs ON jobs.n = s.r WHERE k.why IS NULL
QUALIFY row_number() OVER (PARTITION BY k.root, r ORDER BY logit DESC, l) = 1 ORDER BY 1, 2

-- name: drop
DROP TABLE pairs;
DROP TABLE habits;
DROP TABLE asks;
DROP TABLE paces;
DROP TABLE comings;
DROP TABLE sources

