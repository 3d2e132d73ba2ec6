-- How often the same people have a job anyway, before their leads, long after them, or once the window has passed.
-- {since} to {until}: days before a lead in which a job is unrelated to it. {late}: days after a lead from which on
-- almost no job is its outcome. {near}, {soon}, {even}, {most}, {most_sign}, {least}, {grain}, {own_same}, {other_same},
-- {own_continues}, {other_continues}, {own_far_more}, {other_far_more}, {own_together}, {other_together},
-- {own_same_work}, {other_same_work}, {most_chained}, {apart}, {asked_weight}: see chances.py. {window_days},
-- {tolerance_days}: as in certain.sql.
-- {column}, {free}, {who}: a contact that identifies the same people, and conditions on the lead and on both; {known}:
-- the conditions of all. {jobs}: jobs_of_people by contact.

-- name: people
-- people (n, seen_on): leads with a contact of their own, or with one of their firm.
CREATE OR REPLACE TABLE people AS
SELECT l.n, l.seen_on FROM leads l JOIN lead_rules x ON x.n = l.n
WHERE x.why IS NULL AND x.root = l.n AND l.seen_on IS NOT NULL AND ({known})

-- name: jobs_of_people
SELECT l.n AS l, r.n AS r, datediff('day', l.seen_on, r.seen_on) AS lag FROM leads l SEMI JOIN people p
ON p.n = l.n JOIN jobs r ON r.{column} = l.{column} WHERE {free} AND {who}
AND NOT EXISTS (SELECT 1 FROM job_rules x WHERE x.n = r.n AND x.out)
AND (datediff('day', l.seen_on, r.seen_on) BETWEEN -{since} AND -{until}
OR datediff('day', l.seen_on, r.seen_on) BETWEEN -{tolerance_days} AND {window_days}
    AND NOT is_before(l.clock, r.clock))

-- name: same_people
-- same_people (l, r, lag): their jobs in the period considered.
CREATE OR REPLACE TABLE same_people AS {jobs}

-- name: sources
-- sources (filed, fit): the natural log of how much more often a campaign is on jobs soon after a lead of the same
-- people than on jobs without one, apart from routine visits; '' without a campaign. It is large for offices that mark
-- jobs that came from the web.
CREATE OR REPLACE TABLE sources AS
WITH after AS (
    SELECT r, min(lag) FILTER (lag >= 0) AS lag FROM same_people WHERE lag >= -{tolerance_days} GROUP BY r
),
seen AS (
    SELECT coalesce(campaign, '') AS filed, a.r IS NOT NULL AS own FROM jobs j LEFT JOIN after a ON a.r = j.n
    WHERE (a.r IS NULL OR a.lag <= {soon}) AND NOT EXISTS (SELECT 1 FROM job_rules x WHERE x.n = j.n AND out)
        AND NOT {is_routine}
),
many AS (
    SELECT filed, count(*) FILTER (own) AS own, count(*) FILTER (NOT own) AS other FROM seen GROUP BY filed
),
whole AS (SELECT sum(own) AS own, sum(other) AS other FROM many)
SELECT filed, how_much_oftener(m.own, m.other, w.own, w.other, {even}, {most_sign}) AS fit
FROM many m, whole w WHERE least(w.own, w.other) >= {least} ORDER BY filed

