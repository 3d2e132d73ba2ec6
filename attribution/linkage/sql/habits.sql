-- Which job types and campaigns this office files for which requests, and how soon jobs follow, learned without
-- labels from pairs that are almost unambiguous: a person's only lead and only job in the window. A shop whose site
-- offers `No cooling?` may file it as `AC - Demand`. With few such pairs the effect is small, so that a tenant with
-- forty leads is scored by the model alone. {least}: pairs without which nothing is learned. {days}: within so many
-- days a job shows how a request is filed. {heard}: jobs that must follow a word. {grain}, {prior_times}: weight of
-- the prior, in pairs. {most}: largest effect, in natural log-odds. {shares}: (step, share) of each time step among
-- true pairs.

-- name: plain_pairs
CREATE OR REPLACE TABLE plain_pairs AS
SELECT l.n AS lead, r.n AS job, l.service AS asked_service, r.service AS filed_service, l.campaign AS asked_campaign,
    r.campaign AS filed_campaign, datediff('day', l.seen_on, r.seen_on) AS lag,
    is_before(l.clock, r.clock) AS early, l.clock IS NOT NULL AND r.clock IS NOT NULL AS timed
FROM pairs p JOIN leads l ON l.n = p.l JOIN jobs r ON r.n = p.r
WHERE (l.last = r.last OR l.first = r.first)
    AND ((l.phone1 = r.phone1 AND NOT l.phone_shared) OR (l.email1 = r.email1 AND NOT l.email_shared))
    AND NOT EXISTS (SELECT 1 FROM job_rules x WHERE x.n = r.n AND x.out)
QUALIFY count(*) OVER (PARTITION BY p.l) = 1 AND count(*) OVER (PARTITION BY p.r) = 1

-- name: shifts
-- shifts (value, summer, hours): how many hours the leads with a value of {column}, such as those of a chat or of a
-- marketplace, are ahead of the office's clock, in daylight saving time or not, or null if their clock is another one that
-- cannot be known. They have the job first in more than {most_early} of at least {least_of_channel} pairs of one day.
-- Their hours are the fewest after which at most {few_early} are, if more than {at_night} of them seem to be sent before
-- 5, or those of UTC if these are at most 3 more. An hour too many hardly matters; one too few excludes links. Calls
-- hardly come at night, so they have the hours of the others, as have values with fewer pairs if all others are ahead.
-- Fewer pairs also show a clock of UTC, {least_early} of at least {least_pairs} early, or half the share, if so many leads
-- seem to be sent at night and the hours are those of UTC: phone lines that are open at night have no such pairs.
CREATE OR REPLACE TABLE shifts AS
WITH near AS MATERIALIZED (
    SELECT coalesce(l.{column}, '') AS value, datediff('minute', l.clock, r.clock) AS minutes
    FROM plain_pairs JOIN leads l ON l.n = lead JOIN jobs r ON r.n = job
    WHERE abs(datediff('minute', l.clock, r.clock)) <= 24 * 60 AND NOT (SELECT known FROM stated_clock)
),
pairs_of AS (
    SELECT value, count(*) AS many, count(*) FILTER (minutes < -5) AS early FROM near GROUP BY value
),
measured AS (
    SELECT value, many, early > {most_early} * many AS ahead FROM pairs_of WHERE many >= {least_of_channel}
),
nights AS (
    SELECT coalesce({column}, '') AS value, avg(CASE WHEN hour(clock) < 5 THEN 1 ELSE 0 END) AS share FROM leads
    WHERE clock IS NOT NULL GROUP BY ALL
),
found AS (
    SELECT value, min(hours) AS hours FROM (
        SELECT value, h.hours FROM near JOIN pairs_of USING (value) JOIN nights USING (value), range(1, 12) h(hours)
        WHERE early > {most_early} / 2 * many AND share > {at_night} GROUP BY value, many, h.hours
        HAVING count(*) FILTER (minutes < -60 * h.hours - 5) <= {few_early} * many
    ) GROUP BY value
),
other AS (
    SELECT value FROM measured WHERE ahead
    UNION SELECT value FROM pairs_of JOIN found USING (value), office_zone
    WHERE many >= {least_pairs} AND early >= {least_early} AND hours BETWEEN utc - 3 AND utc + 1
    UNION SELECT coalesce({column}, '') FROM leads
    WHERE coalesce({column}, '') NOT IN (SELECT value FROM measured) AND (SELECT bool_and(ahead) FROM measured)
)
SELECT value, summer, CASE WHEN hours BETWEEN utc - 3 AND utc + 1
    THEN greatest(hours, utc - CASE WHEN summer AND NOT no_summer THEN 1 ELSE 0 END) ELSE hours END AS hours
FROM (SELECT value, coalesce(hours, max(hours) OVER ()) AS hours FROM other LEFT JOIN found USING (value)), office_zone,
    (VALUES (true), (false)) seasons(summer);
UPDATE leads SET clock = clock - to_hours(hours), seen_at = seen_at - to_hours(hours),
    seen_on = CAST(seen_at - to_hours(hours) AS DATE)
FROM shifts WHERE coalesce(leads.{column}, '') = value AND is_summer(clock) = summer AND hours IS NOT NULL;
UPDATE leads SET clock = NULL FROM shifts WHERE coalesce(leads.{column}, '') = value AND hours IS NULL;
UPDATE plain_pairs SET early = is_before(l.clock, r.clock), timed = l.clock IS NOT NULL AND r.clock IS NOT NULL,
    lag = datediff('day', l.seen_on, r.seen_on)
