-- From scores to links. A job has at most one lead: the probabilities of all possible leads, and of none, add up to
-- one. A lead has one first job: the probabilities of the jobs that may be it, and of none, add up to one before trees
-- revise them. A later job of the same people in the window belongs to the first as often as such jobs do in this
-- office. {far}: log-odds beyond it change no label. {almost}: upper limit of a probability when jobs compete for a
-- lead. {focused}: a condition, for kept_jobs only. {kin_weight}: what kinship counts. {later_factor}: odds that a job
-- after another job of the same people is the first that came from the lead. {further}: log-odds that it belongs to
-- that job, in addition to what the office's files show; at most {most_further} are considered. {related}: log-odds
-- against another kind of work than at the first job; twice against another trade. {asked_weight}: factor of how often
-- the office files such a service for the request, which shows what first jobs are. {service_weight} and
-- {total_weight}: factors of how often the office files such a service, and such a total, on further jobs.
-- {correction}: against a free visit that corrects earlier work. {after_visit}: for work after an inspection or
-- maintenance. {no_install}: against work that installs nothing. {elsewhere} and {other_name}: against another place,
-- and another last name. {chained_weight}: factor of how often the service follows that of the first job.
-- {amount_weight}: factor of the log of its total in {usual_total} dollars, because small jobs are mostly other work;
-- {free_visit}: for a job without charge. {regular_weight}: factor of the log of the customer's jobs, which counts
-- against it. A job is a possible first one from {least_first} on. {least_source}: the most that another campaign
-- counts against further work, which the office often books itself. {who}: log-odds of the same people, from the
-- model's weights. {rivalry}: factor of the log-odds when leads compete. {platt_factor}, {platt_slope}: calibration by
-- the probability, and {platt_score} by the log-odds of the pair, from {least_score} to {most_score}. {matched_from},
-- {review_from}: limits of the labels. {least_doubtful}, {most_doubtful}, {most_revised}: limits of what the model's
-- trees revise, and of how much; {trees}: their sum, in log-odds; {added}: it for each doubtful share. {limit}: rows
-- that `read_doubtful` returns at most.

-- name: possible
-- Each submission and job that may be linked, with the lead that has the claim. `sure`: proven; `came`: limit of the
-- log-odds.
SELECT root AS l, r, via, logit, sure, came, firm, fit FROM (
    SELECT l AS via, r, logit, false AS sure, coalesce(came, {far}) AS came, firm,
        CASE WHEN gamma_service = -1 OR service_fit = 0 THEN NULL ELSE service_fit END AS fit FROM scored
    UNION ALL
    SELECT l, r, 99.0, true, {far}, false, NULL FROM certain
    UNION ALL
    SELECT l, r, 0.0, false, {far}, false, NULL FROM told WHERE why_not IS NULL AND leads > 1
) s JOIN lead_rules rules ON rules.n = s.via
WHERE rules.why IS NULL AND NOT EXISTS (SELECT 1 FROM job_rules WHERE job_rules.n = s.r AND out)
    {focused}

-- name: claims
-- For each lead and job the best of the lead's submissions. Only few leads have several rows per job; to aggregate all
-- took four times as long. `alone` is the probability that any lead of the job is right, times the lead's share of it.
CREATE OR REPLACE TABLE claims AS
WITH several AS (
    SELECT root AS l FROM lead_rules GROUP BY root HAVING count(*) > 1
    UNION SELECT root FROM told JOIN lead_rules ON lead_rules.n = told.l
),
merged AS (
    FROM ({possible}) ANTI JOIN several USING (l)
    UNION ALL
    SELECT l, r, arg_max(via, (logit, -via)) AS via, max(logit) AS logit, bool_or(sure) AS sure,
        arg_max(came, (logit, -via)) AS came, arg_max(firm, (logit, -via)) AS firm,
        arg_max(fit, (logit, -via)) AS fit
    FROM ({possible}) SEMI JOIN several USING (l) GROUP BY l, r
)
SELECT * EXCLUDE (limited, all_odds), all_odds / (1 + all_odds) * share AS alone FROM (
    SELECT *, sum(exp(limited) ORDER BY l) OVER (PARTITION BY r) AS all_odds,
        exp({rivalry} * limited) / sum(exp({rivalry} * limited) ORDER BY l) OVER (PARTITION BY r) AS share
    FROM (SELECT *, least({far}, logit) AS limited FROM merged)
)

