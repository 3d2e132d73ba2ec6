-- lead_rules (n, root, why): why a lead is excluded, and the lead with the claim for its request. job_rules (n, why,
-- out): why a job is remarkable, and whether that excludes it. {duplicate_days}: a submission within so many days of
-- the previous one repeats it. {out}: whether canceled jobs are excluded. {often} and {seldom}: log-odds of what an
-- office often and hardly ever files. {apart}, {least_visits}, {routine_share}, {routine_days}, {days}: see
-- pipeline.py. Word lists: words.json.

-- name: doubles_by_name
SELECT n, 'z' || zip AS contact, in_turn(first, last) AS who FROM leads WHERE zip IS NOT NULL AND first IS NOT NULL
UNION ALL
SELECT n, 'd' || house || ' ' || root, last FROM leads WHERE house IS NOT NULL AND root IS NOT NULL
UNION ALL
SELECT n, 'd' || house || ' ' || root, first FROM leads WHERE house IS NOT NULL AND root IS NOT NULL

-- name: doubles_by_contact
-- {column}: phone or email, {free} that few share it; then any name is of the same people. {doubles_by_contacts}: this
-- part for both.
SELECT n, 'c' || {column} AS contact, '' AS who FROM leads WHERE {column} IS NOT NULL AND {free}

-- name: one_back
-- Repeated submissions have the same contact, or address and name, follow within days, and do not name another house
-- or ask for another kind of work. "Not sure" and "free estimate" fit any that is known.
CREATE OR REPLACE TABLE one_back AS
WITH contacts AS MATERIALIZED (
        SELECT c.*, l.seen_at, l.service, l.trade, l.subject, l.house
        FROM ({doubles_by_name} UNION ALL {doubles_by_contacts}) c JOIN leads l ON l.n = c.n
        WHERE l.seen_at IS NOT NULL AND who IS NOT NULL
    ),
    again AS (SELECT contact, who FROM contacts GROUP BY contact, who HAVING count(*) > 1)
SELECT n, arg_min(start, (since, start)) AS root FROM (
    SELECT n, first_value(n) OVER (PARTITION BY contact, who, run ORDER BY seen_at, n) AS start,
        first_value(seen_at) OVER (PARTITION BY contact, who, run ORDER BY seen_at, n) AS since FROM (
        SELECT *, sum(fresh) OVER (PARTITION BY contact, who ORDER BY seen_at, n) AS run FROM (
            SELECT *, CASE WHEN seen_at - lag(seen_at) OVER same <= INTERVAL {duplicate_days} DAY
                AND coalesce(house = lag(house) OVER same, true)
                AND (coalesce(service = lag(service) OVER same, true)
                    OR coalesce((subject & lag(subject) OVER same) <> 0, (trade & lag(trade) OVER same) <> 0,
                        (trade IS NULL) <> (lag(trade) OVER same IS NULL)))
                THEN 0 ELSE 1 END AS fresh
            FROM contacts SEMI JOIN again USING (contact, who)
            WINDOW same AS (PARTITION BY contact, who ORDER BY seen_at, n)
        )
    )
) GROUP BY n

-- name: doubles
-- If A repeats B by phone and B repeats C by email, C has the claim of all three.
CREATE OR REPLACE TABLE doubles AS
SELECT a.n, coalesce(c.root, b.root, a.root) AS root FROM one_back a
LEFT JOIN one_back b ON b.n = a.root LEFT JOIN one_back c ON c.n = b.root

-- name: lead_rules
-- A lead that is excluded has no claim that others could repeat.
CREATE OR REPLACE TABLE lead_rules AS
WITH rules AS MATERIALIZED (SELECT n, CASE
    WHEN l.marked_test THEN 'marked as a test'
    WHEN len(l.words) > 0 AND list_has_any(l.words, [{test_marks_list}])
        AND (len(list_filter(l.words, lambda w: NOT list_contains([{test_names_list}], w))) = 0
            OR list_contains([{test_marks_list}], l.words[1]))
        THEN 'a test by its name'
    WHEN regexp_matches(split_part(l.email_text, '@', 1), '^(test|testing|tester|asdf+)[0-9]*$')
        AND (l.phone1 IS NULL AND (l.house IS NULL OR l.root IS NULL) OR l.last IS NULL)
        THEN 'a test by its email'
    WHEN regexp_matches(l.phrase, '(^| )({test_messages})( |$)')
        THEN 'a test by its message'
    WHEN regexp_matches(concat_ws(' ', l.phrase, l.service), '(^| )({follow_ups})( |$)')
        THEN 'it asks about an existing appointment, estimate or bill'
    WHEN list_contains([{spam_list}], l.status) THEN 'marked as ' || l.status
END AS why FROM leads l)
SELECT l.n, CASE WHEN first.why IS NULL THEN coalesce(d.root, l.n) ELSE l.n END AS root, l.why
FROM rules l LEFT JOIN doubles d ON d.n = l.n LEFT JOIN rules first ON first.n = d.root ORDER BY l.n