FROM leads l, jobs r WHERE l.n = lead AND r.n = job AND EXISTS (FROM shifts)

-- name: clocks
-- A job opened before its lead on the same day is no outcome, if leads and jobs have the same clock. Then the job comes
-- first in at most {most_early} of at least {least_timed} pairs of one day; in an export in another time zone it does
-- so more often, unless its times state their offset from UTC. An office that takes longer has few pairs of one day:
-- both clocks are local if {by_day} of the jobs are opened from 6 to 20 and {at_night} of the leads at most are sent
-- before 5, and if the job comes first in at most {few_early} of all pairs, it is no outcome.
UPDATE jobs SET clock = NULL WHERE NOT (SELECT known FROM stated_clock) AND NOT (
    SELECT count(*) FILTER (timed AND lag = 0) >= {least_timed}
        AND count(*) FILTER (early AND lag = 0) <= {most_early} * count(*) FILTER (timed AND lag = 0)
        OR count(*) >= {least_timed} AND count(*) FILTER (early) <= {few_early} * count(*)
        AND (SELECT avg(CASE WHEN hour(clock) BETWEEN 6 AND 19 THEN 1 ELSE 0 END) >= {by_day} FROM jobs
            WHERE clock IS NOT NULL)
        AND (SELECT avg(CASE WHEN hour(clock) < 5 THEN 1 ELSE 0 END) <= {at_night} FROM leads WHERE clock IS NOT NULL)
    FROM plain_pairs
);
DELETE FROM plain_pairs WHERE early AND EXISTS (SELECT 1 FROM jobs WHERE clock IS NOT NULL)

-- name: asks
-- asks (n, asked): the service or the word of each lead that best predicts what this office files. A lead with
-- service `Other` and "thermostat is blank" asks the same as one with the service `thermostat`.
CREATE OR REPLACE TABLE asks AS
WITH phrase AS MATERIALIZED (
    SELECT n, unnest(list_distinct(list_filter(string_split(concat_ws(' ', phrase, service), ' '),
        lambda w: length(w) > 2) || CASE WHEN service IS NOT NULL THEN ['= ' || service] ELSE [] END)) AS asked
    FROM leads WHERE phrase IS NOT NULL OR service IS NOT NULL
),
seen AS (
    SELECT asked, filed_service AS filed FROM plain_pairs JOIN phrase ON phrase.n = lead
    WHERE filed_service IS NOT NULL AND lag <= {days}
),
asked AS (SELECT asked, count(*) AS many FROM seen GROUP BY asked HAVING count(*) >= {heard}),
filed AS (
    SELECT filed_service AS filed, count(*) / sum(count(*)) OVER () AS share FROM plain_pairs
    WHERE filed_service IS NOT NULL AND lag <= {days} GROUP BY filed_service
),
answered AS (
    SELECT asked, many, sum(together / many * ln(together / many / share) ORDER BY filed) AS tells FROM (
        SELECT asked, filed, count(*) AS together FROM seen GROUP BY asked, filed
    ) JOIN asked USING (asked) JOIN filed USING (filed) GROUP BY asked, many
)
SELECT n, arg_max(asked, (round(tells * many / (many + {heard}), 6), asked)) AS asked
FROM phrase JOIN answered USING (asked) GROUP BY n

-- name: habits
-- habits (what, asked, filed, fit): the natural log of how much more often than by chance the two go together.
CREATE OR REPLACE TABLE habits (what VARCHAR, asked VARCHAR, filed VARCHAR, fit DOUBLE)

-- name: add_habits
-- {what}: service or campaign. {asked}: the column with what was asked.
INSERT INTO habits
WITH seen AS (
    SELECT {asked} AS asked, filed_{what} AS filed FROM plain_pairs LEFT JOIN asks ON asks.n = lead
    WHERE {asked} IS NOT NULL AND filed_{what} IS NOT NULL AND lag <= {days}
), asked AS (SELECT asked, count(*) AS many FROM seen GROUP BY asked ORDER BY many DESC, asked LIMIT 500),
filed AS (SELECT filed, count(*) AS many FROM seen GROUP BY filed ORDER BY many DESC, filed LIMIT 500),
together AS (SELECT asked, filed, count(*) AS many FROM seen GROUP BY asked, filed)
SELECT '{what}', a.asked, f.filed, round(greatest(-{most}, least({most}, ln((coalesce(t.many, 0) + {grain})
    / (a.many * f.many / (SELECT count(*) FROM seen) + {grain})))), 6)
FROM asked a CROSS JOIN filed f LEFT JOIN together t ON t.asked = a.asked AND t.filed = f.filed
WHERE (SELECT count(*) FROM seen) >= {least} ORDER BY a.asked, f.filed

-- name: paces
-- paces (step, fit): how much more often than usual jobs follow after such a time.
CREATE OR REPLACE TABLE paces AS
SELECT u.step, round(ln((coalesce(c.many, 0) + {prior_times} * u.share)
    / ((SELECT count(*) FROM plain_pairs WHERE lag IS NOT NULL) + {prior_times}) / u.share), 6) AS fit
FROM (VALUES {shares}) u(step, share)
LEFT JOIN (SELECT time_step(lag) AS step, count(*) AS many FROM plain_pairs GROUP BY step) c
ON c.step = u.step
ORDER BY u.step;
DROP TABLE plain_pairs
