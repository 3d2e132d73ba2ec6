-- Links that are proven: our reference in the office's records, or IDs that connect one record to the next. Needs
-- leads, jobs and, with bookings, raw_bookings. {window_days} and {tolerance_days}: how long after and before its
-- lead a job may be opened. {phrases}: `phrases_of_jobs`, or `phrases_of_bookings` too.

-- name: phrases_of_jobs
SELECT n, concat_ws(' ', message, reference) AS phrase, lead_id, booking FROM jobs

-- name: phrases_of_bookings
{phrases_of_jobs}
UNION ALL
SELECT j.n, concat_ws(' ', b.message, b.reference), b.lead, b.id FROM raw_bookings b JOIN jobs j ON j.id = b.job
UNION ALL
SELECT j.n, concat_ws(' ', b.message, b.reference), b.lead, b.id FROM raw_bookings b JOIN jobs j ON j.booking = b.id

-- name: phrases
CREATE OR REPLACE TABLE phrases AS {phrases}

-- name: names_of_leads
-- Everything by which a record can name a lead.
CREATE OR REPLACE TABLE names_of_leads AS
SELECT n, 'our reference is in the job' AS how,
    regexp_extract(lower(concat_ws(' ', id, reference)), 'st-ready:[0-9a-f]{16}') AS mark FROM leads
UNION ALL
SELECT n, 'our spoken code is in the job',
    translate(regexp_replace(upper(coalesce(code, '')), '^PTJ|[^0-9A-Z]', '', 'g'), 'ILO', '110') FROM leads
    WHERE code IS NOT NULL
UNION ALL
SELECT n, 'the job names the lead', 'lead:' || id FROM leads
UNION ALL
SELECT n, 'lead and job have the same booking ID', 'booking:' || booking FROM leads WHERE booking IS NOT NULL

-- name: marks
-- Every mention of a lead in a job or in its booking. A spoken code may be written with I, L and O for 1, 1 and 0.
CREATE OR REPLACE TABLE marks AS
SELECT DISTINCT l.n AS l, s.n AS r, l.how FROM (
    SELECT n, unnest(regexp_extract_all(lower(phrase), 'st-ready:[0-9a-f]{16}')) AS mark FROM phrases
    WHERE contains(lower(phrase), 'st-ready:')
    UNION ALL
    SELECT n, translate(regexp_replace(
        unnest(regexp_extract_all(upper(phrase),
            '(?:^|[^A-Z0-9])PTJ[ -]?([0-9A-HJKMNP-TV-ZILO]{3}[ -]?[0-9A-HJKMNP-TV-ZILO]{4})(?:[^A-Z0-9]|$)', 1)),
        '[^0-9A-Z]', '', 'g'), 'ILO', '110')
    FROM phrases WHERE contains(upper(phrase), 'PTJ')
    UNION ALL SELECT n, 'lead:' || lead_id FROM phrases WHERE lead_id IS NOT NULL
    UNION ALL SELECT n, 'booking:' || booking FROM phrases WHERE booking IS NOT NULL
) s JOIN names_of_leads l ON l.mark = s.mark AND l.mark <> '' ORDER BY 1, 2, 3

-- name: mentions
-- Jobs that name a lead, how many leads they name, and why that does not prove the link.
CREATE OR REPLACE TABLE told AS
SELECT *, count(*) OVER (PARTITION BY r) AS leads,
    CASE WHEN lag < -{tolerance_days} THEN 'the job was opened before the lead'
        WHEN lag > {window_days} THEN 'the job is outside the attribution window'
    END AS why_not
FROM (
    SELECT m.l, m.r, min(m.how) AS how, any_value(datediff('day', leads.seen_on, jobs.seen_on)) AS lag
    FROM marks m JOIN leads ON leads.n = m.l JOIN jobs ON jobs.n = m.r GROUP BY m.l, m.r
)

-- name: certain
-- The lead came first, and the job names no other.
CREATE OR REPLACE TABLE certain AS SELECT l, r, how FROM told
WHERE why_not IS NULL AND leads = 1 ORDER BY l, r

-- name: remarks
-- Jobs that name a lead without proving the link, by row number.
SELECT j.row, CASE WHEN t.why_not IS NOT NULL THEN 'It names lead ' || l.id || ', but ' || t.why_not || '.'
    ELSE 'It names ' || t.leads || ' leads, so none is certain.' END
FROM told t JOIN jobs j ON j.n = t.r JOIN leads l ON l.n = t.l
WHERE t.why_not IS NOT NULL OR t.leads > 1 ORDER BY 1, 2 LIMIT 1000
