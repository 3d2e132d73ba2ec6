-- Normal forms of names, phones, emails, addresses, services and dates. Macros take and return text unless noted
-- otherwise, and return null for values without information. Each uses only earlier ones. Word lists ({titles}, or
-- {titles_list} quoted): words.json. {doubled}, {undoubled}, {right_hosts}, {ordinal}, {ordinals}, {trade_bits},
-- {subject_bits}, {action_bits}, {tidied}, {time_steps} and the formats of dates, {month_first}, {day_first} and
-- {worded}: macros.py.

-- name: texts
CREATE OR REPLACE MACRO folded(x) AS (lower(strip_accents(x)));
CREATE OR REPLACE MACRO plain(x) AS (nullif(trim(regexp_replace(folded(x), '[^a-z0-9]+', ' ', 'g')), ''));
CREATE OR REPLACE MACRO known(x) AS (CASE WHEN list_contains([{no_names_list}], x) THEN NULL ELSE x END);
-- "Smith, Bob" is Bob Smith; "O'Neil" is one word, "Smith-Jones" is two; titles and middle initials are ignored;
-- "J0nes" was misread from paper.
CREATE OR REPLACE MACRO spelled(x) AS (translate(folded(x), '01', 'ol'));
CREATE OR REPLACE MACRO turned(x) AS (
    CASE WHEN contains(x, ',') THEN regexp_replace(x, '^\s*([a-z'' \-]+),\s*([a-z][a-z'' .&\-]*)$', '\2 \1') ELSE x END
);
CREATE OR REPLACE MACRO name_words(x) AS (
    string_split(trim(regexp_replace(regexp_replace(regexp_replace(turned(spelled(x)),
        '[''\x{2019}`.]', '', 'g'), '[^a-z]+', ' ', 'g'), '\b({titles})\b', ' ', 'g')), ' ')
);
-- `plain_name` is the plain name.
CREATE OR REPLACE MACRO names_of(x, plain_name) AS (list_filter(name_words(
    CASE WHEN regexp_matches(plain_name, '[a-z]') AND known(plain_name) IS NOT NULL THEN x END), lambda w: w <> ''));
-- The person that the job's notes name, as in "Tenant Ana 480-555-0123" or "Ana will be home".
CREATE OR REPLACE MACRO named_in(x) AS (
    CASE WHEN regexp_matches(x, '\b(?:{callers}|will) ') THEN list_filter(
        regexp_extract_all(x, '\b(?:{callers}) ([a-z]{3,})', 1)
        || regexp_extract_all(x, '([a-z]{3,}) will (?:be|meet)', 1),
        lambda w: NOT list_contains([{no_given_list}], w)) ELSE [] END
);
-- "Meet at Robert Smith Park" names no one.
CREATE OR REPLACE MACRO without_places(x) AS (
    CASE WHEN regexp_matches(x, '\b(?:{places})\b')
    THEN regexp_replace(x, '\b(?:[a-z]+ ){1,2}(?:{places})\b', ' ', 'g') ELSE x END
);
CREATE OR REPLACE MACRO in_turn(a, b) AS (least(a, b) || '|' || greatest(a, b));
CREATE OR REPLACE MACRO two_of(words) AS (flatten(list_transform(words[1:-2], lambda a: list_transform(
    list_filter(words[2:], lambda b: b <> a), lambda b: in_turn(a, b)))));
-- The part of a name that survives most typos: its consonants, with doubled ones reduced to one. Few are doubled, and
-- to search for any takes less time than to replace each.
CREATE OR REPLACE MACRO consonants(x) AS (regexp_replace(x, '[^b-df-hj-np-tvxz]', '', 'g'));
CREATE OR REPLACE MACRO bones(x) AS (nullif(CASE WHEN regexp_matches(x, '{doubled}') THEN {undoubled} ELSE x END, ''))