-- name: word_habits
-- word_habits (shared, by_chance, jobs_by_chance, fit): how often a request shares a word with the notes of another
-- lead's job, how often two such jobs share one, and the natural log of how much more often the first job soon after a
-- lead shares one with it than an unrelated job of the same people. The share by chance counts as {grain} jobs of both.
-- A shared word never counts against a job, and a rare one at least as much as another.
CREATE OR REPLACE TABLE word_habits AS
WITH first_or_unrelated AS (
    SELECT l, r, lag BETWEEN -{tolerance_days} AND {soon} AS own, x.telling, x.rare, y.telling AS job_telling,
        y.rare AS job_rare
    FROM same_people JOIN telling_leads x ON x.n = l JOIN telling_jobs y ON y.n = r
    WHERE lag BETWEEN -{tolerance_days} AND {soon} OR lag <= -{until} OR lag >= {late}
    QUALIFY NOT own OR row_number() OVER (PARTITION BY l, own ORDER BY lag, r) = 1
),
-- The job of another lead is {apart} rows further on: `lead` is the window function.
with_other AS (
    SELECT *, lead(job_telling, {apart}) OVER by_lead AS other_telling, lead(job_rare, {apart}) OVER by_lead AS other_rare
    FROM first_or_unrelated WINDOW by_lead AS (PARTITION BY own ORDER BY l, r)
),
compared AS (
    SELECT own, shared_word(telling, rare, job_telling, job_rare) AS shared,
        CASE WHEN own THEN shared_word(telling, rare, other_telling, other_rare) END AS by_chance,
        CASE WHEN own THEN shared_word(job_telling, job_rare, other_telling, other_rare) END AS jobs_by_chance
    FROM with_other
),
-- A third of a pair is added to each of three outcomes, so that no share is zero.
many AS (
    SELECT s.shared, count(*) FILTER (own AND c.shared = s.shared) AS own,
        count(*) FILTER (NOT own AND c.shared = s.shared) AS other,
        count(*) FILTER (by_chance = s.shared) + 1 / 3 AS by_chance,
        count(*) FILTER (jobs_by_chance = s.shared) + 1 / 3 AS jobs_by_chance
    FROM (VALUES ('none'), ('some'), ('rare')) s(shared) LEFT JOIN compared c ON true GROUP BY s.shared
),
shares AS (
    SELECT shared, own, other, sum(own) OVER () AS all_own, sum(other) OVER () AS all_other,
        by_chance / sum(by_chance) OVER () AS by_chance, jobs_by_chance / sum(jobs_by_chance) OVER () AS jobs_by_chance
    FROM many
),
fits AS (
    SELECT *, limited_sign(shared = 'none', ln((own + {grain} * by_chance) / (all_own + {grain})
        / ((other + {grain} * by_chance) / (all_other + {grain}))), {most_sign}) AS fit FROM shares
)
SELECT shared, by_chance, jobs_by_chance,
    CASE WHEN shared = 'rare' THEN max(fit) FILTER (shared <> 'none') OVER () ELSE fit END AS fit
FROM fits ORDER BY shared

-- name: comings
-- comings (step, firm, came): log-odds that the first job of the same people at such a time is the lead's outcome.
CREATE OR REPLACE TABLE comings (step VARCHAR, firm BOOLEAN, came DOUBLE)

-- name: first_jobs
-- Number of first jobs after a lead, by time and by how their service and campaign fit the request.
SELECT time_step(lag) AS step, round(fit, 1) AS fit, count(*) FROM (
    SELECT lag, coalesce(h.fit, 0) + coalesce(o.fit, 0) + coalesce(w.fit, 0) AS fit FROM same_people p
    JOIN jobs j ON j.n = p.r LEFT JOIN asks a ON a.n = p.l
    LEFT JOIN habits h ON h.what = 'service' AND h.asked = a.asked AND h.filed = j.service
    LEFT JOIN sources o ON o.filed = coalesce(j.campaign, '')
    LEFT JOIN telling_leads x ON x.n = p.l LEFT JOIN telling_jobs y ON y.n = p.r
    LEFT JOIN word_habits w ON w.shared = shared_word(x.telling, x.rare, y.telling, y.rare)
    WHERE lag >= -{tolerance_days}
    QUALIFY row_number() OVER (PARTITION BY p.l ORDER BY lag, p.r) = 1
) GROUP BY ALL ORDER BY ALL

-- name: days_before
-- Number of people, and of days before their leads.
SELECT count(*), coalesce(sum(greatest(0, least({since}, datediff('day', since, seen_on)) - {until} + 1)), 0)
FROM people, (SELECT min(seen_on) AS since FROM jobs)

-- name: people_with_job_before
SELECT count(DISTINCT l) FROM same_people WHERE lag <= -{until}

-- name: late_jobs
-- Days of the people long after their leads, and their jobs then.
SELECT
    (SELECT sum(greatest(0, least({window_days}, datediff('day', seen_on, until)) - {late} + 1))
        FROM people, (SELECT max(seen_on) AS until FROM jobs)),
    (SELECT count(*) FROM (SELECT DISTINCT l, r FROM same_people WHERE lag >= {late}))

-- name: count_jobs
SELECT count(DISTINCT r) FROM same_people

-- name: follow_ups
-- follow_ups (step, came): log-odds that a further job of the same people at such a time after their first one
-- belongs to it.
CREATE OR REPLACE TABLE follow_ups (step VARCHAR, came DOUBLE)

