-- The rows as read: raw_leads, raw_jobs and so on, one per line of the file, completed by the other files, and the
-- remarks on them. {kind}: the file. {other}, {column}: a file and the column that names its rows. {named_rows}: the
-- most rows of one remark.

-- name: parse_dates
-- Adds `seen_at` and `odd_date`, with the month first, and `tidy`, which is null for ISO dates.
CREATE OR REPLACE TABLE raw_{kind} AS SELECT *, parsed_when(created, tidy, false) AS seen_at,
    coalesce(day_first(tidy) AND seen_at IS NOT NULL, false) AS odd_date
FROM (SELECT *, loose_when(created) AS tidy FROM raw_{kind})

-- name: parse_dates_day_first
-- Reads them again, for a file with the day first. ISO dates stay.
UPDATE raw_{kind} SET seen_at = parsed_when(created, tidy, true), odd_date = false WHERE tidy IS NOT NULL

-- name: state_utc
-- The heading of the times names UTC, so each states it.
UPDATE raw_{kind} SET created = created || ' UTC' WHERE offset_of(created) IS NULL

-- name: day_first_dates
-- How many dates can only be read with the day first, and how many only with the month first; an example. A date that
-- does not exist shows neither.
SELECT count(*) FILTER (WHERE days), count(*) FILTER (WHERE months), min(created) FILTER (WHERE days) FROM (
    SELECT created, day_first(tidy) AS days, month_first(tidy) AS months FROM raw_{kind}
    WHERE tidy IS NOT NULL AND seen_at IS NOT NULL
)

-- name: note_contact
-- The person at the place of the work is noted like one in the notes.
UPDATE raw_{kind} SET message = concat_ws(' / ', message, 'contact ' || contact) WHERE contact IS NOT NULL

-- name: note_recall
-- A column marks free corrections, so their services are those of callbacks.
UPDATE raw_{kind} SET service = concat_ws(' ', service, 'callback')
WHERE regexp_matches(lower(recall), '^\s*(y|yes|true|t|1|x|recall|warranty|warr|callback|cb)\b')

-- name: use_service_street
-- The place of the work is the address, and the other one, such as that of an owner, is another address.
UPDATE raw_{kind} SET street = service_street, other_street = street, unit = NULL, city = NULL, zip = NULL
WHERE regexp_matches(service_street, '[0-9] ')

-- name: forget_future_dates
-- A date after tomorrow is treated as missing: a planned visit, or a typing error, shows nothing about time.
UPDATE raw_{kind} SET seen_at = NULL WHERE seen_at > ?::DATE + 1

-- name: stated_clock
-- stated_clock (known): whether each time of leads and jobs states its offset from UTC.
CREATE OR REPLACE TABLE stated_clock AS
SELECT count(*) > 0 AND coalesce(bool_and(offset_of(created) IS NOT NULL), false) AS known FROM (
    SELECT created FROM raw_leads UNION ALL SELECT created FROM raw_jobs
) WHERE created IS NOT NULL

-- name: align_clocks
-- A site that stores UTC and an office that stores local time then show one clock: the office's usual one.
UPDATE raw_{kind} SET seen_at = seen_at
    + to_minutes((SELECT mode(offset_of(created)) FROM raw_jobs) - offset_of(created))
WHERE created IS NOT NULL AND (SELECT known FROM stated_clock)

-- name: add_bookings
-- A booking adds contacts, and it was made when the customer asked, so its date counts if it is earlier.
CREATE OR REPLACE TABLE raw_jobs AS
SELECT j.* REPLACE (
    concat_ws(' / ', j.phone, b.phone) AS phone, concat_ws(' / ', j.email, b.email) AS email,
    coalesce(j.first, b.first) AS first, coalesce(j.last, b.last) AS last, coalesce(j.name, b.name) AS name,
    coalesce(j.street, b.street) AS street, coalesce(j.unit, b.unit) AS unit, coalesce(j.city, b.city) AS city,
    coalesce(j.zip, b.zip) AS zip, coalesce(j.created, b.created) AS created,
    least(j.seen_at, b.seen_at) AS seen_at
)
FROM raw_jobs j LEFT JOIN (
    SELECT job_row, any_value(phone ORDER BY row) AS phone, any_value(email ORDER BY row) AS email,
        any_value(first ORDER BY row) AS first, any_value(last ORDER BY row) AS last,
        any_value(name ORDER BY row) AS name, any_value(street ORDER BY row) AS street,
        any_value(unit ORDER BY row) AS unit, any_value(city ORDER BY row) AS city, any_value(zip ORDER BY row) AS zip,
        any_value(created ORDER BY row) AS created, min(seen_at) AS seen_at FROM (
        SELECT k.row AS job_row, b.* FROM raw_jobs k JOIN raw_bookings b ON b.job = k.id
        UNION
        SELECT k.row, b.* FROM raw_jobs k JOIN raw_bookings b ON k.booking = b.id
    ) GROUP BY job_row
) b ON b.job_row = j.row

