-- scored (l, r, steps, rarity, habits, came, firm, logit): the compared pairs. l and r are the numbers of lead and
-- job; `rarity` is how rare the name is; `came` limits the log-odds `logit`; `firm`: only contacts that people of
-- one firm share connect the pair. {gammas}, {gamma_columns}: Splink's number of each comparison's step.
-- {fit_columns}, {fits}, {no_fits}: effects of the office's habits. {sides}: the compared columns of both records.
-- {column}: a name column with frequencies, {prior} its prior frequency, {prior_weight} the weight of it.
-- {compared}: Splink's steps for the pairs in __splink__df_blocked. {came_score}, {of_firm}, {score}: the model's
-- weights as SQL, and {least} the least log-odds of a pair that is stored. {kin_weight}: as in assignment.sql.

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

-- name: join_as_written
-- Streams the pairs, in order, past both tables of records. For a part of the pairs, DuckDB would repeat a lead's
-- columns for each pair in memory, and read all jobs again, which is a quarter of the time for 1,000,000 leads.
SET disabled_optimizers = 'join_order,build_side_probe_side'

-- name: join_freely
RESET disabled_optimizers

-- name: record
-- What is needed of each record, and the mailbox of its email if it is long enough to be rare. Nearly all have one
-- phone, one email, two words of the name and no name in the notes. Lists of more are null then, because lists take
-- longer to read and to compare than texts.
k.*, f.tf_full_name, t.tf_last, CASE WHEN len(phones) > 1 THEN phones[2:] END AS more_phones,
CASE WHEN len(emails) > 1 THEN emails[2:] END AS more_emails, CASE WHEN len(words) > 2 THEN words[2:-2] END AS middle,
CASE WHEN len(heard) > 0 THEN heard END AS noted,
CASE WHEN length(split_part(email1, '@', 1)) > 5 THEN split_part(email1, '@', 1) END AS mailbox

-- name: lead_side
SELECT {record}, a.asked, e.telling, e.rare FROM leads k LEFT JOIN frequency_full_name f USING (full_name)
LEFT JOIN frequency_last t USING (last) LEFT JOIN asks a USING (n) LEFT JOIN telling_leads e USING (n)

-- name: job_side
SELECT {record}, coalesce(s.fit, 0) AS source_fit, e.telling, e.rare FROM jobs k LEFT JOIN frequency_full_name f USING (full_name)
LEFT JOIN frequency_last t USING (last) LEFT JOIN sources s ON s.filed = coalesce(k.campaign, '')
LEFT JOIN telling_jobs e USING (n)

-- name: times
-- What each step of time adds. `comings` is empty if nothing was learned, and only it has a row for missing dates.
SELECT step, p.fit, o.came, q.came AS firm_came FROM (SELECT step FROM paces UNION SELECT step FROM comings)
LEFT JOIN paces p USING (step) LEFT JOIN (FROM comings WHERE NOT firm) o USING (step)
LEFT JOIN (FROM comings WHERE firm) q USING (step)

-- name: score
-- One statement in which Splink's steps read both records of a pair. A table of such rows would be ten times as
-- large as all other data about the pairs, and writing it took twice as long as comparing them. {first} to {last}:
-- pairs.
INSERT INTO scored
WITH __splink__df_blocked AS (
    SELECT 'leads' AS source_dataset_l, 'jobs' AS source_dataset_r, p.l AS n_l, p.r AS n_r, '0' AS match_key,
        {sides},
        s.fit AS service_fit_l, c.fit AS campaign_fit_l, t.fit AS time_fit_l,
        j.source_fit AS source_fit_l, w.fit AS words_fit_l, w.shared AS shared_l, NULL AS shared_r,
        t.came + j.source_fit + {kin_weight} * kinship(x.trade, j.trade, s.fit) AS came_l,
        t.firm_came + j.source_fit + {kin_weight} * kinship(x.trade, j.trade, s.fit) AS firm_came_l,
        NULL AS came_r, NULL AS firm_came_r,
        {no_fits}
    FROM pairs p JOIN ({lead_side}) x ON x.n = p.l JOIN ({job_side}) j ON j.n = p.r
    LEFT JOIN habits s ON s.what = 'service' AND s.asked = x.asked AND s.filed = j.service
    LEFT JOIN habits c ON c.what = 'campaign' AND c.asked = x.campaign AND c.filed = j.campaign
    LEFT JOIN ({times}) t ON t.step = coalesce(time_step(datediff('day', x.seen_on, j.seen_on)), 'missing')
    LEFT JOIN word_habits w ON w.shared = shared_word(x.telling, x.rare, j.telling, j.rare)
        AND NOT coalesce(contains(j.wording, x.wording), false)
    WHERE p.pair BETWEEN {first} AND {last} AND NOT is_before(x.clock, j.clock)
), {compared}, steps AS (
    SELECT n_l AS l, n_r AS r, {gammas},
        least(5.0, greatest(-5.0, ln(2) * coalesce(mw_tf_adj_name, 0))) AS rarity, {fits},
        came_l AS came, firm_came_l AS firm_came
    FROM __splink__df_match_weight_parts
)
SELECT * EXCLUDE (firm_came) REPLACE (round({came_score}, 9) AS came), {of_firm} AS firm,
    round({score}, 9) AS logit
FROM steps WHERE logit >= {least} ORDER BY l, r

-- name: best_pairs
-- Each pair of a job and a lead with its best matching submission.
SELECT jobs.id, roots.id, rarity, {gammas}, {fits} FROM scored s JOIN lead_rules k ON k.n = s.l
JOIN leads roots ON roots.n = k.root JOIN jobs ON jobs.n = s.r WHERE k.why IS NULL
    AND NOT EXISTS (SELECT 1 FROM job_rules x WHERE x.n = s.r AND x.out)
QUALIFY row_number() OVER (PARTITION BY k.root, r ORDER BY logit DESC, l) = 1 ORDER BY 1, 2

-- name: drop
DROP TABLE pairs;
DROP TABLE habits;
DROP TABLE asks;
DROP TABLE paces;
DROP TABLE comings;
DROP TABLE word_habits