-- name: further
-- further (l, r, lag, first, place, same_campaign, far_more, continues, same_work, request_word, job_word, fit): the jobs
-- of the same people; those after the lead come first, by time. `first` is the days to the first of these;
-- `same_campaign`, `far_more`, `same_work` and `job_word` compare with it, `request_word` and `fit` with the request.
CREATE OR REPLACE TABLE further AS
WITH placed AS (
    SELECT l, r, lag, min(lag) FILTER (lag >= -{tolerance_days}) OVER (PARTITION BY l) AS first,
        row_number() OVER (PARTITION BY l ORDER BY lag < -{tolerance_days}, lag, r) AS place
    FROM same_people
)
SELECT p.*, x.campaign = y.campaign AS same_campaign, costs_far_more(y.total, x.total) AS far_more,
    is_same_work(coalesce(wx.work, x.n), wy.work, y.n) AS same_work,
    continues_work(y.wording, y.service) AND coalesce(same_work, true) AS continues,
    opened_together(x.seen_at, y.seen_at) AS together,
    shared_word(tk.telling, tk.rare, ty.telling, ty.rare) AS request_word,
    shared_word(tx.telling, tx.rare, ty.telling, ty.rare) AS job_word,
    kinship(k.trade, y.trade, {asked_weight} * h.fit) AS fit, coalesce(x.service, '') AS first_service
FROM placed p JOIN placed f ON f.l = p.l AND f.place = 1 JOIN jobs x ON x.n = f.r JOIN jobs y ON y.n = p.r
JOIN leads k ON k.n = p.l LEFT JOIN asks a ON a.n = p.l
LEFT JOIN habits h ON h.what = 'service' AND h.asked = a.asked AND h.filed = y.service
LEFT JOIN telling_leads tk ON tk.n = p.l LEFT JOIN telling_jobs tx ON tx.n = f.r LEFT JOIN telling_jobs ty ON ty.n = p.r
LEFT JOIN works wx ON wx.n = f.r LEFT JOIN works wy ON wy.n = p.r

-- name: count_firsts
SELECT first, count(*) FROM further WHERE place = 1 AND first IS NOT NULL GROUP BY first

-- name: further_jobs
SELECT time_step(lag - f.first) AS step, round(f.fit + coalesce(o.fit, 0) + coalesce(c.fit, s.fit, 0)
    + fit_of(fits, 'continues', f.continues) + fit_of(fits, 'together', f.together)
    + fit_of(fits, 'same_campaign', f.same_campaign) + fit_of(fits, 'far_more', f.far_more)
    + fit_of(fits, 'same_work', f.same_work) + fit_of(fits, 'request_word', f.request_word)
    + fit_of(fits, 'job_word', f.job_word), 1) AS fit, count(*)
FROM further f JOIN jobs j ON j.n = f.r LEFT JOIN further_services s ON s.filed = coalesce(j.service, '')
    LEFT JOIN chained_services c ON c.first = f.first_service AND c.filed = coalesce(j.service, '')
    LEFT JOIN sources o ON o.filed = coalesce(j.campaign, '') CROSS JOIN sign_fits
WHERE place > 1 AND lag >= f.first AND NOT {is_routine} GROUP BY ALL ORDER BY ALL

-- name: is_routine
EXISTS (SELECT 1 FROM routine_services x WHERE x.filed = j.service)

-- name: visits
-- visits (n, service, seen_at, seen_on, place): the jobs, and where they were: at one place, or of the same people if the
-- place is unknown or many live there.
CREATE OR REPLACE TABLE visits AS
SELECT n, service, seen_at, seen_on, coalesce(CASE WHEN NOT address_shared THEN spot END, 'c' || customer,
    CASE WHEN NOT phone_shared THEN phone1 END) AS place
FROM jobs WHERE NOT EXISTS (SELECT 1 FROM job_rules x WHERE x.n = jobs.n AND out)