-- name: phones
CREATE OR REPLACE MACRO typed_phones(x) AS (
    CASE WHEN regexp_matches(x, '^[0-9](\.[0-9]+)?[eE]\+?[0-9]+$')
    THEN [CAST(CAST(TRY_CAST(x AS DOUBLE) AS BIGINT) AS VARCHAR)]
    ELSE regexp_extract_all(regexp_replace(x, '\.0$', ''),
        '(?:\+?1[\s.\-]*)?\(?[0-9]{3}\)?[\s.\-/]*[0-9]{3}[\s.\-]*[0-9]{4}') END
);
CREATE OR REPLACE MACRO digits(x) AS (right(regexp_replace(x, '[^0-9]', '', 'g'), 10));
-- Numbers that people type to get past a required field: 000…, 555-555-5555, 123-456-7890.
CREATE OR REPLACE MACRO no_phone(x) AS (
    length(replace(x, left(x, 1), '')) = 0 OR length(replace(right(x, 7), right(x, 1), '')) = 0 OR x IN
    ('1234567890', '0123456789', '9876543210', '1231231234', '1112223333', '5551234567', '1234567899')
    OR left(x, 1) IN ('0', '1')
);
CREATE OR REPLACE MACRO phones_of(x) AS (
    list_filter(list_transform(typed_phones(x), lambda p: digits(p)), lambda p: length(p) = 10 AND NOT no_phone(p))
)

-- name: emails
-- "bob @gmail,com" is bob@gmail.com.
CREATE OR REPLACE MACRO mended_email(x) AS (
    regexp_replace(regexp_replace(lower(x), '\s*@\s*', '@'), '(@[a-z0-9\-]+)\s*[,;]\s*(com|net|org)\b', '\1.\2')
);
CREATE OR REPLACE MACRO typed_emails(x) AS (
    regexp_extract_all(mended_email(x), '[a-z0-9._%+''\-]+@[a-z0-9\-]+(?:\.[a-z0-9\-]+)+')
);
CREATE OR REPLACE MACRO host_of(x) AS (
    coalesce([{right_hosts}][list_position([{email_hosts_list}], split_part(x, '@', 2))], split_part(x, '@', 2))
);
CREATE OR REPLACE MACRO address_of(box, host) AS (
    CASE WHEN host = 'gmail.com' THEN replace(split_part(box, '+', 1), '.', '') ELSE split_part(box, '+', 1) END
    || '@' || host
);
-- The word before the top-level domain, as in mail.oakrentals.com. Its mailboxes belong to one firm, unless the host
-- is a public email provider.
CREATE OR REPLACE MACRO word_of_host(x) AS (regexp_extract(x, '([^.]*)(?:\.example)?\.[a-z]+$', 1));
CREATE OR REPLACE MACRO firm_of(x) AS (
    CASE WHEN NOT list_contains([{public_hosts_list}], word_of_host(x)) THEN replace(word_of_host(x), '-', '') END
);
CREATE OR REPLACE MACRO no_email(box, host) AS (box IN ({no_emails_list}) OR host IN ({no_email_hosts_list}));
-- Most cells have at most one address, whose `box` and `host` are known, and lists are slower than texts.
CREATE OR REPLACE MACRO emails_of(typed, box, host) AS (
    CASE WHEN typed IS NULL THEN NULL WHEN len(typed) > 1
    THEN list_transform(
        list_filter(list_transform(typed, lambda e: [split_part(e, '@', 1), host_of(e)]),
            lambda parts: NOT no_email(parts[1], parts[2])),
        lambda parts: address_of(parts[1], parts[2]))
    WHEN len(typed) = 0 OR no_email(box, host) THEN [] ELSE [address_of(box, host)] END
)

