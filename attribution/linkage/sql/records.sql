-- leads and jobs, one row per record, in normal form. Columns of both: n (1, 2, … in order of ID), id, row, seen_at,
-- clock (the same if it includes a time), first, last, all words of the name, the full forms of the first name,
-- channel, phones, emails, house, root (the street without common spelling differences), unit, zip, trade, subject and
-- action (bits), service, campaign, the words of the request and of the job's notes, and whether many people share the
-- phone, email and address. {kind}: leads or jobs. {source}: the table read. {extras}: lead_extras or job_extras.
-- {other}: the other kind. {shared_by}: a phone or email with so many last names, or houses, is shared. {mass}: on more
-- records than this, a contact or an email host identifies no firm, unless so many of them have the same people that
-- their share is at most {few_people}. {firm_head}: leading letters of a firm's name and host that must be
-- equal. {text}: a column with words, {letters}: letters by which words are compared. {common_share}: see noted.
-- {known_days}: days in which the notes of a visit are known. {digits_of_id}, {digits_of_job_number},
-- {digits_of_original_job}: the digits of these columns, each from {column}; {most_visits}: visits in turn of one work.
-- {known_share}, {rare_share}: largest shares of the jobs that have a telling word, and a rare one. Macros: macros.sql.

-- name: given
-- Each first name with every name it may be short for. Bound: both lists.
CREATE OR REPLACE TABLE given AS SELECT unnest(?) AS name, unnest(?) AS names

-- name: lead_extras
    plain(channel) AS channel, plain(reference) AS ref_text, upper(code) AS code, booking, NULL AS lead_id,
    plain(message) AS phrase,
    coalesce(reference, '') AS reference,
    told_by(plain(message), plain(service)) AS wording, street_line(noted_text, false) AS noted_line,
    CAST(NULL AS VARCHAR[]) AS named, CAST(NULL AS DOUBLE) AS total, CAST(NULL AS VARCHAR) AS customer,
    CAST(NULL AS VARCHAR) AS job_number, CAST(NULL AS VARCHAR) AS project, CAST(NULL AS VARCHAR) AS original_job,
    (folded(test) IN ('true', 't', 'yes', 'y', '1', 'x', 'test')) AS marked_test, CAST(NULL AS VARCHAR) AS message

-- name: job_extras
    CAST(NULL AS VARCHAR) AS channel, NULL AS ref_text, NULL AS code, booking, lead AS lead_id, NULL AS phrase,
    coalesce(reference, '') AS reference,
    plain(message) AS wording, street_line(noted_text, false) AS noted_line, false AS marked_test, message,
    named_in(plain(message)) AS named,
    amount_of(total) AS total, customer, job_number, plain(project_number) AS project, original_job

-- name: own_phones
coalesce(phones_of(phone), [])

-- name: all_phones
-- A number in the notes, as in "Call tenant Ana 480-555-0123", is an additional contact of the record.
CASE WHEN regexp_matches(message, '[0-9]{4}') THEN {own_phones} || list_filter(coalesce(phones_of(message), []),
    lambda p: NOT list_contains({own_phones}, p)) ELSE {own_phones} END

-- name: staged
-- One row per ID, the first of the file, numbered by ID, so that the file's order has no effect.
SELECT n, s.* FROM (
    SELECT id, row, created, seen_at, lower(status) AS status, tenant,
        names_of(typed_name, plain_name) AS words, known(plain_name) AS full_name,
        phone, {all_phones} AS phones,
        emails_of(typed, box, host) AS emails, lower(trim(email)) AS email_text,
        street_line(place_text, bare) AS line,
        coalesce(unit_of(street, place_text, bare), unit_of(unit, '', false),
            bare_floor(plain(regexp_replace(folded(unit), '\b({units})\b', '')))) AS unit,
        coalesce(padded_zip(zip), zip_of(street)) AS zip, coalesce(plain(city), plain(city_of(street))) AS city,
        plain(service) AS service, plain(campaign) AS campaign, {extras}
    FROM (SELECT *, has_bare_unit(place_text) AS bare
        FROM (SELECT *, split_part(typed[1], '@', 1) AS box, host_of(typed[1]) AS host, plain(typed_name) AS plain_name,
                tidy_street(place) AS place_text, tidy_street(noted_place) AS noted_text
            FROM (SELECT *, typed_emails(email) AS typed, street_part(coalesce(street, '')) AS place,
                coalesce(CASE WHEN regexp_matches(other_street, '[0-9] ') THEN street_part(other_street) END,
                    named_street(message)) AS noted_place,
                coalesce(nullif(concat_ws(' ', first, last), ''), name) AS typed_name FROM {source})))
) s JOIN (
    SELECT row_number() OVER (ORDER BY id) AS n, min(row) AS row FROM {source} WHERE id IS NOT NULL GROUP BY id
) numbers ON numbers.row = s.row