-- name: joined_visits
-- joined_visits (fit): the log-odds that two jobs opened together at one place are of one call: how many more there are
-- than by chance. Pairs that are one to three times {near} days apart show how many there are by chance in a day. On the
-- day itself, half of these come later than the other one; if dates have times, a fifth of these within the hour.
CREATE OR REPLACE TABLE joined_visits AS
WITH pairs AS (
    SELECT seen_on - lag(seen_on) OVER same AS days, perhaps_together(lag(seen_at) OVER same, seen_at) AS together,
        CAST(seen_at AS TIME) = TIME '00:00:00' AS without_time
    FROM visits j WHERE place IS NOT NULL AND NOT {is_routine} WINDOW same AS (PARTITION BY place ORDER BY seen_at, n)
),
many AS (
    SELECT count(*) FILTER (together) AS together,
        coalesce(sum(CASE WHEN without_time THEN 0.5 ELSE 0.1 END) FILTER (days BETWEEN {near} + 1 AND 3 * {near}), 0)
            / (2 * {near}) AS by_chance
    FROM pairs
)
SELECT least({most_sign}, ln((greatest(0, together - by_chance) + 1) / (by_chance + 1))) AS fit FROM many

-- name: visits_after
-- visits_after (n, earlier): the visits within {near} days after another one at the same place, and the service of that
-- one. Customers without a request count, too.
CREATE OR REPLACE TABLE visits_after AS
SELECT n, earlier FROM (
    SELECT n, coalesce(lag(service) OVER same, '') AS earlier, seen_on - lag(seen_on) OVER same AS days
    FROM visits WHERE place IS NOT NULL WINDOW same AS (PARTITION BY place ORDER BY seen_at, n)
) WHERE days <= {near} ORDER BY n

-- name: further_services
-- further_services (filed, fit): the natural log of how much more often a service is on further jobs than on other
-- jobs of this office. It is small for visits that customers have anyway.
CREATE OR REPLACE TABLE further_services AS
WITH seen AS (
    SELECT coalesce(service, '') AS filed, n IN (
        SELECT r FROM further WHERE place > 1 AND lag - first BETWEEN 0 AND {late} - 1
        UNION ALL SELECT n FROM visits_after
    ) AS own
    FROM jobs WHERE NOT EXISTS (SELECT 1 FROM job_rules x WHERE x.n = jobs.n AND out)
        AND n NOT IN (SELECT r FROM further WHERE place = 1 AND lag >= -{tolerance_days})
),
many AS (
    SELECT filed, count(*) FILTER (own) AS own, count(*) FILTER (NOT own) AS other FROM seen GROUP BY filed
),
whole AS (SELECT sum(own) AS own, sum(other) AS other FROM many)
SELECT filed, how_much_oftener(m.own, m.other, w.own, w.other, {even}, {most}) AS fit FROM many m, whole w
ORDER BY filed

-- name: chained_services
-- chained_services (first, filed, fit): the same for a service after that of an earlier job, such as an installation
-- after a consultation, by the visits at one place. It starts from further_services, as if seen in {even} jobs.
CREATE OR REPLACE TABLE chained_services AS
WITH seen AS (
    SELECT earlier AS first, coalesce(service, '') AS filed, count(*) AS many
    FROM visits_after JOIN jobs USING (n) GROUP BY ALL
),
usual AS (SELECT filed, sum(many) / sum(sum(many)) OVER () AS share FROM seen GROUP BY filed),
firsts AS (SELECT first, sum(many) AS whole FROM seen GROUP BY first)
SELECT first, filed, round(greatest(-{most_chained}, least({most_chained},
    s.fit + ln((greatest(0, coalesce(seen.many, 0) - 1) + {even} * share) / (whole - 1 + {even}) / share))), 6) AS fit
FROM firsts CROSS JOIN usual JOIN further_services s USING (filed) LEFT JOIN seen USING (first, filed)
ORDER BY first, filed