-- name: unit
(?:\b(?:{units})\b\.?:?\s*#?\s*|#\s*)([a-z]?-?[0-9]+[a-z]?|[a-z])\b

-- name: floor
\b([0-9]{1,2})(?:st|nd|rd|th) fl(?:oor|r)?\b

-- name: level
\b({levels})\b\s*$

-- name: any_unit
\b(?:{units})\b|#|\bfl|^\s*[a-z0-9]{1,4} +- |{level}

-- name: bare_unit
^\s*\S+ +(?:\S+ +)*[a-z0-9]{2,}\S* +(?:{street_types})\.? +([0-9]{1,4}[a-z]?|[a-z][0-9]{1,3})\s*$

-- name: lettered_road
\b((?:(?:state|county|co|cty|farm) )?(?:highway|hwy|route|rte)|(?:state|county|co|cty|farm) (?:road|rd)|cth|sth|cr|fr|sr)

-- name: zip
(?:[0-9]{5}(?:-?[0-9]{4})?)?\s*$

-- name: addresses
-- Few streets are numbered by a word. The suffix of a number is often left out: "8715 26 Ave".
CREATE OR REPLACE MACRO short_ordinals(x) AS (
    regexp_replace(CASE WHEN regexp_matches(x, '{ordinal}') THEN {ordinals} ELSE x END,
        '\b([0-9]+)(?:st|nd|rd|th)\b', '\1', 'g')
);
-- A unit at the end without a word for it, as in "2727 E 52nd St 40". A number after "County Road" is its name.
CREATE OR REPLACE MACRO has_bare_unit(line) AS (
    regexp_matches(line, '[0-9]{1,4}[a-z]?\s*$') AND regexp_matches(line, '{bare_unit}')
    AND NOT regexp_matches(line, '\b(?:{numbered_roads})\.? [a-z]?[0-9]+[a-z]?\s*$')
);
CREATE OR REPLACE MACRO street_part(x) AS (folded(split_part(x, ',', 1)));
-- The "Fl" in "Miami, FL 33101" is no floor, and "No" in "Fire No 5006" no unit.
CREATE OR REPLACE MACRO unit_text(x) AS (
    regexp_replace(folded(x), '^\s*(?:fn|fire (?:no|number))\b[.# ]*|\bfl\.? +[0-9]{5}\b', ' ', 'g')
);
CREATE OR REPLACE MACRO bare_floor(unit) AS (regexp_replace(unit, '^([0-9]+)f$', '\1'));
-- "801 - 2956 W Lake St" is unit 801 of number 2956. "2nd Fl", "Fl 2" and "2F" are one floor. {any_unit}: without it, no
-- other pattern of a unit can match. `line` is the tidy street, and `bare` whether it has a bare unit.
CREATE OR REPLACE MACRO unit_of(x, line, bare) AS (CASE WHEN bare OR regexp_matches(folded(x), '{any_unit}')
    THEN bare_floor(coalesce(
        nullif(regexp_extract(unit_text(x), '{unit}', 1), ''), nullif(regexp_extract(folded(x), '{floor}', 1), ''),
        nullif(regexp_extract(folded(x), '^\s*([a-z0-9]{1,4}) +- +[0-9]', 1), ''),
        nullif(left(regexp_extract(folded(x), '{level}', 1), 1), ''),
        CASE WHEN bare THEN regexp_extract(line, '{bare_unit}', 1) END)) END);
-- "70-47 34th St" and "70 47 34th St" are number 7047, as in Queens; "12-16 Elm St" are numbers 12 to 16, and "70 34th
-- St", "70 12 Mile Rd" and "70 7 Oaks Ln" are number 70.
CREATE OR REPLACE MACRO joined_house(line) AS (
    CASE WHEN NOT regexp_matches(line, '^\s*[0-9]{1,4}[ -][0-9]{1,4} ')
        OR regexp_matches(line, '^\s*[0-9]{1,4} (?:[0-9]{3,4} |[0-9] |[0-9]+ (?:{street_types}|mile|1/2)\b)') THEN line
    WHEN TRY_CAST(regexp_extract(line, '-([0-9]+)', 1) AS INT)
        - TRY_CAST(regexp_extract(line, '^\s*([0-9]+)', 1) AS INT) BETWEEN 2 AND 20
    THEN regexp_replace(line, '^\s*([0-9]+)-[0-9]+ ', '\1 ')
    ELSE regexp_replace(line, '^\s*([0-9]+)[ -]([0-9]+) ', '\1\2 ') END
);
-- "FN W 5006 Elbow Bay Rd (Elbow Lk)" is W5006 Elbow Bay Rd.
CREATE OR REPLACE MACRO tidy_street(line) AS (
    CASE WHEN regexp_matches(line, '[(]|^\s*(?:f|[nsew] |[0-9]{1,4}[ -][0-9])') THEN
        joined_house(regexp_replace(regexp_replace(regexp_replace(line, '\([^)]*\)?', ' ', 'g'),
            '^\s*(?:fn|fire (?:no|number))\b[.# ]*', ''), '^\s*([nsew]) ([0-9]{3,5}) ', '\1\2 '))
    ELSE line END
);
-- The tidy street without units and signs. `bare`: whether its last word is a unit.
CREATE OR REPLACE MACRO street_line(line, bare) AS (regexp_replace(
    CASE WHEN bare OR regexp_matches(line, '{any_unit}') THEN
        regexp_replace(regexp_replace(regexp_replace(regexp_replace(
            CASE WHEN bare THEN regexp_replace(line, ' \S+\s*$', '') ELSE line END,
            '^\s*[a-z0-9]{1,4} +- +([0-9])', '\1'), '{unit}', ' ', 'g'), '{floor}', ' '), '{level}', ' ')
    ELSE line END, '[^a-z0-9]+', ' ', 'g'));
-- N4512 and W204N11912 are rural house numbers; without the letter, they mean the same house.
CREATE OR REPLACE MACRO house_of(line) AS (
    nullif(ltrim(CASE WHEN regexp_matches(line, '^\s*[nsew][0-9]')
        THEN regexp_extract(line, '^\s*(?:[nsew][0-9]+)?[nsew]([0-9]+)\b', 1)
        ELSE regexp_extract(line, '^\s*([0-9]+)', 1) END, '0'), '')
);
-- "Cty Rd K" is County K; "State Hwy 17", "FR 17" and "WI-17" are 17; "State Highway MM" and "Route MM" are MM.
CREATE OR REPLACE MACRO highway(x) AS (
    CASE WHEN regexp_matches(x, '^(?:[a-z]{2,3}|c(?:ou)?nty|state|route|farm)( |$)') THEN regexp_replace(regexp_replace(x,
        '^(?:cty|cth|cnty|co|cr)( |$)', 'county\1'),
        '^(?:state|u s|farm(?: to market)?|route|rte|sth|[a-z]{2}) ([0-9]+)$|^(?:state|farm|route|rte|sth) (x?[a-z]{1,2})$', '\1\2')
    ELSE x END
);
-- In "Highway N", the letter is the name and no direction.
CREATE OR REPLACE MACRO lettered(line) AS (
    CASE WHEN regexp_matches(line, ' [nsew]\s*$') THEN regexp_replace(line, '{lettered_road} ([nsew])\s*$', '\1 x\2')
    ELSE line END
);
CREATE OR REPLACE MACRO root_words(line) AS (
    trim(regexp_replace(regexp_replace(short_ordinals(' ' || regexp_replace(lettered(line),
        '^\s*(?:[nsew][0-9]+)?[nsew]?[0-9]+[a-z]?\s', '') || ' '),
        '\b({street_noise})\b', '', 'g'), ' +', ' ', 'g'))
);
CREATE OR REPLACE MACRO root_of(words) AS (nullif(highway(words), ''));
-- An address in a text, as in "the job is at 370 E 4th St", unless the text is about the people next door.
CREATE OR REPLACE MACRO named_street(x) AS (
    CASE WHEN regexp_matches(x, '[0-9] ') AND NOT regexp_matches(folded(x), '\b(?:{nearby})\b')
    THEN nullif(regexp_extract(regexp_replace(folded(x), '{unit}', ' ', 'g'),
        '\b([nsew]?[0-9]{1,5}(?:-[0-9]{2})? (?:[a-z0-9.'']+ ){1,4}?(?:{street_types})\b)', 1), '') END
);
CREATE OR REPLACE MACRO spot_of(line, words) AS (house_of(line) || ' ' || root_of(words));
CREATE OR REPLACE MACRO zip_of(x) AS (
    nullif(regexp_extract(x, '([0-9]{5})(?:-?[0-9]{4})?\s*(?:,?\s*(?:usa|us|united states))?\s*$', 1, 'i'), '')
);
-- The city at the end of a line: before a state, or after the last comma.
CREATE OR REPLACE MACRO city_of(x) AS (
    nullif(trim(coalesce(nullif(regexp_extract(folded(x),
        '(?:^|,)\s*([a-z][a-z .''\-]{2,}?)[, ]+(?:{states})\.?[, ]*{zip}', 1), ''),
        regexp_extract(folded(x), ',\s*([a-z][a-z .''\-]{2,}?)[, ]*{zip}', 1))), '')
);
CREATE OR REPLACE MACRO padded_zip(x) AS (
    CASE WHEN regexp_matches(x, '^[0-9]{3,4}$') THEN lpad(x, 5, '0') ELSE zip_of(x) END
)

-- name: statuses
-- "Canceled - customer" and "Void - duplicate" are canceled.
CREATE OR REPLACE MACRO is_canceled(status) AS (coalesce(regexp_matches(status, '^\s*(?:{canceled})\b'), false));
-- A visit corrects earlier work by the name of its service. "Warranty registration" and "home warranty" do not.
CREATE OR REPLACE MACRO is_callback(service) AS (
    regexp_matches(service, '{callbacks}') AND NOT regexp_matches(service, '{no_callbacks}')
)

-- name: services
-- Bits, so that a text can name several.
CREATE OR REPLACE MACRO trade_of(x) AS (nullif(({trade_bits}), 0));
CREATE OR REPLACE MACRO subject_of(x) AS (nullif(({subject_bits}), 0));
CREATE OR REPLACE MACRO action_of(x) AS (nullif(({action_bits}), 0));
-- A word or two, such as "ac repair", is too common to be evidence.
CREATE OR REPLACE MACRO told_by(x, y) AS (CASE WHEN length(x) >= 12 THEN x WHEN length(y) >= 12 THEN y END);
-- How much likelier the job's service is if it came from the lead, as log-odds: the office's habit and, because a
-- habit needs many jobs of each type, the trades.
CREATE OR REPLACE MACRO kinship(lead_trade, job_trade, fit) AS (
    coalesce(fit, 0) + CASE WHEN (lead_trade & job_trade) <> 0 THEN 0.3
    WHEN (lead_trade & job_trade) = 0 THEN -1.5 ELSE 0 END
);
-- The natural log of how much larger a share of all `own` jobs is than of all `other` ones, at most `most`, as if
-- `even` more jobs of each had the common share.
CREATE OR REPLACE MACRO how_much_oftener(own, other, all_own, all_other, even, most) AS (
    round(greatest(-most, least(most, ln(
        (own + even * (own + other) / (all_own + all_other)) / (all_own + even)
        / ((other + even * (own + other) / (all_own + all_other)) / (all_other + even))))), 6)
);
-- A job continues earlier work by its notes or its service, such as "return with parts".
CREATE OR REPLACE MACRO continues_work(notes, service) AS (
    regexp_matches(concat_ws(' ', notes, service), '{continues}')
);
-- Whether a later job is a part of the same work as an earlier one; null if it names no other job.
CREATE OR REPLACE MACRO is_same_work(work, later_work, later) AS (
    CASE WHEN work = later_work THEN true WHEN later_work <> later THEN false END
);
-- Whether a request and a job share a rare word, another telling one, or none; null if either has none to share.
CREATE OR REPLACE MACRO shared_word(telling, rare, job_telling, job_rare) AS (
    CASE WHEN telling IS NULL OR job_telling IS NULL THEN NULL WHEN list_has_any(rare, job_rare) THEN 'rare'
    WHEN list_has_any(telling, job_telling) THEN 'some' ELSE 'none' END
);
-- The effect of a sign, limited to `most`. A sign that is shown, such as a shared word, never counts against a job.
CREATE OR REPLACE MACRO limited_sign(absent, fit, most) AS (
    round(CASE WHEN absent THEN greatest(-most, least(0, fit)) ELSE greatest(0, least(most, fit)) END, 6)
);
CREATE OR REPLACE MACRO fit_of(fits, sign, shown) AS (coalesce(fits[sign || ' ' || shown], 0));
-- Two jobs were opened in one call, such as one for each of several buildings. Dates without a time do not show it.
CREATE OR REPLACE MACRO opened_together(seen_at, other_seen_at) AS (
    coalesce(abs(datediff('minute', seen_at, other_seen_at)) <= 60 AND CAST(seen_at AS TIME) <> TIME '00:00:00'
        AND CAST(other_seen_at AS TIME) <> TIME '00:00:00', false)
);
-- Two jobs were opened together as far as their dates show it: if neither has a time, on one day.
CREATE OR REPLACE MACRO perhaps_together(seen_at, other_seen_at) AS (
    opened_together(seen_at, other_seen_at)
    OR coalesce(seen_at = other_seen_at AND CAST(seen_at AS TIME) = TIME '00:00:00', false)
);
-- Two jobs are at different places. Streets are compared loosely, because they are typed again.
CREATE OR REPLACE MACRO are_apart(house, root, unit, other_house, other_root, other_unit) AS (
    coalesce(house <> other_house OR unit <> other_unit
        OR jaro_winkler_similarity(root, other_root) < 0.86, false)
);
-- Two jobs are certainly at one place, down to the unit.
CREATE OR REPLACE MACRO at_one_place(house, root, unit, other_house, other_root, other_unit) AS (
    coalesce(house = other_house AND root = other_root AND unit IS NOT DISTINCT FROM other_unit, false)
)

-- name: amounts
-- "$1,250.00" is 1250; "(80.00)" is -80.
CREATE OR REPLACE MACRO amount_of(x) AS (
    TRY_CAST(regexp_replace(x, '[^0-9.]', '', 'g') AS DOUBLE)
    * CASE WHEN regexp_matches(x, '^\s*\$?\s*[(\-]') THEN -1 ELSE 1 END
);
-- A job costs far more than an earlier one, as the work after a free estimate does. Thirty dollars are added to both,
-- so that a small fee is not far more than nothing.
CREATE OR REPLACE MACRO costs_far_more(total, earlier) AS (
    greatest(total, 0) + 30 >= 20 * (greatest(earlier, 0) + 30)
);
-- A free visit after one that was not free corrects it, if its notes state that. "Home warranty" does not.
CREATE OR REPLACE MACRO is_correction(total, earlier, notes) AS (
    coalesce(total = 0 AND earlier > 0 AND regexp_matches(notes, '\b(?:{corrections})\b')
        AND regexp_matches(regexp_replace(notes, '\b(?:{no_corrections})\b', ' ', 'g'), '\b(?:{corrections})\b'), false)
)

-- name: numeric
regexp_matches(tidy, '^[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}')

-- name: dates
CREATE OR REPLACE MACRO iso_when(x) AS (
    TRY_CAST(regexp_replace(x, '\s*(Z|UTC|GMT|[+\-][0-9]{2}:?[0-9]{2})$', '') AS TIMESTAMP)
);
-- "Tue, 3rd Mar 26 at 2:15pm CST" is "3 Mar 2026 2:15 pm"; "3-Mar-26" is "3 Mar 2026"; "3.4.26" is "3/4/2026".
CREATE OR REPLACE MACRO tidy_when(x) AS (trim({tidied}));
CREATE OR REPLACE MACRO worded_when(x) AS (
    coalesce(TRY_STRPTIME(x, {month_first}), TRY_STRPTIME(x, {day_first}), TRY_STRPTIME(x, {worded}))
);
-- Seconds and milliseconds since 1970, and a spreadsheet's days since 1899.
CREATE OR REPLACE MACRO counted_when(x) AS (
    CASE WHEN regexp_matches(x, '^[0-9]{10}$') THEN make_timestamp(CAST(x AS BIGINT) * 1000000)
    WHEN regexp_matches(x, '^[0-9]{13}$') THEN make_timestamp(CAST(x AS BIGINT) * 1000)
    WHEN regexp_matches(x, '^[345][0-9]{4}(\.[0-9]+)?$') THEN TIMESTAMP '1899-12-30'
        + to_seconds(CAST(round(TRY_CAST(x AS DOUBLE) * 86400) AS BIGINT)) END
);
-- `tidy` is the result of `loose_when`, null for ISO dates; `days` is true if the day comes first.
CREATE OR REPLACE MACRO sure_when(x) AS (CASE WHEN x LIKE '____-__-__%' THEN iso_when(x) END);
CREATE OR REPLACE MACRO loose_when(x) AS (CASE WHEN sure_when(x) IS NULL THEN tidy_when(x) END);
CREATE OR REPLACE MACRO parsed_when(x, tidy, days) AS (
    CASE WHEN tidy IS NULL THEN sure_when(x) ELSE coalesce(counted_when(x),
        CASE WHEN days AND {numeric} THEN TRY_STRPTIME(tidy, {day_first}) END, worded_when(tidy)) END
);
CREATE OR REPLACE MACRO day_first(tidy) AS (
    {numeric} AND TRY_CAST(split_part(tidy, '/', 1) AS INTEGER) > 12
);
CREATE OR REPLACE MACRO month_first(tidy) AS (
    {numeric} AND TRY_CAST(split_part(tidy, '/', 2) AS INTEGER) > 12
);
-- Minutes by which a time with an offset is ahead of UTC; null without an offset.
CREATE OR REPLACE MACRO offset_of(x) AS (
    CASE WHEN regexp_matches(x, '[0-9]:[0-9]{2}.*(Z|UTC|GMT)$') THEN 0
    WHEN regexp_matches(x, '^[0-9\-]{10}.*[0-9]:[0-9]{2}.*[+\-][0-9]{2}:?[0-9]{2}$')
    THEN CASE regexp_extract(x, '([+\-])[0-9]{2}:?[0-9]{2}$', 1) WHEN '-' THEN -1 ELSE 1 END
        * (60 * CAST(regexp_extract(x, '([0-9]{2}):?[0-9]{2}$', 1) AS INTEGER) + CAST(right(x, 2) AS INTEGER)) END
);
-- Daylight saving time of the United States: from the second Sunday of March to the first of November.
CREATE OR REPLACE MACRO sunday_from(day) AS (day + CAST((7 - dayofweek(day)) % 7 AS INTEGER));
CREATE OR REPLACE MACRO is_summer(x) AS (
    CAST(x AS DATE) >= sunday_from(make_date(year(x), 3, 8)) AND CAST(x AS DATE) < sunday_from(make_date(year(x), 11, 1))
);
-- Hours from the standard time of a ZIP code to UTC, by its first digits, and whether its clocks never change.
CREATE OR REPLACE MACRO hours_of_zip(zip) AS (CASE
    WHEN left(zip, 3) IN ('967', '968') THEN 10 WHEN left(zip, 3) >= '995' THEN 9
    WHEN left(zip, 1) = '9' OR left(zip, 3) BETWEEN '889' AND '898' OR left(zip, 3) IN ('835', '838') THEN 8
    WHEN left(zip, 1) = '8' OR left(zip, 2) = '59' OR left(zip, 3) IN ('577', '691', '693', '798', '799') THEN 7
    WHEN left(zip, 1) IN ('5', '6', '7') OR left(zip, 2) IN ('35', '36') OR left(zip, 3) BETWEEN '370' AND '372'
        OR left(zip, 3) BETWEEN '380' AND '397' OR left(zip, 3) BETWEEN '420' AND '424'
        OR left(zip, 3) IN ('324', '325', '463', '464', '476', '477') THEN 6
    ELSE 5 END);
CREATE OR REPLACE MACRO has_no_summer(zip) AS (left(zip, 2) IN ('85', '86') OR left(zip, 3) IN ('967', '968'));
-- Five minutes are left for clocks that differ a little.
CREATE OR REPLACE MACRO is_before(lead_clock, job_clock) AS (
    coalesce(job_clock < lead_clock - INTERVAL 5 MINUTE, false)
);
CREATE OR REPLACE MACRO time_step(days) AS (CASE {time_steps} END)
