-- The result as CSV. {path}: the file. {terms}: what each criterion added to the
-- log-odds, as columns.

-- name: odd_ids
-- IDs that are not plain. Almost no file has one.
SELECT id FROM (SELECT lead_id AS id FROM answers UNION SELECT job_id FROM answers)
WHERE NOT regexp_full_match(id, '([0-9A-Za-z][0-9A-Za-z ._/:#-]*)?') ORDER BY id

-- name: safe_cells
-- The form in which a spreadsheet does not run an ID as a formula. Bound: the IDs that are not plain, and their safe
-- forms.
CREATE TEMP TABLE safe_cells AS SELECT map(?::VARCHAR[], ?::VARCHAR[]) AS cells

-- name: links
COPY (SELECT coalesce(map_extract_value((SELECT cells FROM safe_cells), lead_id), lead_id) AS lead_id,
    coalesce(map_extract_value((SELECT cells FROM safe_cells), job_id), job_id) AS job_id,
    printf('%.6f', CAST(probability AS DOUBLE)) AS probability, label, reasons
    FROM (SELECT * FROM answers ORDER BY lead_id, job_id))
TO '{path}' (HEADER, DELIMITER ',')

-- name: candidates
-- The five most likely leads of each linked job, best first.
COPY (SELECT job_id, lead_id, printf('%.6f', p) AS probability FROM (
    SELECT jobs.id AS job_id, leads.id AS lead_id, p, place FROM (
        SELECT l, r, alone AS p,
            row_number() OVER (PARTITION BY r ORDER BY sure DESC, logit DESC, l) AS place
        FROM claims SEMI JOIN links ON links.r = claims.r
    ) JOIN jobs ON jobs.n = r JOIN leads ON leads.n = l
    WHERE place <= 5 ORDER BY job_id, place))
TO '{path}' (HEADER, DELIMITER ',')

-- name: weights
COPY (SELECT coalesce(map_extract_value((SELECT cells FROM safe_cells), job), job) AS job_id,
    coalesce(map_extract_value((SELECT cells FROM safe_cells), lead), lead) AS lead_id,
    {terms}, printf('%.4f', logit) AS total FROM (
    SELECT s.*, jobs.id AS job, leads.id AS lead FROM links k
    JOIN scored s ON s.l = k.via AND s.r = k.r JOIN jobs ON jobs.n = k.r JOIN leads ON leads.n = k.l
    ORDER BY job))
TO '{path}' (HEADER, DELIMITER ',')

-- name: count_labels
SELECT label, count(*) FROM answers GROUP BY label