-- name: best
-- The likeliest lead of each job. A late date makes it less likely that the job came from the lead, but not that it is
-- of the same people: the probability is at least the product of the two, and of the lead's share among all leads.
CREATE OR REPLACE TABLE best AS
WITH likeliest AS MATERIALIZED (
    SELECT *, 1 / (1 + exp(-came)) AS ever, count(*) OVER (PARTITION BY r) - 1 AS rivals FROM claims
    QUALIFY row_number() OVER (PARTITION BY r ORDER BY sure DESC, logit DESC, l) = 1
),
late AS (SELECT via, r, share, ever FROM likeliest WHERE alone < ever AND came < {far} AND NOT sure),
products AS (
    SELECT s.r, ever * share / (1 + exp(-({who}))) AS product
    FROM scored s JOIN late ON late.via = s.l AND late.r = s.r
)
SELECT l, r, via, sure, rivals, firm, fit, logit, alone, share, NOT sure AND alone - ever > 0.05 AS bounded,
    CASE WHEN sure THEN 1.0 ELSE greatest(least(alone, ever), coalesce(product, 0)) END AS p
FROM likeliest LEFT JOIN products USING (r)

-- name: offers
-- The calibrated odds of each job to be the lead's first one. If leads compete for the job, that any of them is right is
-- calibrated, and divided among them. The score of a job of the day before raises nothing.
CREATE OR REPLACE TABLE offers AS
WITH scaled AS (
    SELECT b.*, j.seen_at, j.seen_on, coalesce(j.service, '') AS filed, x.seen_on AS asked_on,
        kinship(x.trade, j.trade, {asked_weight} * b.fit) AS kin,
        {platt_factor} * pow(whole / (1 - whole), {platt_slope}) * exp({platt_score} * greatest({least_score},
            least(CASE WHEN j.seen_on < x.seen_on THEN 0 ELSE {most_score} END, logit))) AS any_odds
    FROM (SELECT *, least({almost}, p / share) AS whole FROM best) b JOIN jobs j ON j.n = b.r JOIN leads x ON x.n = b.l
)
SELECT * EXCLUDE (whole, any_odds, asked_on), any_odds * share / (1 + any_odds * (1 - share))
    * CASE WHEN count(*) FILTER (p >= 0.9 AND seen_on >= asked_on)
        OVER (PARTITION BY l ORDER BY seen_at, r ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) > 0
    THEN {later_factor} ELSE 1 END AS odds,
    row_number() OVER (PARTITION BY l ORDER BY seen_at, r) AS at
FROM scaled