-- name: meanings
-- meanings (phrase, trade, subject, action): the classification of each distinct service or request text. {source}:
-- the jobs.
CREATE OR REPLACE TABLE meanings AS
SELECT phrase, trade_of(phrase) AS trade, subject_of(phrase) AS subject, action_of(phrase) AS action FROM (
    SELECT DISTINCT plain(typed) AS phrase FROM (
        SELECT service AS typed FROM raw_leads UNION SELECT message FROM raw_leads UNION SELECT service FROM {source}
    )
) WHERE phrase IS NOT NULL

-- name: normal
-- "WHITE RHONDA" is Rhonda White: of two words, only the second is a first name. `turns`: each two words of the name
-- that may be a first and a last name, in alphabetical order, so that couples and names in reverse order can agree.
-- One statement, because writing and reading a table of the rows in between took an eighth of the time. In it, each
-- subquery names a text before a macro uses it several times: DuckDB would plan each copy of the text.
CREATE OR REPLACE TABLE {kind} AS
SELECT s.* EXCLUDE (sole), coalesce(g.names, s.sole) AS given,
    CASE WHEN len(words) > 1 THEN list_distinct(list_transform(coalesce(g.names, s.sole), lambda x: in_turn(x, last))
        || CASE WHEN len(words) > 2 THEN two_of(words) ELSE [] END) ELSE [] END AS turns,
    false AS phone_shared, false AS email_shared,
    false AS phone_mass, false AS email_mass, false AS wording_common, false AS address_shared,
    CAST(NULL AS VARCHAR[]) AS mentioned, CAST(NULL AS VARCHAR[]) AS text_names,
    coalesce(v.trade, w.trade) AS trade, coalesce(v.subject, w.subject) AS subject,
    coalesce(v.action, w.action) AS action
FROM (
    SELECT * EXCLUDE (line, noted_line, root_words, noted_words, head, tail, head_consonants, tail_consonants),
        nullif(head, '') AS first, nullif(tail, '') AS last,
        coalesce(words[1:1], []) AS sole, coalesce(named, words[1:1], []) AS heard,
        bones(head_consonants) AS first_bones, bones(tail_consonants) AS last_bones,
        CAST(seen_at AS DATE) AS seen_on, CASE WHEN CAST(seen_at AS TIME) <> TIME '00:00:00' THEN seen_at END AS clock,
        house_of(line) AS house, root_of(root_words) AS root, spot_of(line, root_words) AS spot,
        spot_of(noted_line, noted_words) AS noted_spot,
        phones[1] AS phone1, emails[1] AS email1,
        CAST(NULL AS VARCHAR) AS firm, CAST(NULL AS VARCHAR) AS joined
    FROM (SELECT *, consonants(head) AS head_consonants, consonants(tail) AS tail_consonants,
            root_words(line) AS root_words, root_words(noted_line) AS noted_words FROM (
        SELECT *, CASE WHEN len(words) > 1 THEN words[1] ELSE '' END AS head, coalesce(words[-1], '') AS tail
        FROM (
            SELECT s.* REPLACE (CASE WHEN len(words) = 2 AND b.name IS NOT NULL AND a.name IS NULL
                THEN list_reverse(words) ELSE words END AS words)
            FROM ({staged}) s LEFT JOIN given a ON a.name = s.words[1] LEFT JOIN given b ON b.name = s.words[2]
        )
    ))
) s LEFT JOIN given g ON g.name = s.sole[1]
LEFT JOIN meanings v ON v.phrase = s.service LEFT JOIN meanings w ON w.phrase = s.phrase
ORDER BY n