-- name: further_signs
-- further_signs (sign, shown, fit): the natural log of how much more often a job shows a sign soon after the first one
-- than when it is unrelated, before the lead or long after the first job. Signs: it has the campaign of the first
-- one, it costs far more than that, its text says that it continues earlier work ("return with parts"), it is a part of
-- the same work, and its notes share a word with the request, or with the first job. Starts from usual shares, as if
-- seen in {grain} jobs; two unrelated jobs have the same campaign at least as often as any two jobs of the office. A sign
-- that is shown never counts against continuing.
CREATE OR REPLACE TABLE further_signs AS
WITH seen AS (
    SELECT lag - f.first BETWEEN 0 AND {soon} AS own, CAST(same_campaign AS VARCHAR) AS same_campaign,
        CAST(far_more AS VARCHAR) AS far_more, CAST(continues AS VARCHAR) AS continues,
        CAST(together AS VARCHAR) AS together, CAST(same_work AS VARCHAR) AS same_work, request_word, job_word
    FROM further f JOIN jobs j ON j.n = f.r WHERE place > 1 AND NOT {is_routine} AND f.first IS NOT NULL
        AND (lag - f.first BETWEEN 0 AND {soon} OR lag - f.first >= {late} OR lag <= -{until})
),
many AS (
    SELECT sign, shown, count(*) FILTER (own) AS own, count(*) FILTER (NOT own) AS other
    FROM (UNPIVOT seen ON same_campaign, far_more, continues, together, same_work, request_word, job_word
        INTO NAME sign VALUE shown)
    GROUP BY sign, shown
),
equal AS (
    SELECT least(0.98, coalesce(sum(share * share), 0)) AS by_chance FROM (
        SELECT count(*) / sum(count(*)) OVER () AS share FROM jobs WHERE campaign IS NOT NULL GROUP BY campaign
    )
),
usual AS (
    SELECT sign, unnest(['true', 'false']) AS shown, unnest([own, 1 - own]) AS own, unnest([other, 1 - other]) AS other
    FROM (
        SELECT 'same_campaign' AS sign, greatest({own_same}, by_chance) AS own,
            greatest({other_same}, by_chance) AS other FROM equal
        UNION ALL SELECT 'continues', {own_continues}, {other_continues}
        UNION ALL SELECT 'far_more', {own_far_more}, {other_far_more}
        UNION ALL SELECT 'together', {own_together}, {other_together}
        UNION ALL SELECT 'same_work', {own_same_work}, {other_same_work}
    )
    UNION ALL SELECT 'request_word', shared, by_chance, by_chance FROM word_habits
    UNION ALL SELECT 'job_word', shared, jobs_by_chance, jobs_by_chance FROM word_habits
),
shares AS (
    SELECT sign, shown,
        (coalesce(m.own, 0) + {grain} * u.own) / (sum(coalesce(m.own, 0)) OVER (PARTITION BY sign) + {grain}) AS own,
        (coalesce(m.other, 0) + {grain} * u.other) / (sum(coalesce(m.other, 0)) OVER (PARTITION BY sign) + {grain})
            AS other
    FROM usual u LEFT JOIN many m USING (sign, shown)
)
SELECT sign, shown, limited_sign(shown IN ('false', 'none'), ln(own / other), {most_sign}) AS fit
FROM shares ORDER BY sign, shown

-- name: sign_fits
-- sign_fits (fits): further_signs as a map in one row, so that four signs are looked up without four joins.
CREATE OR REPLACE TABLE sign_fits AS
SELECT map_from_entries(list((sign || ' ' || shown, fit))) AS fits FROM further_signs;
DROP TABLE further_signs

-- name: with_first_job
SELECT l FROM further WHERE first IS NOT NULL

-- name: jobs_after_window
SELECT x.n, j.n AS r FROM leads x SEMI JOIN ({with_first_job}) f ON f.l = x.n
JOIN jobs j ON j.{column} = x.{column} WHERE {free} AND (x.last = j.last OR
x.first = j.first) AND datediff('day', x.seen_on, j.seen_on) BETWEEN {window_days} + 1 AND
{window_days} + {since}

-- name: usual_jobs
-- Jobs and days of these people before their leads, and once the window has passed. {later}: jobs_after_window, by
-- contact.
SELECT (SELECT count(*) FROM further WHERE lag <= -{until} AND first IS NOT NULL),
    coalesce(sum(greatest(0, least({since}, datediff('day', since, seen_on)) - {until} + 1)), 0) FROM {asked}
UNION ALL
SELECT (SELECT count(*) FROM ({later})),
    coalesce(sum(greatest(0, least({since}, datediff('day', seen_on, until) - {window_days}))), 0) FROM {asked}

-- name: asked
people SEMI JOIN ({with_first_job}) f ON f.l = people.n,
    (SELECT min(seen_on) AS since, max(seen_on) AS until FROM jobs)

-- name: drop_further
DROP TABLE visits_after;
DROP TABLE visits;
DROP TABLE further

-- name: drop
DROP TABLE people;
DROP TABLE same_people