-- name: routine_services
-- routine_services (filed, by_name): services that customers have again and again at one place, by their name, or
-- because their visits are on average more than {apart} days apart, such as a quarterly treatment.
CREATE OR REPLACE TABLE routine_services AS
SELECT filed, bool_or(by_name) AS by_name FROM (SELECT service AS filed, false AS by_name FROM (
    SELECT service, count(*) AS visits, datediff('day', min(seen_on), max(seen_on)) AS days FROM jobs
    WHERE service IS NOT NULL AND phone1 IS NOT NULL AND NOT phone_shared GROUP BY service, phone1, spot
) GROUP BY service HAVING sum(visits) >= {least_visits}
    AND sum(CASE WHEN days > {apart} * (visits - 1) THEN visits - 1 ELSE 0 END) / sum(visits) >= {routine_share}
UNION
SELECT DISTINCT service, true FROM jobs WHERE regexp_matches(service, '{routine}')) GROUP BY filed

-- name: callback_services
-- callback_services (filed): services of visits that correct earlier work.
CREATE OR REPLACE TABLE callback_services AS
SELECT filed FROM (SELECT DISTINCT service AS filed FROM jobs) WHERE is_callback(filed)

-- name: of_same_people
-- The visits with each time of {rows} of the same people.
SELECT c.n, c.seen_at, x.seen_at AS other_at FROM visits c
    JOIN {rows} x ON x.phone1 = c.phone1 AND NOT x.phone_shared
UNION ALL
SELECT c.n, c.seen_at, x.seen_at FROM visits c JOIN {rows} x ON x.email1 = c.email1 AND NOT x.email_shared
UNION ALL
SELECT c.n, c.seen_at, x.seen_at FROM visits c
    JOIN {rows} x ON x.house = c.house AND x.root = c.root AND x.unit IS NOT DISTINCT FROM c.unit

-- name: asked
-- asked_{visits} (n): visits of {visits}_services within {days} days after a request of the same people, without
-- other work in between. A customer who was served before the request asked for them. The clocks of the two files may be
-- {clock_hours} hours apart. {requests}, {work}: of_same_people, of each.
CREATE OR REPLACE TABLE asked_{visits} AS
WITH visits AS MATERIALIZED (
        SELECT n, seen_at, phone1, email1, house, root, unit FROM jobs SEMI JOIN {visits}_services ON filed = service
    ),
    requests AS (SELECT l.* FROM leads l SEMI JOIN lead_rules x ON x.n = l.n AND x.why IS NULL),
    work AS (
        SELECT j.* FROM jobs j ANTI JOIN callback_services c ON c.filed = j.service
        ANTI JOIN routine_services r ON r.filed = j.service
    ),
    asked AS MATERIALIZED (
        SELECT DISTINCT n, seen_at, other_at AS asked_at FROM ({requests})
        WHERE datediff('day', other_at, seen_at) BETWEEN 0 AND {days}
    ),
    served AS (
        SELECT a.n, a.asked_at FROM ({work}) w JOIN asked a ON a.n = w.n
            AND other_at BETWEEN asked_at - INTERVAL {clock_hours} HOUR AND a.seen_at
    )
SELECT DISTINCT n FROM asked ANTI JOIN served USING (n, asked_at)

-- name: job_rules
-- A visit that the office files as a callback corrects earlier work, and a routine visit of a customer who had one
-- before belongs to a plan, unless someone asked for it. Weekly visits, by their name, follow any request.
CREATE OR REPLACE TABLE job_rules AS
SELECT n, why, out FROM (
    SELECT n, 'the job is ' || status AS why, {out} AS out FROM jobs
    WHERE is_canceled(status)
    UNION ALL
    SELECT n, 'the job is a callback', true FROM jobs SEMI JOIN callback_services ON filed = service
    ANTI JOIN asked_callback USING (n) WHERE NOT is_canceled(status)
    UNION ALL
    SELECT n, 'the job is a routine visit, as this customer had before', true FROM (
        SELECT n, status, by_name, seen_on - lag(seen_on) OVER (PARTITION BY phone1, service, spot ORDER BY seen_at, n) AS days
        FROM jobs JOIN routine_services x ON x.filed = service ANTI JOIN callback_services y ON y.filed = service
        WHERE phone1 IS NOT NULL AND NOT phone_shared
    ) WHERE days <= {routine_days} AND NOT is_canceled(status)
        AND (by_name OR n NOT IN (SELECT n FROM asked_routine))
) ORDER BY n;
DROP TABLE asked_callback;
DROP TABLE asked_routine;
DROP TABLE callback_services

-- name: part_requests
-- Submissions that were taken for one request are separate if this office files for each what it hardly ever files
-- for the other. Needs habits and asks.
CREATE OR REPLACE TABLE parted AS
WITH fits AS (SELECT asked, filed, fit FROM habits WHERE what = 'service'),
    tops AS (SELECT asked, arg_max(filed, (fit, filed)) AS filed FROM fits WHERE fit >= {often} GROUP BY asked)
SELECT x.n FROM lead_rules x JOIN asks a ON a.n = x.n JOIN asks b ON b.n = x.root
JOIN tops t ON t.asked = a.asked JOIN tops u ON u.asked = b.asked
JOIN fits f ON f.asked = a.asked AND f.filed = u.filed AND f.fit <= {seldom}
JOIN fits g ON g.asked = b.asked AND g.filed = t.filed AND g.fit <= {seldom}
WHERE x.root <> x.n;
UPDATE lead_rules SET root = n WHERE n IN (SELECT n FROM parted);
DROP TABLE parted