-- name: foreign_phones
-- Numbers that match no US pattern.
SELECT DISTINCT phone FROM {kind} WHERE phone1 IS NULL AND phone LIKE '+%' ORDER BY phone LIMIT 50000

-- name: set_phones
-- Bound: the texts, and the numbers that the phone library found in them.
UPDATE {kind} SET phones = [o.number], phone1 = o.number FROM (SELECT unnest(?) AS typed, unnest(?) AS number) o
WHERE {kind}.phone = o.typed AND {kind}.phone1 IS NULL

-- name: office_zone
-- office_zone (utc, no_summer): the hours from the standard time of the places of work to UTC, and whether their clocks
-- never change.
CREATE OR REPLACE TABLE office_zone AS
SELECT mode(hours_of_zip(zip)) AS utc, mode(has_no_summer(zip)) AS no_summer FROM jobs WHERE zip IS NOT NULL

-- name: local_clocks
-- Times that state UTC become those of the office's time zone, unless leads and jobs all state their offset.
UPDATE {kind} SET clock = clock - to_hours(hours), seen_at = seen_at - to_hours(hours),
    seen_on = CAST(seen_at - to_hours(hours) AS DATE)
FROM (SELECT summer, utc - CASE WHEN summer AND NOT no_summer THEN 1 ELSE 0 END AS hours
    FROM office_zone, (VALUES (true), (false)) seasons(summer))
WHERE clock IS NOT NULL AND is_summer(clock) = summer AND offset_of(created) = 0
    AND NOT (SELECT known FROM stated_clock)

-- name: local_phones
-- Seven digits, as people write where nearly all have one area code, are of the office's most frequent one.
UPDATE {kind} SET phones = phones || numbers, phone1 = coalesce(phone1, numbers[1]) FROM (
    SELECT n, list_filter(list_transform(list_filter(list_transform(string_split(phone, '/'),
        lambda p: regexp_replace(regexp_extract(p, '^[^0-9]*[0-9]{3}[ .\-]?[0-9]{4}[^0-9]*$'), '[^0-9]', '', 'g')),
        lambda d: d <> ''), lambda d: area || d), lambda p: NOT no_phone(p)) AS numbers
    FROM {kind}, (SELECT mode(left(phone1, 3)) AS area FROM jobs)
    WHERE regexp_matches(phone, '(^|/)[^0-9/]*[0-9]{3}[ .\-]?[0-9]{4}[^0-9/]*(/|$)')
) local WHERE local.n = {kind}.n AND len(numbers) > 0

-- name: rename_roads
UPDATE leads SET root = known, spot = house || ' ' || known FROM road_names WHERE root = name;
UPDATE jobs SET root = known, spot = house || ' ' || known FROM road_names WHERE root = name

-- name: road_names
-- Roads with several names, such as "Old Mill Road" and "County Road 977": people give one number on both, in at least
-- {least_houses} houses. Records have the first one of these names, in alphabetical order.
CREATE OR REPLACE TABLE road_names AS
SELECT name, min(known) AS known FROM (
    SELECT name, known FROM (
        SELECT max(root) AS name, min(root) AS known, house FROM (
            SELECT phone1, house, root FROM leads UNION ALL SELECT phone1, house, root FROM jobs
        ) WHERE phone1 IS NOT NULL AND length(house) > 1 AND root IS NOT NULL
        GROUP BY phone1, house HAVING min(root) < max(root)
    ) GROUP BY name, known HAVING count(DISTINCT house) >= {least_houses}
) GROUP BY name;
{rename_roads};
{rename_roads};
DROP TABLE road_names

-- name: shared
-- shared (contact, mass): phones and emails that many people use.
CREATE OR REPLACE TABLE shared AS
WITH contacts AS MATERIALIZED (
        SELECT unnest(phones) AS contact, last, house FROM leads
        UNION ALL SELECT unnest(emails) AS contact, last, house FROM leads
        UNION ALL SELECT unnest(phones) AS contact, last, house FROM jobs
        UNION ALL SELECT unnest(emails) AS contact, last, house FROM jobs
    ),
    often AS (SELECT contact FROM contacts GROUP BY contact HAVING count(*) >= {shared_by})