-- name: add_invoices
-- An invoice names the customer, and gives its date, if the job has none. The job's total is that of its invoices.
CREATE OR REPLACE TABLE raw_jobs AS
SELECT j.* REPLACE (coalesce(j.customer, i.customer) AS customer, coalesce(j.created, i.created) AS created,
    coalesce(i.total, j.total) AS total,
    CASE WHEN j.created IS NULL THEN coalesce(j.seen_at, i.seen_at) ELSE j.seen_at END AS seen_at)
FROM raw_jobs j LEFT JOIN (
    SELECT job, any_value(customer ORDER BY row) AS customer, min(seen_at) AS seen_at,
        any_value(created ORDER BY row) AS created, CAST(sum(amount_of(total)) AS VARCHAR) AS total
    FROM raw_invoices WHERE job IS NOT NULL GROUP BY job
) i ON i.job = j.id

-- name: name_channels
-- A lead without a campaign has its channel as one, such as a marketplace, if the office files jobs under it.
UPDATE raw_leads SET campaign = channel WHERE campaign IS NULL
    AND plain(channel) IN (SELECT DISTINCT plain(campaign) FROM raw_jobs WHERE campaign IS NOT NULL)

-- name: add_no_customers
CREATE OR REPLACE VIEW raw_jobs_filled AS SELECT * FROM raw_jobs

-- name: add_customers
-- Completes jobs with data from their customer's record. Values of the job take precedence.
CREATE OR REPLACE TABLE raw_jobs_filled AS
SELECT j.* EXCLUDE (first, last, name, street, other_street, unit, city, zip, phone, email),
    concat_ws(' / ', j.phone, c.phone) AS phone, concat_ws(' / ', j.email, c.email) AS email,
    CASE WHEN {named} THEN j.first ELSE c.first END AS first, CASE WHEN {named} THEN j.last ELSE c.last END AS last,
    CASE WHEN {named} THEN j.name ELSE c.name END AS name,
    CASE WHEN {placed} THEN j.street ELSE c.street END AS street,
    CASE WHEN {placed} THEN coalesce(j.other_street, c.street) ELSE j.other_street END AS other_street,
    CASE WHEN {placed} THEN j.unit ELSE c.unit END AS unit,
    CASE WHEN {placed} THEN j.city ELSE c.city END AS city, CASE WHEN {placed} THEN j.zip ELSE c.zip END AS zip
FROM raw_jobs j LEFT JOIN (
    SELECT id, any_value(first ORDER BY row) AS first, any_value(last ORDER BY row) AS last,
        any_value(name ORDER BY row) AS name, any_value(street ORDER BY row) AS street,
        any_value(unit ORDER BY row) AS unit, any_value(city ORDER BY row) AS city, any_value(zip ORDER BY row) AS zip,
        string_agg(phone, ' / ' ORDER BY row) AS phone, string_agg(email, ' / ' ORDER BY row) AS email
    FROM raw_customers GROUP BY id
) c ON c.id = j.customer

-- name: named
(j.name IS NOT NULL OR j.last IS NOT NULL)

-- name: placed
(j.street IS NOT NULL)

-- name: odd_rows
-- Row numbers with a remark. Bound: today, or null.
SELECT 'It has no ID, so it was left out.' AS remark, row FROM raw_{kind} WHERE id IS NULL
UNION ALL
SELECT 'Its date cannot be read, so time is not compared.', row FROM raw_{kind}
WHERE created IS NOT NULL AND seen_at IS NULL
UNION ALL
SELECT 'It has no date, so time is not compared.', row FROM raw_{kind} WHERE created IS NULL
UNION ALL
SELECT 'Its date has the day first, unlike others; it was read that way.', row FROM raw_{kind} WHERE odd_date
UNION ALL
SELECT 'Its date is in the future, so time is not compared.', row FROM raw_{kind} WHERE seen_at > CAST(? AS DATE) + 1
UNION ALL
SELECT 'A cell contains a line break. Check for an unclosed quote.', row FROM raw_{kind}
WHERE contains(id, chr(10)) OR contains(created, chr(10)) OR contains(name, chr(10)) OR contains(phone, chr(10))
    OR contains(email, chr(10))
UNION ALL
SELECT 'A cell starts like a formula; it was read as text.', row FROM raw_{kind}
WHERE left(name, 1) IN ('=', '@') OR left(first, 1) IN ('=', '@') OR left(last, 1) IN ('=', '@')
    OR left(street, 1) IN ('=', '@') OR left(email, 1) IN ('=', '@') OR left(message, 1) IN ('=', '@')
UNION ALL
SELECT 'An earlier row has the same ID, so this row was left out.', row FROM raw_{kind} k
JOIN (SELECT id, min(row) AS top FROM raw_{kind} GROUP BY id HAVING count(*) > 1) t ON t.id = k.id WHERE row > top
ORDER BY row

-- name: rows_of_nothing
-- Rows that name a row of another file that is not there.
SELECT row FROM raw_{kind} k WHERE {column} IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM raw_{other} o WHERE o.id = k.{column}) ORDER BY row LIMIT {named_rows}

-- name: negative_totals
SELECT row FROM raw_{kind} WHERE regexp_matches(total, '^\s*(-|\()') ORDER BY row LIMIT {named_rows}

-- name: span
SELECT min(seen_on), max(seen_on) FROM {kind}

-- name: drop
DROP TABLE raw_{kind} CASCADE