-- name: following
-- Pairs of a lead's jobs: `follows` is the probability that the later one belongs to the first, and `odds` the
-- log-odds of that if both are certainly of the same people. `same_people`: probability that the later one is of the
-- lead's people, whenever it was. The first job's customer is known better than the lead: the office files both jobs
-- under one phone, or one name and house. Of jobs that only a firm's contacts connect, those at one place belong
-- together. Routine visits belong to no job.
CREATE OR REPLACE TABLE following AS
WITH later AS MATERIALIZED (
    SELECT a.l, a.r AS first, b.r AS later, b.via, b.share,
        perhaps_together(x.seen_at, y.seen_at)
            AND NOT are_apart(x.house, x.root, x.unit, y.house, y.root, y.unit) AS together,
        coalesce(list_has_any(x.phones, y.phones) AND NOT x.phone_shared AND NOT y.phone_shared, false)
        OR coalesce(x.email1 = y.email1 AND NOT x.email_shared, false)
        OR coalesce(x.last = y.last AND x.house = y.house AND x.root = y.root, false)
        OR at_one_place(x.house, x.root, x.unit, y.house, y.root, y.unit) AND NOT x.address_shared
        OR coalesce(x.customer = y.customer, false) AND opened_together(x.seen_at, y.seen_at) AS same_customer,
        f.came + {kin_weight} * (b.kin + greatest({least_source}, coalesce(o.fit, 0)))
            + {service_weight} * coalesce(c.fit, s.fit, 0) + {chained_weight} * greatest(0, coalesce(c.fit, 0)) + {further}
            + CASE WHEN y.total > 0 THEN {amount_weight} * ln((y.total + 30) / {usual_total})
                WHEN y.total <= 0 THEN {free_visit} ELSE 0 END
            - {regular_weight} * ln(greatest(2, coalesce(g.jobs, 0)) / 2)
            + fit_of(fits, 'together', opened_together(x.seen_at, y.seen_at))
            - CASE WHEN is_correction(y.total, x.total, y.wording) THEN {correction} ELSE 0 END
            + fit_of(fits, 'continues', continues_work(y.wording, y.service))
            + fit_of(fits, 'same_campaign', x.campaign = y.campaign)
            + fit_of(fits, 'same_work', is_same_work(coalesce(wx.work, x.n), wy.work, y.n))
            + {total_weight} * fit_of(fits, 'far_more', costs_far_more(y.total, x.total))
            + CASE WHEN x.action = 4 THEN {after_visit} ELSE 0 END
            - CASE WHEN (y.action & 1) = 0 THEN {no_install} ELSE 0 END
            + fit_of(fits, 'request_word', shared_word(tk.telling, tk.rare, ty.telling, ty.rare))
            + fit_of(fits, 'job_word', shared_word(tx.telling, tx.rare, ty.telling, ty.rare))
            - CASE WHEN (x.trade & y.trade) = 0 THEN 2 * {related} WHEN (x.subject & y.subject) = 0 THEN {related} ELSE 0 END
            - CASE WHEN are_apart(x.house, x.root, x.unit, y.house, y.root, y.unit)
                AND NOT opened_together(x.seen_at, y.seen_at) THEN {elsewhere} ELSE 0 END
            - CASE WHEN x.last <> y.last THEN {other_name} ELSE 0 END AS odds
    FROM offers a JOIN offers b ON b.l = a.l AND b.at > a.at AND b.at <= a.at + {most_further}
    JOIN follow_ups f ON f.step = time_step(datediff('day', a.seen_on, b.seen_on))
    JOIN jobs x ON x.n = a.r JOIN jobs y ON y.n = b.r LEFT JOIN further_services s ON s.filed = b.filed
    LEFT JOIN chained_services c ON c.first = coalesce(x.service, '') AND c.filed = b.filed
    LEFT JOIN sources o ON o.filed = coalesce(y.campaign, '')
    LEFT JOIN (SELECT customer, count(*) AS jobs FROM jobs GROUP BY customer) g ON g.customer = y.customer
    LEFT JOIN telling_leads tk ON tk.n = a.l LEFT JOIN telling_jobs tx ON tx.n = a.r
    LEFT JOIN telling_jobs ty ON ty.n = b.r LEFT JOIN works wx ON wx.n = a.r LEFT JOIN works wy ON wy.n = b.r
    CROSS JOIN sign_fits
    WHERE a.p >= {least_first} AND NOT b.sure
        AND (NOT a.firm AND NOT b.firm OR opened_together(x.seen_at, y.seen_at)
            OR at_one_place(x.house, x.root, x.unit, y.house, y.root, y.unit))
        AND NOT EXISTS (SELECT 1 FROM routine_services x WHERE x.filed = b.filed)
),
-- Jobs of one call that are not known to be at two places belong together, also with different work.
joined AS (
    SELECT * REPLACE (CASE WHEN together THEN greatest(odds, fit) ELSE odds END AS odds) FROM later, joined_visits
),
people AS (
    SELECT l AS via, r AS later, {who} AS who FROM scored SEMI JOIN later ON later.via = scored.l AND later.later = r
)
SELECT l, first, later, odds, same_customer, share / (1 + exp(-who)) AS same_people,
    least({almost}, CASE WHEN same_customer THEN 1 ELSE same_people END / (1 + exp(-odds))) AS follows