SELECT contacts.contact, count(*) > {mass} AS mass
FROM contacts SEMI JOIN often ON often.contact = contacts.contact GROUP BY contacts.contact
HAVING count(DISTINCT last) >= {shared_by} OR count(DISTINCT house) >= {shared_by};
UPDATE leads SET phone_shared = true, phone_mass = mass FROM shared WHERE leads.phone1 = shared.contact;
UPDATE leads SET email_shared = true, email_mass = mass FROM shared WHERE leads.email1 = shared.contact;
UPDATE jobs SET phone_shared = true, phone_mass = mass FROM shared WHERE jobs.phone1 = shared.contact;
UPDATE jobs SET email_shared = true, email_mass = mass FROM shared WHERE jobs.email1 = shared.contact;
CREATE OR REPLACE TABLE buildings AS
SELECT spot FROM (
    SELECT spot, last FROM leads WHERE spot IS NOT NULL UNION ALL SELECT spot, last FROM jobs WHERE spot IS NOT NULL
) GROUP BY spot HAVING count(DISTINCT last) >= {shared_by};
UPDATE leads SET address_shared = true FROM buildings WHERE leads.spot = buildings.spot;
UPDATE jobs SET address_shared = true FROM buildings WHERE jobs.spot = buildings.spot;
DROP TABLE buildings

-- name: firms
-- The firm of an email host that few records have.
CREATE OR REPLACE TABLE firms AS
SELECT host, firm, left(firm, {firm_head}) AS head FROM (
    SELECT host, firm_of(host) AS firm FROM (SELECT host FROM (
        SELECT split_part(email1, '@', 2) AS host, email1, last FROM leads WHERE email1 IS NOT NULL
        UNION ALL SELECT split_part(email1, '@', 2), email1, last FROM jobs WHERE email1 IS NOT NULL
    ) GROUP BY host HAVING count(*) <= {mass}
        OR greatest(count(DISTINCT email1), count(DISTINCT last)) <= {few_people} * count(*))
) WHERE length(firm) >= {firm_head}

-- name: set_firms
-- `joined` is the name as one word, if some firm starts the same way.
UPDATE {kind} SET firm = f.firm FROM firms f WHERE split_part({kind}.email1, '@', 2) = f.host;
UPDATE {kind} SET joined = array_to_string(words, '')
WHERE left(array_to_string(words, ''), {firm_head}) IN (SELECT head FROM firms)

-- name: drop_firms
DROP TABLE firms

-- name: common_words
-- Requests whose words more than two leads, and more than one in a hundred, use.
UPDATE leads SET wording_common = true FROM (
    SELECT wording FROM leads WHERE wording IS NOT NULL GROUP BY wording
    HAVING count(*) > greatest(2, (SELECT count(*) FROM leads) / 100)
) often WHERE leads.wording = often.wording

-- name: text_names
-- Makes `text_names` of the records in `spoken`: each two words in turn of their text that are a name in the other file.
CREATE OR REPLACE TABLE known_turns AS
WITH turns AS (
    SELECT n, unnest(list_distinct(list_transform(words[:-2], lambda w, i: in_turn(w, words[i + 1])))) AS turn
    FROM (SELECT n, string_split(without_places({text}), ' ') AS words FROM {kind} SEMI JOIN spoken USING (n))
),
people AS (
    SELECT turn FROM (SELECT unnest(turns) AS turn, house FROM {other}) GROUP BY turn
    HAVING count(DISTINCT house) < {shared_by}
),
known AS (SELECT * FROM turns SEMI JOIN people USING (turn)),
few AS (
    SELECT turn FROM known GROUP BY turn HAVING count(*) <= greatest(3, {common_share} * (SELECT count(*) FROM {kind}))
)
SELECT n, list(turn ORDER BY turn) AS names FROM known SEMI JOIN few USING (turn) GROUP BY n;
UPDATE {kind} SET text_names = list_filter(names, lambda t: NOT list_contains({kind}.turns, t))
FROM known_turns WHERE known_turns.n = {kind}.n;
DROP TABLE known_turns

-- name: noted
-- spoken (n, word): the words of the notes that are first names of leads. Adds them to `heard` of the jobs. Words of more
-- than {common_share} of the records are no names of customers, or those of the office's own people. Nor are words such
-- as "will", "don" (don't) and "brown", nor names of places, such as "Robert Smith Park".
CREATE OR REPLACE TABLE spoken AS
SELECT n, word FROM (
    SELECT n, unnest(list_distinct(list_filter(string_split(without_places(wording), ' '),
        lambda w: length(w) > 2 AND w >= 'a'))) AS word FROM jobs WHERE wording IS NOT NULL
) SEMI JOIN (SELECT DISTINCT first AS word FROM leads WHERE NOT list_contains([{ordinary_words_list}], first))
USING (word);
CREATE OR REPLACE TABLE noted AS
WITH few AS (
    SELECT word FROM spoken GROUP BY word HAVING count(*) <= greatest(3, {common_share} * (SELECT count(*) FROM jobs))
)
SELECT n, list(word ORDER BY word) AS words FROM spoken SEMI JOIN few USING (word) GROUP BY n;
UPDATE jobs SET heard = list_distinct(heard || noted.words) FROM noted WHERE noted.n = jobs.n

-- name: mentioned
-- spoken (n, word): the words of the requests that are last names of jobs, as in "the seller is Koch". Makes `mentioned` of
-- these, and the last name of a job.
CREATE OR REPLACE TABLE spoken AS
SELECT n, word FROM (
    SELECT n, last, unnest(list_distinct(list_filter(string_split(without_places(phrase), ' '),
        lambda w: length(w) > 3 AND w >= 'a'))) AS word FROM leads WHERE phrase IS NOT NULL
) SEMI JOIN (SELECT DISTINCT last AS word FROM jobs WHERE NOT list_contains([{ordinary_words_list}], last)) USING (word)
WHERE word IS DISTINCT FROM last;
CREATE OR REPLACE TABLE noted AS
WITH few AS (
    SELECT word FROM spoken GROUP BY word HAVING count(*) <= greatest(3, {common_share} * (SELECT count(*) FROM leads))
)
SELECT n, list(word ORDER BY word) AS words FROM spoken SEMI JOIN few USING (word) GROUP BY n;
UPDATE leads SET mentioned = noted.words FROM noted WHERE noted.n = leads.n;
UPDATE jobs SET mentioned = [last] WHERE last IS NOT NULL AND EXISTS (FROM noted)

-- name: drop_spoken
DROP TABLE spoken;
DROP TABLE noted

-- name: known_callers
-- The notes of a visit name the caller, such as a tenant, an agent or a husband, and those of the next visits to the same
-- customer and place often name no one. Such visits, up to {known_days} days later, get the phones and names of the
-- earlier ones. Jobs that an office files under one customer for all have neither a place nor a phone in common.
UPDATE jobs SET phones = jobs.phones || list_filter(k.phones, lambda p: NOT list_contains(jobs.phones, p)),
    heard = jobs.heard || list_filter(k.heard, lambda w: NOT list_contains(jobs.heard, w)),
    text_names = CASE WHEN jobs.text_names IS NOT NULL OR len(k.text_names) > 0
        THEN list_sort(list_distinct(coalesce(jobs.text_names, []) || k.text_names)) END
FROM (
    SELECT later.n, list_sort(list_distinct(flatten(list(earlier.phones)))) AS phones,
        list_sort(list_distinct(flatten(list(earlier.heard)))) AS heard,
        flatten(list(coalesce(earlier.text_names, []))) AS text_names
    FROM jobs earlier JOIN jobs later ON later.customer = earlier.customer AND later.n <> earlier.n
        AND later.seen_on >= earlier.seen_on AND later.seen_on <= earlier.seen_on + {known_days}
        AND (later.spot = earlier.spot OR later.spot IS NULL AND earlier.spot IS NULL AND later.phone1 = earlier.phone1)
        AND later.unit IS NOT DISTINCT FROM earlier.unit
    WHERE len(earlier.phones) > len(later.phones) AND list_has_all(earlier.phones, later.phones)
    GROUP BY later.n
) k WHERE k.n = jobs.n

-- name: works
-- works (n, work): the jobs of one work, such as an installation in several visits, have its first job as `work`. A job
-- names an earlier one in its own column, or by its number in the notes, as in "see job 66023" or "see 23-1066", if both
-- are of the same customer or at one place, or it has the project number of an earlier one.
CREATE OR REPLACE TABLE works AS
WITH RECURSIVE numbers AS (
    SELECT number, min(n) AS n FROM (
        SELECT n, {digits_of_id} AS number FROM jobs UNION SELECT n, {digits_of_job_number} FROM jobs
    ) WHERE length(number) > 3 GROUP BY number HAVING count(DISTINCT n) = 1
),
named AS (
    SELECT n, unnest(regexp_extract_all(wording, '\b[0-9]{4,12}\b')) AS number, false AS by_column FROM jobs
    UNION ALL SELECT n, replace(unnest(regexp_extract_all(message, '[0-9]{1,4}-[0-9]{3,8}')), '-', ''), false FROM jobs
    UNION ALL SELECT n, {digits_of_original_job}, true FROM jobs WHERE original_job IS NOT NULL
),
found AS (
    SELECT j.n, max(k.n) AS parent FROM named JOIN numbers ON numbers.number = ltrim(named.number, '0')
    JOIN jobs j ON j.n = named.n JOIN jobs k ON k.n = numbers.n
    WHERE (k.seen_at, k.n) < (j.seen_at, j.n)
        AND (by_column OR k.customer = j.customer OR k.phone1 = j.phone1 OR k.spot = j.spot)
    GROUP BY j.n
    UNION ALL
    SELECT n, first FROM (
        SELECT n, first_value(n) OVER (PARTITION BY project, coalesce(customer, phone1, spot) ORDER BY seen_at, n) AS first
        FROM jobs WHERE regexp_matches(project, '[0-9]') AND seen_at IS NOT NULL
    ) WHERE first <> n
),
parents AS (SELECT n, min(parent) AS parent FROM found GROUP BY n),
firsts AS (
    SELECT n, parent AS work, 1 AS steps FROM parents
    UNION ALL SELECT f.n, p.parent, steps + 1 FROM firsts f JOIN parents p ON p.n = f.work WHERE steps < {most_visits}
)
SELECT n, arg_max(work, steps) AS work FROM firsts GROUP BY n
UNION SELECT parent, parent FROM parents ANTI JOIN parents p ON p.n = parents.parent

-- name: digits_of
ltrim(regexp_replace({column}, '[^0-9]', '', 'g'), '0')

-- name: words
-- words_of_KIND (n, word): the words of the column {text}, each by its first {letters} letters: "drain", "drained" and
-- "drains" are the same one. Numbers are left out: parts of phones and addresses are compared elsewhere.
CREATE OR REPLACE TABLE words_of_{kind} AS
SELECT n, unnest(list_distinct(list_transform(list_filter(string_split({text}, ' '), lambda w: length(w) > 2 AND w >= 'a'),
    lambda w: left(w, {letters})))) AS word FROM {kind} WHERE {text} IS NOT NULL

-- name: telling
-- telling (word, rare): words that at most {known_share} of the jobs with notes have, and whether at most {rare_share}.
CREATE OR REPLACE TABLE telling AS
SELECT word, count(*) <= {rare_share} * whole AS rare
FROM words_of_jobs, (SELECT count(*) AS whole FROM jobs WHERE wording IS NOT NULL)
GROUP BY word, whole HAVING count(*) <= {known_share} * whole

-- name: telling_of
-- telling_KIND (n, telling, rare): the telling words of each record, and the rare ones of these.
CREATE OR REPLACE TABLE telling_{kind} AS
SELECT n, list(word) AS telling, list(word) FILTER (rare) AS rare
FROM words_of_{kind} JOIN telling USING (word) GROUP BY n

-- name: drop_words
DROP TABLE words_of_leads;
DROP TABLE words_of_jobs;
DROP TABLE telling