FROM joined JOIN people USING (via, later)

-- name: chains
-- A later job may continue another one than the first, such as an installation after a second estimate. It belongs to
-- the first as far as the jobs between do that it may continue, each by its odds.
CREATE OR REPLACE TABLE following AS
WITH links_between AS MATERIALIZED (SELECT l, first, later, follows, follows / (1 - follows) AS weight FROM following)
SELECT f.* REPLACE (least({almost}, coalesce(c.follows, 0)) AS follows) FROM following f JOIN (
    SELECT f.l, f.first, f.later, max(y.follows)
        * sum(y.weight * CASE WHEN y.first = f.first THEN 1 ELSE g.follows END ORDER BY y.first)
        / nullif(sum(y.weight ORDER BY y.first), 0) AS follows
    FROM links_between f JOIN links_between y ON y.l = f.l AND y.later = f.later
    LEFT JOIN links_between g ON g.l = f.l AND g.first = f.first AND g.later = y.first
    WHERE y.first = f.first OR g.follows IS NOT NULL
    GROUP BY f.l, f.first, f.later
) c USING (l, first, later)

-- name: shares
-- Each job competes with the others to be the first that came from the lead. Any later job belongs to the first with
-- the share that follow_ups has for this office, or is unrelated; the more surely it belongs to an earlier job, the
-- less it is the first itself.
CREATE OR REPLACE TABLE shares AS
WITH firsts AS (
    SELECT o.l, o.r, o.odds * exp(coalesce(sum(ln(1 - follows) ORDER BY first), 0)) AS weight
    FROM offers o LEFT JOIN following f ON f.later = o.r AND f.l = o.l GROUP BY o.l, o.r, o.odds
),
added AS (
    SELECT later, sum(weight * follows ORDER BY firsts.r) AS weight
    FROM following JOIN firsts ON firsts.r = following.first GROUP BY later
)
SELECT o.*, (w.weight + coalesce(a.weight, 0)) / (1 + sum(w.weight ORDER BY o.r) FILTER (NOT o.sure)
    OVER (PARTITION BY o.l)) AS shared
FROM offers o JOIN firsts w ON w.r = o.r LEFT JOIN added a ON a.later = o.r;
DROP TABLE offers

-- name: doubtful
-- The shares that are neither nearly certain nor nearly impossible, with what the model's trees read about them. `lag`,
-- `after_first` and `known` are days since the request, since the lead's first job, and from the customer's first job
-- to the request. `same_work` is 1 if the job is of one work with an earlier job of the lead, and -1 if it is of another
-- one. `further` and `chained` are fits of the service. `last_shared` is the probability of the lead's doubtful job before
-- this one, and 1 if there is none. `size` is the log of the number of leads.
CREATE OR REPLACE TABLE doubtful AS
SELECT s.l, s.r, ln(s.shared / (1 - s.shared)) AS stated, s.logit AS score, s.at AS place, s.share,
    coalesce(g.gamma_phone, -2) AS phone_step, coalesce(g.service_fit, 0) AS service_fit,
    coalesce(g.source_fit, 0) AS source_fit, datediff('minute', x.seen_at, s.seen_at) / 1440 AS lag,
    datediff('minute', f.seen_at, s.seen_at) / 1440 AS after_first, coalesce(o.odds, -{far}) AS follows,
    coalesce(fs.fit, 0) AS further, coalesce(cs.fit, 0) AS chained,
    lag(s.shared, 1, 1) OVER (PARTITION BY s.l ORDER BY s.at) AS last_shared,
    coalesce(first_job.campaign = y.campaign, false)::INTEGER AS same_campaign,
    CASE WHEN p.r IS NOT NULL THEN 1 WHEN w.work <> s.r THEN -1 ELSE 0 END AS same_work,
    coalesce(greatest(0, y.total), {usual_total}) AS total,
    coalesce(datediff('minute', c.since, x.seen_at) / 1440, 0) AS known, (SELECT ln(count(*)) FROM leads) AS size
FROM shares s JOIN shares f ON f.l = s.l AND f.at = 1 JOIN leads x ON x.n = s.via JOIN jobs y ON y.n = s.r
JOIN jobs first_job ON first_job.n = f.r
LEFT JOIN scored g ON g.l = s.via AND g.r = s.r LEFT JOIN works w ON w.n = s.r
LEFT JOIN (
    SELECT DISTINCT b.l, b.r FROM shares b JOIN works wb ON wb.n = b.r JOIN shares a ON a.l = b.l AND a.at < b.at
    LEFT JOIN works wa ON wa.n = a.r WHERE coalesce(wa.work, a.r) = wb.work
) p ON p.l = s.l AND p.r = s.r
LEFT JOIN following o ON o.l = s.l AND o.first = f.r AND o.later = s.r
LEFT JOIN further_services fs ON fs.filed = s.filed
LEFT JOIN chained_services cs ON cs.first = coalesce(first_job.service, '') AND cs.filed = s.filed
LEFT JOIN (SELECT customer, min(seen_at) AS since FROM jobs GROUP BY customer) c ON c.customer = y.customer
WHERE NOT s.sure AND s.shared BETWEEN {least_doubtful} AND {most_doubtful}
    AND x.seen_at IS NOT NULL AND s.seen_at IS NOT NULL AND f.seen_at IS NOT NULL

-- name: revise
-- The trees learned from businesses whose links are known, for example that a late job of a certain customer is less often
-- the outcome in an office that does not mark jobs from the web. They change the log-odds by at most {most_revised}, so the
-- probabilities of a lead's jobs, or of a job's leads, need not add up to one any more.
UPDATE shares SET shared = 1 / (1 + exp(-revised.odds)) FROM (
    SELECT l, r, stated + greatest(-{most_revised}, least({most_revised}, added)) AS odds FROM ({added})
) revised WHERE revised.l = shares.l AND revised.r = shares.r

-- name: added_by_sql
SELECT l, r, stated, {trees} AS added FROM doubtful

-- name: added
-- Bound: the columns as lists.
SELECT unnest(?) AS l, unnest(?) AS r, unnest(?) AS stated, unnest(?) AS added

-- name: read_doubtful
SELECT * FROM doubtful LIMIT {limit}

-- name: links
-- At most one row per job. `l` is the lead with the claim, `via` its best matching submission. `follow_up`: a further
-- job of the lead. The first one is certain, else the likeliest before jobs compete, else the earliest of equal ones:
-- a further job need not be later. It is never matched if another job of the lead is certain.
CREATE OR REPLACE TABLE links AS
SELECT l, r, via, p, sure, rivals, bounded, follow_up, CASE WHEN sure THEN 'certain'
    WHEN p >= {matched_from} AND NOT (follow_up AND proven) THEN 'matched'
    ELSE 'needs review' END AS label
FROM (
    SELECT l, r, via, sure, rivals, bounded, place > 1 AND NOT sure AS follow_up,
        bool_or(sure) OVER (PARTITION BY l) AS proven,
        place > 1 AND p >= 0.5 AS asked, round(CASE WHEN sure THEN 1 ELSE shared END, 6) AS p
    FROM (
        SELECT *, row_number() OVER (PARTITION BY l ORDER BY sure DESC, round(p, 2) DESC, seen_at, r) AS place
        FROM shares
    )
) WHERE asked OR p >= {review_from} ORDER BY l, r

-- name: further_links
-- The further jobs of leads, with the log-odds that their links state: what decisions can show about such jobs.
SELECT jobs.id, leads.id, ln(chance / (1 - chance)) FROM (
    SELECT l, r, greatest(1 - {almost}, least({almost}, p)) AS chance FROM links WHERE follow_up
) f JOIN jobs ON jobs.n = f.r JOIN leads ON leads.n = f.l ORDER BY jobs.id
